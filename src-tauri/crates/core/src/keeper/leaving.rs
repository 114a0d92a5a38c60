//! Everything that Caretaker itself put on a machine, and its removal: backups and ecosystems stay.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::backup::Desk;
use crate::clock::Zone;
use crate::error::{Error, ErrorKind, Result};
use crate::observe::sizes::{SizeLimits, folder_size};
use crate::paths::Paths;
use crate::profile::channels::{Address, ChannelKind, SecretSource};
use crate::profile::{self, Profile, SITES_FOLDER, Sites, is_site_name};
use crate::secrets::Secrets;
use crate::store::Owner;
use crate::upkeep::{ASIDE, QUARANTINE};

/// Names that Caretaker gives in its state folder: whole ones, and beginnings that end in a star.
const OURS: &[&str] = &[
    "caretaker.sqlite3*",
    "caretaker.damaged-*",
    "owner.lock",
    "runbook.lock",
    "stopped",
    "stopped-to-stay",
    "announced-*",
    "backups",
    "demo",
    "run",
    "shown",
    "tuning",
    "version",
];

/// Where Caretaker may have put something.
#[derive(Debug, Clone)]
pub struct Ground {
    /// Its records.
    pub state_dir: PathBuf,
    /// The platform's folder of the profile, where that is its place; a profile elsewhere is its owner's.
    pub config_dir: Option<PathBuf>,
    /// The profile in force.
    pub profile: PathBuf,
    /// For `~` in it.
    pub home: Option<PathBuf>,
    /// What else it put somewhere: the entry that starts it at login, the link to its command line.
    pub more: Vec<PathBuf>,
}

impl Ground {
    /// What there is of a user whose places are `paths`; `profile` and `state_dir` may have been named elsewhere.
    pub fn of(paths: Option<&Paths>, profile: &Path, state_dir: &Path, home: Option<&Path>) -> Self {
        let usual = paths.filter(|paths| paths.profile_file() == profile);
        let link = |paths: &Paths| paths.tool.symlink_metadata().is_ok_and(|is| is.is_symlink());
        let more = paths.into_iter().flat_map(|paths| {
            let service = paths.service.iter().cloned();
            paths.at_login.clone().into_iter().chain(service).chain(link(paths).then(|| paths.tool.clone()))
        });
        Self {
            state_dir: state_dir.to_owned(),
            config_dir: usual.map(|paths| paths.config_dir.clone()),
            profile: profile.to_owned(),
            home: home.map(Path::to_owned),
            more: more.collect(),
        }
    }
}

/// One thing that goes or stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Trace {
    /// Where it is.
    pub path: PathBuf,
    /// What it is, in some words.
    pub what: String,
    /// Its bytes.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
}

/// What goes when Caretaker is removed, and what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Leaving {
    /// What is removed.
    pub goes: Vec<Trace>,
    /// Secrets that go from the keychain, by their names.
    pub secrets: Vec<String>,
    /// What stays, and why.
    pub stays: Vec<Trace>,
}

/// What would go and stay; changes nothing.
///
/// # Errors
/// When the demo still runs, a restore was interrupted, or a folder cannot be looked at.
pub fn leaving(ground: &Ground) -> Result<Leaving> {
    let mut leaving = Leaving::default();
    for folder in state_dirs(&ground.state_dir)? {
        for (path, ours) in entries(&folder)? {
            match what_of(&path) {
                Some(what) if ours => leaving.goes.push(trace(path, what)),
                _ if path == ground.state_dir.join(SITES_FOLDER) => {}
                _ => leaving.stays.push(trace(path, "not Caretaker’s")),
            }
        }
    }
    let mut profiles = vec![ground.profile.clone()];
    if let Some(config) = &ground.config_dir {
        let sites = Sites::new(ground.profile.clone(), ground.state_dir.clone());
        profiles = sites.watched().into_iter().map(|site| site.profile).collect();
        let off = sites.off().into_iter().map(|site| profile::off(&site.profile));
        let own = profiles.iter().cloned().chain(off);
        leaving.goes.extend(own.map(|profile| trace(profile, "the profile")));
        let lists = config.join("checklists");
        if lists.symlink_metadata().is_ok() {
            leaving.goes.push(trace(lists, "your checklists"));
        }
    } else if ground.profile.exists() {
        leaving.stays.push(trace(ground.profile.clone(), "the profile, which lies with you"));
    }
    for path in ground.more.iter().filter(|path| path.symlink_metadata().is_ok()) {
        leaving.goes.push(trace(path.clone(), "put there by Caretaker"));
    }
    // A profile that cannot be read keeps nobody from leaving.
    for profile in profiles.iter().filter_map(|file| profile::load(file, ground.home.as_deref()).ok()) {
        leaving.secrets.extend(secrets_of(&profile));
        keep(&profile, ground, &mut leaving.stays)?;
    }
    leaving.secrets.sort();
    leaving.secrets.dedup();
    // Ecosystems may share the folder of their backups.
    let mut named = std::collections::HashSet::new();
    leaving.stays.retain(|one| named.insert(one.path.clone()));
    Ok(leaving)
}

