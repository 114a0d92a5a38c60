//! What every story needs: the demo, its stand-in process, and the app that watches it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use caretaker_desktop::{Desktop, Notices, Page, Started, Tray, until};

/// A desktop with a demo ecosystem in its user's home.
pub struct Stage {
    pub desktop: Desktop,
    pub notices: Notices,
    pub app: PathBuf,
    caretaker: PathBuf,
    stand_in: Option<Started>,
}

impl Stage {
    /// Starts the desktop and makes the demo, looked at every second so that stories are short.
    pub fn set() -> Result<Self> {
        Self::set_on(Desktop::start()?)
    }

    /// Makes the demo for whoever uses `desktop`.
    pub fn set_on(desktop: Desktop) -> Result<Self> {
        let built = std::env::current_exe()?;
        let built = built.ancestors().nth(2).context("this test lies outside of target/")?.to_owned();
        let (app, caretaker) = (built.join("caretaker-app"), built.join("caretaker"));
        for program in [&app, &caretaker] {
            ensure!(program.exists(), "{} is not built; `make test` builds it", program.display());
        }
        let notices = Notices::listen(&desktop)?;
        let stage = Self { desktop, notices, app, caretaker, stand_in: None };
        let made =
            stage.desktop.command(&stage.caretaker).args(["demo", "create"]).arg(stage.demo()).status()?;
        ensure!(made.success(), "the demo could not be made");
        let profile = stage.profile();
        let text = std::fs::read_to_string(&profile)?;
        ensure!(!text.contains("[alerts]"), "the demo's profile says otherwise now: {text}");
        let (rest, _slow) = text.split_once("[sampling]\n").context("the demo's profile samples no more")?;
        let quick = "[alerts]\ngrace = \"1s\"\n\n\
                     [sampling]\nopen = \"1s\"\nclosed = \"1s\"\ndiscovery = \"1s\"\nsizes = \"2s\"\n";
        std::fs::write(&profile, format!("{rest}{quick}"))?;
        Ok(stage)
    }

    /// The demo's folder.
    pub fn demo(&self) -> PathBuf {
        self.desktop.home().join("demo")
    }

    /// Where the app keeps its own data.
    pub fn state(&self) -> PathBuf {
        self.desktop.home().join("state")
    }

    /// What the command line says of the demo now.
    pub fn check(&self) -> Result<serde_json::Value> {
        let mut command = self.desktop.command(&self.caretaker);
        // A state folder of its own: the app's is the app's to make.
        command
            .env("CARETAKER_PROFILE", self.profile())
            .env("CARETAKER_STATE", self.desktop.home().join("looks"));
        let said = command.args(["check", "--json"]).stdout(Stdio::piped()).output()?;
        Ok(serde_json::from_slice(&said.stdout)?)
    }

    fn profile(&self) -> PathBuf {
        self.demo().join("caretaker.toml")
    }

    /// Has the stand-in process end, and another one behave as `scenario` says.
    pub fn play(&mut self, scenario: &str) -> Result<()> {
        if let Some(mut before) = self.stand_in.take() {
            before.stop();
        }
        let mut command = self.desktop.command(&self.caretaker);
        command.args(["demo", "run"]).arg(self.demo()).args(["--scenario", scenario]);
        self.stand_in = Some(Started::new(&mut command)?);
        Ok(())
    }

    /// Tells the app what to watch.
    pub fn watching<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("CARETAKER_PROFILE", self.profile()).env("CARETAKER_STATE", self.state())
    }

    /// Waits until the icon shows `light`, and menu and page say the same sentence; gives it.
    pub fn light(&mut self, tray: &Tray, page: &Page, light: &str, limit: Duration) -> Result<String> {
        let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../icons/tray/{light}.png"));
        let wanted = caretaker_desktop::pixels(&wanted)?;
        until(&format!("a {light} icon"), limit, || {
            // A process that ended is gone only once its parent, which is this test, has taken note.
            let _ = self.stand_in.as_mut().map(Started::runs);
            Ok((caretaker_desktop::pixels(&tray.icon()?)? == wanted).then_some(()))
        })?;
        until("the same sentence in menu and page", limit, || {
            let labels = tray.labels()?;
            let sentence = labels.first().context("the menu is empty")?.trim_end_matches('…');
            let shown = page.text("h1")?;
            ensure!(shown.contains(sentence), "the menu says “{sentence}”, the page “{shown}”");
            Ok(Some(sentence.to_owned()))
        })
    }

    /// Keeps a picture of the screen for people.
    pub fn picture(&self, page: &Page, name: &str) -> Result<()> {
        page.painted()?;
        let target = self.app.ancestors().nth(2).context("the app lies outside of target/")?;
        self.desktop.picture(&target.join(format!("desktop-shots/{name}.png")))
    }
}
