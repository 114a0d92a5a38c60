//! What every story needs: the demo, its stand-in process, and the app that watches it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{Desktop, Notices, Page, Started, Tray, until};
use anyhow::{Context, Result, ensure};

/// A desktop with a demo ecosystem in its user's home.
pub struct Stage {
    /// Where it all happens.
    pub desktop: Desktop,
    /// What the app told.
    pub notices: Notices,
    /// The app's program.
    pub app: PathBuf,
    caretaker: PathBuf,
    stand_in: Option<Started>,
}

impl Stage {
    /// Starts the desktop and makes the demo, looked at every second so that stories are short.
    ///
    /// # Errors
    /// When the demo, the app or the desktop does not do its part.
    pub fn set() -> Result<Self> {
        Self::set_on(Desktop::start()?)
    }

    /// Makes the demo for whoever uses `desktop`.
    ///
    /// # Errors
    /// When the demo, the app or the desktop does not do its part.
    pub fn set_on(desktop: Desktop) -> Result<Self> {
        let test = std::env::current_exe()?;
        // What was built, or what a package installed.
        let built = match std::env::var_os("CARETAKER_PROGRAMS") {
            Some(folder) => PathBuf::from(folder),
            None => test.ancestors().nth(2).context("this test lies outside of target/")?.to_owned(),
        };
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
        // Stories that are about something else must not hear of a round that happens to begin just then.
        // Nor of the disk of whatever machine this is.
        let quick = "[bands.\"disk.free\"]\nyellow = \"\"\nred = \"\"\n\n[routines]\nnotify = false\n\n[alerts]\ngrace = \"1s\"\nroll_up = \"2s\"\n\n\
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
    ///
    /// # Errors
    /// When the demo, the app or the desktop does not do its part.
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

    /// Adds to the end of the demo's profile.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_to_profile(&self, more: &str) -> Result<()> {
        let text = std::fs::read_to_string(self.profile())?;
        Ok(std::fs::write(self.profile(), format!("{text}\n{more}"))?)
    }