/// Removes what was shown; what could not be removed, in words.
///
/// # Errors
/// `Busy` while Caretaker watches: nothing was removed then.
pub fn leave(ground: &Ground, shown: &Leaving) -> Result<Vec<String>> {
    let folders = state_dirs(&ground.state_dir)?;
    let mut owners = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        owners.push(Owner::try_take(folder)?.ok_or_else(|| {
            Error::new(ErrorKind::Busy, "Caretaker is watching just now; nothing was removed")
                .hint("Quit it (or end `caretaker watch`) first.")
        })?);
    }
    let mut left = Vec::new();
    let secrets = Secrets::new(|_| None);
    for name in &shown.secrets {
        if let Err(error) = secrets.remove(name) {
            left.push(error.to_string());
        }
    }
    for one in &shown.goes {
        if let Err(error) = remove(&one.path) {
            left.push(format!("{}: {error}", one.path.display()));
        }
    }
    drop(owners);
    // Folders go only when nothing is left in them; the locks were made anew by looking.
    for folder in folders.iter().rev() {
        let _ = fs::remove_file(folder.join("owner.lock"));
        let _ = fs::remove_dir(folder);
        if folder.parent() == Some(&ground.state_dir.join(SITES_FOLDER)) {
            let _ = fs::remove_dir(ground.state_dir.join(SITES_FOLDER));
        }
    }
    let _ = fs::remove_dir(&ground.state_dir);
    if let Some(config) = &ground.config_dir {
        let _ = fs::remove_dir(config.join(SITES_FOLDER));
        let _ = fs::remove_dir(config);
    }
    Ok(left)
}

/// The folder of the records, and those of the other ecosystems in it.
fn state_dirs(state_dir: &Path) -> Result<Vec<PathBuf>> {
    let mut dirs = vec![state_dir.to_owned()];
    let ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(is_site_name) && path.symlink_metadata().is_ok_and(|is| is.is_dir())
    };
    dirs.extend(listed(&state_dir.join(SITES_FOLDER))?.into_iter().filter(ours));
    Ok(dirs)
}

/// The entries of the state folder, and whether each has a name of ours.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, bool)>> {
    let named = |path: PathBuf| {
        let ours = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
            OURS.iter().any(|known| match known.strip_suffix('*') {
                Some(begin) => name.starts_with(begin),
                None => name == *known,
            })
        });
        (path, ours)
    };
    Ok(listed(folder)?.into_iter().map(named).collect())
}

/// What is in a folder, by name; nothing where there is none.
fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("look into", folder, error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>();
    let mut paths = paths.map_err(|error| Error::io("look into", folder, error))?;
    paths.sort();
    Ok(paths)
}

fn what_of(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    Some(match name {
        _ if name.starts_with("caretaker.") => "the record: history, incidents, rounds, journal",
        "demo" => "the demo ecosystem with its backups",
        "backups" => "the catalogue of the backups, which stay and can be found again",
        "tuning" => "the settings from before each change",
        "version" => "the version history from before each entry",
        _ => "working files",
    })
}

fn trace(path: PathBuf, what: &str) -> Trace {
    let bytes = match path.symlink_metadata() {
        Ok(is) if is.is_dir() => folder_size(&path, SizeLimits::default()).map_or(0, |size| size.bytes),
        Ok(is) => is.len(),
        Err(_) => 0,
    };
    Trace { path, what: what.to_owned(), bytes }
}

fn secrets_of(profile: &Profile) -> Vec<String> {
    let sources = profile.channels.iter().flat_map(|channel| match &channel.kind {
        ChannelKind::Mail(mail) => vec![mail.secret.as_ref()],
        ChannelKind::Webhook(hook) => {
            let address = match &hook.url {
                Address::Secret(source) => Some(source),
                Address::Plain(_) => None,
            };
            vec![hook.secret.as_ref(), address]
        }
        ChannelKind::Native => Vec::new(),
    });
    let named = sources.flatten().filter_map(|source| match source {
        SecretSource::Keychain(name) => Some(name.clone()),
        _ => None,
    });
    let mut names: Vec<String> = named.collect();
    names.sort();
    names
}

