//! Where the benchmark finds programs and keeps its ecosystem.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use caretaker_desktop::Started;

/// Built programs and a folder to work in.
pub struct Place {
    /// The repository.
    pub top: PathBuf,
    /// The command line.
    pub caretaker: PathBuf,
    /// The app.
    pub app: PathBuf,
    /// The least a tray app can be.
    pub bare: PathBuf,
    /// Kept between runs: a log of 1 GB takes a while to write.
    pub folder: PathBuf,
}

impl Place {
    /// Looks where this program was built.
    pub fn prepare() -> Result<Self> {
        let built = std::env::current_exe()?;
        let built = built.ancestors().nth(2).context("this program lies outside of target/")?.to_owned();
        let [caretaker, app, bare] = ["caretaker", "caretaker-app", "bare-tray"].map(|name| built.join(name));
        let folder = built.join("../bench");
        std::fs::create_dir_all(&folder)?;
        let top = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        Ok(Self { top: top.canonicalize()?, caretaker, app, bare, folder: folder.canonicalize()? })
    }

    /// A fresh demo ecosystem; gives its folder.
    pub fn demo(&self, name: &str) -> Result<PathBuf> {
        for program in [&self.caretaker, &self.app, &self.bare] {
            ensure!(program.exists(), "{} is not built; use `make bench`", program.display());
        }
        let folder = self.folder.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let made = Command::new(&self.caretaker)
            .args(["demo", "create"])
            .arg(&folder)
            .stdout(Stdio::null())
            .status()?;
        ensure!(made.success(), "the demo could not be made");
        Ok(folder)
    }

    /// The demo's own process, healthy.
    pub fn stand_in(&self, demo: &std::path::Path) -> Result<Started> {
        Started::new(Command::new(&self.caretaker).args(["demo", "run"]).arg(demo).stdout(Stdio::null()))
    }
}