    /// Has the morning's round begin at `time` (`06:00`), and be told; there is no other, whatever the hour is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn morning_at(&self, time: &str) -> Result<()> {
        let text = std::fs::read_to_string(self.profile())?;
        let more = format!(
            "[routines]\nnotify = true\nfrom = \"\"\nuntil = \"\"\nleft_out = [\"evening\", \"night\", \"weekly\", \"monthly\", \"quarterly\"]\n\n\
             [routines.at]\nmorning = \"{time}\"\n"
        );
        Ok(std::fs::write(self.profile(), text.replace("[routines]\nnotify = false\n", &more))?)
    }

    /// Adds to the `[backups]` of the demo's profile.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_to_backups(&self, more: &str) -> Result<()> {
        let text = std::fs::read_to_string(self.profile())?;
        Ok(std::fs::write(self.profile(), text.replace("[backups]\n", &format!("[backups]\n{more}")))?)
    }

    /// Adds to the `[alerts]` of the demo's profile.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_to_alerts(&self, more: &str) -> Result<()> {
        let text = std::fs::read_to_string(self.profile())?;
        Ok(std::fs::write(self.profile(), text.replace("[alerts]\n", &format!("[alerts]\n{more}")))?)
    }

    /// The incidents that the app has on record and that go on.
    ///
    /// # Errors
    /// When the command line cannot read them.
    pub fn incidents(&self) -> Result<Vec<serde_json::Value>> {
        let mut command = self.desktop.command(&self.caretaker);
        self.watching(&mut command);
        let said = command.args(["alerts", "list", "--json"]).stdout(Stdio::piped()).output()?;
        let said: serde_json::Value = serde_json::from_slice(&said.stdout)?;
        let all = said["alerts"].as_array().with_context(|| format!("no alerts in {said}"))?;
        Ok(all.iter().filter(|incident| incident["state"] != "closed").cloned().collect())
    }

    /// Has the stand-in process end, and another one behave as `scenario` says.
    ///
    /// # Errors
    /// When the demo, the app or the desktop does not do its part.
    pub fn play(&mut self, scenario: &str) -> Result<()> {
        self.rest();
        let mut command = self.desktop.command(&self.caretaker);
        command.args(["demo", "run"]).arg(self.demo()).args(["--scenario", scenario]);
        self.stand_in = Some(Started::new(&mut command)?);
        Ok(())
    }

    /// Ends the stand-in.
    pub fn rest(&mut self) {
        if let Some(mut before) = self.stand_in.take() {
            before.stop();
        }
    }

    /// What the command line does with the demo, in the app's own state.
    ///
    /// # Errors
    /// When it does not do it.
    pub fn caretaker(&self, arguments: &[&str]) -> Result<()> {
        let mut command = self.desktop.command(&self.caretaker);
        self.watching(&mut command);
        let said = command.args(arguments).output()?;
        ensure!(said.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said.stderr));
        Ok(())
    }

    /// Takes note of a stand-in that has ended: until its parent, which is this test, does so it is not gone.
    pub fn take_note(&mut self) {
        let _ = self.stand_in.as_mut().map(Started::runs);
    }

    /// Has the demo claim a module called `name`, and its log an error of one.
    ///
    /// # Errors
    /// When the demo, the app or the desktop does not do its part.
    pub fn claim_and_log(&self, name: &str) -> Result<()> {
        let state = self.demo().join("data/ecosystem_state.json");
        let mut claims: serde_json::Value = serde_json::from_slice(&std::fs::read(&state)?)?;
        claims["modules"][name] = serde_json::json!({"status": "failed", "run_count": 3, "error_count": 3});
        std::fs::write(&state, claims.to_string())?;
        let log = self.demo().join("logs/ecosystem.log");
        let mut text = std::fs::read_to_string(&log)?;
        // The time of the demo's last record is minutes ago, and in its own zone.
        let last = text
            .lines()
            .last()
            .and_then(|line| line.get(..23))
            .context("the demo logged nothing")?
            .to_owned();
        text.push_str(&format!("{last} - EcosystemIntegration - ERROR - Error in {name}: {name}\n"));
        std::fs::write(&log, text)?;
        Ok(())
    }

    /// Ends the stand-in process that the app itself started in `root`, as nobody else will.
    ///
    /// # Errors
    /// When the demo, the app or the desktop does not do its part.
    pub fn end_stand_in_of(&self, root: &Path) -> Result<()> {
        let mut command = self.desktop.command(&self.caretaker);
        command.env("CARETAKER_PROFILE", root.join("caretaker.toml"));
        let said = command.args(["process", "status", "--json"]).stdout(Stdio::piped()).output()?;
        let said: serde_json::Value = serde_json::from_slice(&said.stdout)?;
        let pid = said["pid"].as_i64().with_context(|| format!("no process in {said}"))?;
        ensure!(self.desktop.command("kill").arg(pid.to_string()).status()?.success(), "{pid} did not end");
        Ok(())
    }

    /// Tells the app what to watch.
    pub fn watching<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("CARETAKER_PROFILE", self.profile()).env("CARETAKER_STATE", self.state())
    }

    /// Has this user watch the demo by the profile at its usual place, and `name`, another demo of which no process runs,
    /// beside it.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn settle(&self, name: &str) -> Result<()> {
        let config = self.desktop.home().join(".config/caretaker");
        std::fs::create_dir_all(config.join("ecosystems"))?;
        let text = std::fs::read_to_string(self.profile())?;
        std::fs::write(config.join("caretaker.toml"), &text)?;
        let (here, root) = (self.demo(), self.desktop.home().join(name));
        let made = self.desktop.command(&self.caretaker).args(["demo", "create"]).arg(&root).status()?;
        ensure!(made.success(), "the other demo could not be made");
        let other = text
            .replace(&here.display().to_string(), &root.display().to_string())
            .replace("\"Demo Ecosystem\"", &format!("{name:?}"));
        ensure!(other.contains(&format!("name = {name:?}")), "the demo has another name now: {other}");
        std::fs::write(config.join(format!("ecosystems/{name}.toml")), other)?;
        Ok(())
    }

    /// Starts the app on all that this user watches, and opens its panel from the icon's menu.
    ///
    /// # Errors
    /// When the app or the desktop does not do its part.
    pub fn open_page_of_all(&self, limit: Duration) -> Result<Page> {
        Page::start(
            &self.desktop,
            &self.app,
            |command| command.env("CARETAKER_STATE", self.state()),
            || Tray::wait(self.desktop.bus(), None, limit)?.press("Open Caretaker"),
        )
    }

    /// What the command line does with what this user watches.
    ///
    /// # Errors
    /// When it does not do it.
    pub fn of_all(&self, arguments: &[&str]) -> Result<()> {
        let mut command = self.desktop.command(&self.caretaker);
        let said = command.env("CARETAKER_STATE", self.state()).args(arguments).output()?;
        ensure!(said.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said.stderr));
        Ok(())
    }

    /// Waits until the icon shows `light`, whatever the page says.
    ///
    /// # Errors
    /// When it does not within `limit`.
    pub fn icon(&mut self, tray: &Tray, light: &str, limit: Duration) -> Result<()> {
        let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../icons/tray/{light}.png"));
        let wanted = crate::pixels(&wanted)?;
        until(&format!("a {light} icon"), limit, || {
            self.take_note();
            Ok((crate::pixels(&tray.icon()?)? == wanted).then_some(()))
        })
    }

    /// Starts the app on the demo and opens its panel from the icon's menu.
    ///
    /// # Errors
    /// When the demo, the app or the desktop does not do its part.
    pub fn open_page(&self, limit: Duration) -> Result<Page> {
        Page::start(
            &self.desktop,
            &self.app,
            |command| self.watching(command),
            || Tray::wait(self.desktop.bus(), None, limit)?.press("Open Caretaker"),
        )
    }

    /// Has the demo behave as `scenario` says, starts the app on it, and waits until the icon shows `light`.
    ///
    /// # Errors
    /// When the demo, the app or the desktop does not do its part.
    pub fn open(&mut self, scenario: &str, light: &str, limit: Duration) -> Result<(Page, Tray)> {
        self.play(scenario)?;
        let page = self.open_page(limit)?;
        let tray = Tray::wait(self.desktop.bus(), None, limit)?;
        self.light(&tray, &page, light, limit)?;
        Ok((page, tray))
    }

    /// Waits until the icon shows `light`, and menu and page say the same sentence; gives it.
    ///
    /// # Errors
    /// When the demo, the app or the desktop does not do its part.
    pub fn light(&mut self, tray: &Tray, page: &Page, light: &str, limit: Duration) -> Result<String> {
        self.icon(tray, light, limit)
            // What kept it from that colour, as the app and as the command line see it.
            .with_context(|| {
                let check = self.check().map(|said| said["summary"].to_string());
                format!("the menu says {:?}, the command line {check:?}", tray.labels().unwrap_or_default())
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
    ///
    /// # Errors
    /// When the demo, the app or the desktop does not do its part.
    pub fn picture(&self, page: &Page, name: &str) -> Result<()> {
        page.painted()?;
        let test = std::env::current_exe()?;
        let target = test.ancestors().nth(3).context("this test lies outside of target/")?;
        self.desktop.picture(&target.join(format!("desktop-shots/{name}.png")))
    }
}
