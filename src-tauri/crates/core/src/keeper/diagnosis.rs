//! Everything about an ecosystem and about Caretaker on one page, and as a bundle for whoever helps.

mod bundle;
mod members;
mod page;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

pub use self::bundle::{BundleMember, Bundled};
use crate::clock::{Clock, Instant, Zone};
use crate::error::Result;
use crate::keeper::engine::Engine;
use crate::keeper::run::Setup;
use crate::keeper::run::Shared;
use crate::observe::power::MachinePower;
use crate::progress::Progress;
use crate::secrets::Secrets;
use crate::signal::Level;

/// One page of diagnostics.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DiagnosisPage {
    /// When it was made.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub at: Instant,
    /// What the ecosystem is called.
    pub ecosystem: String,
    /// The light.
    pub light: Level,
    /// Its parts in their order.
    pub sections: Vec<DiagnosisSection>,
}

/// A part of the page.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DiagnosisSection {
    /// A fixed name, such as `resources`.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// The worst of its lines.
    pub level: Level,
    /// What it says.
    pub lines: Vec<DiagnosisLine>,
}

/// One line of a part.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DiagnosisLine {
    /// What it is about; may be empty.
    pub label: String,
    /// What is known of it.
    pub text: String,
    /// How it is doing; `None` where that is not judged.
    pub level: Option<Level>,
}

impl DiagnosisPage {
    /// The page as text for people.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("{} at {}", self.ecosystem, self.at.format("%Y-%m-%d %H:%M:%S UTC"))];
        for section in &self.sections {
            lines.extend([String::new(), section.title.clone()]);
            lines.extend(section.lines.iter().map(|line| {
                let mark = match line.level {
                    Some(Level::Yellow) => "▲",
                    Some(Level::Red) => "⬣",
                    Some(Level::Unknown) => "◌",
                    _ => " ",
                };
                format!("{mark} {:<20} {}", line.label, line.text).trim_end().to_owned()
            }));
        }
        lines.join("\n") + "\n"
    }
}

/// Diagnoses one ecosystem, and Caretaker with it.
pub struct Diagnosis {
    profile: PathBuf,
    state_dir: PathBuf,
    home: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    zone: Zone,
}

impl Diagnosis {
    /// Of the ecosystem that the file `profile` describes, which need not be right; `home` is what is left out of bundles.
    pub fn new(
        profile: &Path,
        state_dir: &Path,
        home: Option<&Path>,
        clock: Arc<dyn Clock>,
        zone: Zone,
    ) -> Self {
        Self {
            profile: profile.to_owned(),
            state_dir: state_dir.to_owned(),
            home: home.map(Path::to_owned),
            clock,
            zone,
        }
    }

    /// One look at everything: no program is started, nothing is written. Takes about a third of a second.
    pub fn page(&self) -> DiagnosisPage {
        let mut engine = Engine::reading(Setup {
            profile: Some(self.profile.clone()),
            state_dir: self.state_dir.clone(),
            clock: Arc::clone(&self.clock),
            zone: self.zone,
            home: self.home.clone(),
            native: None,
            // Nobody is told anything, so that no secret is needed.
            secrets: Secrets::new(|_| None),
            power: Arc::new(MachinePower),
            every: None,
            shared: Shared::default(),
        });
        engine.look_briefly(self.clock.now());
        page::page(self, &engine)
    }

    /// Writes all that helps to understand it into the zip archive `path`, without secrets and without the home folder.
    ///
    /// An archive that is there already is replaced only where `replace` says so.
    ///
    /// # Errors
    /// `Busy` when something stands there or it was cancelled; when it cannot be written. Nothing is left behind then.
    pub fn bundle(&self, path: &Path, replace: bool, progress: &dyn Progress) -> Result<Bundled> {
        bundle::write(self, path, replace, progress)
    }
}
