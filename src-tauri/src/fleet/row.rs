//! One ecosystem in the window's list.

use std::path::PathBuf;

use caretaker_core::profile::Site;
use caretaker_core::signal::Level;
use serde::Serialize;

use super::Member;

/// One ecosystem of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EcosystemRow {
    /// Its name on this machine.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The folder that is watched; `None` while nothing is.
    pub root: Option<PathBuf>,
    /// Its profile.
    pub profile: PathBuf,
    /// Its light.
    pub light: Level,
    /// The sentence beside it; empty before the first look.
    pub summary: String,
    /// Whether the window shows it.
    pub shown: bool,
    /// Whether it is watched, or was put off.
    pub watched: bool,
}

impl EcosystemRow {
    /// One that is watched.
    pub(super) fn watched(member: &Member, shown: bool) -> Self {
        let overview = member.keeper.as_ref().ok().map(|keeper| keeper.overview());
        let ecosystem = overview.as_ref().and_then(|overview| overview.ecosystem.as_ref());
        let verdict = overview.as_ref().and_then(|overview| overview.verdict.as_ref());
        let summary = match &member.keeper {
            Ok(_) => verdict.map(|verdict| verdict.summary.clone()).unwrap_or_default(),
            Err(error) => error.message.clone(),
        };
        Self {
            id: member.id.clone(),
            name: ecosystem.map_or_else(|| member.id.clone(), |ecosystem| ecosystem.name.clone()),
            root: ecosystem.map(|ecosystem| PathBuf::from(&ecosystem.root)),
            profile: member.place.profile.clone(),
            light: verdict.map_or(Level::Unknown, |verdict| verdict.light),
            summary,
            shown,
            watched: true,
        }
    }

    /// One that was put off.
    pub(super) fn off(site: Site) -> Self {
        Self {
            name: site.id.clone(),
            id: site.id,
            root: None,
            profile: site.profile,
            light: Level::Unknown,
            summary: String::new(),
            shown: false,
            watched: false,
        }
    }
}