/// What stays of what is watched: its backups, and what can still be brought back.
fn keep(profile: &Profile, ground: &Ground, stays: &mut Vec<Trace>) -> Result<()> {
    let ends_with_us = |path: &Path| path.starts_with(&ground.state_dir);
    for folder in [Some(&profile.backups.folder), profile.backups.second.as_ref()].into_iter().flatten() {
        if folder.is_dir() && !ends_with_us(folder) {
            stays.push(trace(folder.clone(), "backups: plain .tar.gz, which `tar` unpacks"));
        }
    }
    for (name, what) in
        [(QUARANTINE, "old logs and reports that were put aside"), (ASIDE, "damaged data that was kept")]
    {
        let folder = profile.root.join(name);
        if folder.is_dir() && !ends_with_us(&folder) {
            stays.push(trace(folder, what));
        }
    }
    let desk = Desk::new(profile, &ground.state_dir, Zone::Machine)?;
    if let Some(kept) = desk.kept_tree()?.filter(|kept| !ends_with_us(&kept.folder)) {
        stays.push(trace(
            kept.folder,
            "what the last restore replaced; afterwards it cannot be taken back any more",
        ));
    }
    Ok(())
}

/// Removes a file, a link (never what it leads to) or a folder; what is gone already is no fault.
fn remove(path: &Path) -> std::io::Result<()> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(is) if is.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ecosystem_of_the_machine_leaves() {
        let dir = tempfile::tempdir().unwrap();
        let (config, state) = (dir.path().join("config"), dir.path().join("state"));
        let sites = Sites::new(config.join("caretaker.toml"), &state);
        for id in ["main", "lab", "old"] {
            let site = sites.named(id).unwrap();
            fs::create_dir_all(site.profile.parent().unwrap()).unwrap();
            fs::create_dir_all(&site.state_dir).unwrap();
            fs::write(&site.profile, "x").unwrap();
            fs::write(site.state_dir.join("caretaker.sqlite3"), "x").unwrap();
        }
        sites.turn("old", false).unwrap();
        fs::write(state.join("ecosystems/lab/letter.txt"), "mine").unwrap();
        let ground = Ground {
            state_dir: state.clone(),
            config_dir: Some(config.clone()),
            profile: config.join("caretaker.toml"),
            home: None,
            more: Vec::new(),
        };
        let shown = leaving(&ground).unwrap();
        let gone: Vec<_> = shown.goes.iter().map(|one| one.path.strip_prefix(dir.path()).unwrap()).collect();
        assert_eq!(
            gone.iter().map(|path| path.to_str().unwrap()).collect::<Vec<_>>(),
            [
                "state/caretaker.sqlite3",
                "state/ecosystems/lab/caretaker.sqlite3",
                "state/ecosystems/old/caretaker.sqlite3",
                "config/caretaker.toml",
                "config/ecosystems/lab.toml",
                "config/ecosystems/old.toml.off",
            ]
        );
        assert_eq!(shown.stays.len(), 1, "{:?}", shown.stays);
        let watching = Owner::try_take(&state.join("ecosystems/lab")).unwrap();
        assert_eq!(leave(&ground, &shown).unwrap_err().kind, ErrorKind::Busy);
        drop(watching);
        assert_eq!(leave(&ground, &shown).unwrap(), Vec::<String>::new());
        assert!(!config.exists());
        assert!(!state.join("ecosystems/old").exists());
        assert!(state.join("ecosystems/lab/letter.txt").exists(), "what is not ours stays");
    }

    #[test]
    fn what_is_ours_goes_and_what_is_not_stays() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        fs::create_dir_all(state.join("tuning/000001")).unwrap();
        fs::write(state.join("caretaker.sqlite3"), "x").unwrap();
        fs::write(state.join("letter.txt"), "mine").unwrap();
        let outside = dir.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("precious"), "x").unwrap();
        std::os::unix::fs::symlink(&outside, state.join("run")).unwrap();
        let ground = Ground {
            state_dir: state.clone(),
            config_dir: None,
            profile: dir.path().join("none.toml"),
            home: None,
            more: Vec::new(),
        };
        let shown = leaving(&ground).unwrap();
        let names = |of: &[Trace]| {
            of.iter()
                .map(|one| one.path.file_name().unwrap().to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&shown.goes), ["caretaker.sqlite3", "run", "tuning"]);
        assert_eq!(names(&shown.stays), ["letter.txt"]);

        let watching = Owner::try_take(&state).unwrap();
        assert_eq!(leave(&ground, &shown).unwrap_err().kind, ErrorKind::Busy);
        assert!(state.join("caretaker.sqlite3").exists());
        drop(watching);
        assert_eq!(leave(&ground, &shown).unwrap(), Vec::<String>::new());
        assert_eq!(fs::read_dir(&state).unwrap().count(), 1, "only the letter is left");
        assert!(outside.join("precious").exists(), "a link goes, and not what it leads to");
    }
}
