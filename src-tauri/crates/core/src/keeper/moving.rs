//! Everything that Caretaker knows, in one archive: to take it to another machine, or to keep it.
//!
//! A `.tar.gz` as any other: `profile.toml`, `checklists/` and `records/` of each ecosystem below its name. Secrets stay in
//! the keychain, backups where they lie.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::backup::AwayList;
use crate::database;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::profile::{Site, Sites, is_site_name};
use crate::store::Owner;

/// What of the records is taken along; working files, the lock and the demo are not.
const RECORDS: &[&str] = &["caretaker.sqlite3", "backups", "tuning", "version"];
/// What is taken along by the beginning of its name.
const ANNOUNCED: &str = "announced-";
/// The store, which is copied by SQLite while others write.
const STORE: &str = "caretaker.sqlite3";
/// Bytes of one archive that are unpacked at most.
const LARGEST: u64 = 16 << 30;
/// How long another program's write is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was taken along, or would be brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Moved {
    /// The ecosystems by their names.
    pub ecosystems: Vec<String>,
    /// Files.
    pub files: usize,
    /// Bytes of the files.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
}

/// Writes everything about all ecosystems of `sites` into `file`; one that is there is replaced, whole or not at all.
///
/// # Errors
/// When something cannot be read, or the file not be written.
pub fn take_along(sites: &Sites, file: &Path) -> Result<Moved> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let half = NamedTempFile::new_in(folder).map_err(|error| Error::io("write beside", file, error))?;
    let mut moved = Moved::default();
    let mut tar = tar::Builder::new(GzEncoder::new(half, Compression::default()));
    let wrote = |error| Error::io("write", file, error);
    for site in sites.watched() {
        let mut put = |from: &Path, to: PathBuf| -> Result<()> {
            let (mut open, about) = fsio::open_regular(from)?;
            moved.files += 1;
            moved.bytes += about.len();
            tar.append_file(Path::new(&site.id).join(to), &mut open).map_err(wrote)
        };
        put(&site.profile, PathBuf::from("profile.toml"))?;
        if let Some(lists) = site.profile.parent().map(|folder| folder.join("checklists")) {
            for list in files_below(&lists)? {
                put(&lists.join(&list), Path::new("checklists").join(&list))?;
            }
        }
        for name in records(&site.state_dir)? {
            let from = site.state_dir.join(&name);
            let to = Path::new("records").join(&name);
            if name == STORE {
                let copy = copy_of(&from)?;
                put(copy.path(), to)?;
            } else if from.is_dir() {
                // A sealed archive that waits to be sent is sealed anew over there.
                let taken = files_below(&from)?.into_iter();
                for below in taken.filter(|below| !below.to_string_lossy().ends_with(AwayList::WAITS)) {
                    put(&from.join(&below), to.join(&below))?;
                }
            } else {
                put(&from, to)?;
            }
        }
        moved.ecosystems.push(site.id);
    }
    if moved.ecosystems.is_empty() {
        return Err(Error::new(
            ErrorKind::NotFound,
            "no ecosystem is watched yet: there is nothing to take along",
        ));
    }
    let half = tar.into_inner().and_then(GzEncoder::finish).map_err(wrote)?;
    half.as_file().sync_all().map_err(wrote)?;
    half.persist(file).map_err(|error| wrote(error.error))?;
    Ok(moved)
}

/// What [`bring`] would bring; changes nothing.
///
/// # Errors
/// When it is no such archive, or one of its ecosystems is here already.
pub fn would_bring(sites: &Sites, file: &Path) -> Result<Moved> {
    let mut moved = Moved::default();
    each_entry(file, |name, size, _| {
        let (id, _) = target(sites, name, file)?;
        moved.files += 1;
        moved.bytes += size;
        if !moved.ecosystems.contains(&id) {
            moved.ecosystems.push(id);
        }
        Ok(())
    })?;
    if moved.files == 0 {
        return Err(strange(file, "is empty"));
    }
    for id in &moved.ecosystems {
        let site = sites.named(id)?;
        for there in [site.profile.clone(), site.state_dir.join(STORE)] {
            if there.symlink_metadata().is_ok() {
                return Err(Error::new(ErrorKind::Busy, format!("{} is there already", there.display()))
                    .at(there)
                    .hint(
                        "Only what is not here yet is brought. `caretaker uninstall` removes what is here.",
                    ));
            }
        }
    }
    Ok(moved)
}

/// Brings what is in `file` to where `sites` has it; what is here already stays, and is a reason to bring nothing.
///
/// The records come first and the profiles last: until then nobody watches by them, and what was brought of an import that
/// failed is taken away again.
///
/// # Errors
/// As [`would_bring`]; `Busy` while somebody watches here; when something cannot be written.
pub fn bring(sites: &Sites, file: &Path) -> Result<Moved> {
    let moved = would_bring(sites, file)?;
    let all: Vec<Site> = moved.ecosystems.iter().map(|id| sites.named(id)).collect::<Result<_>>()?;
    let mut owners = Vec::new();
    for site in &all {
        fsio::create_private_dir(&site.state_dir)?;
        owners.push(Owner::try_take(&site.state_dir)?.ok_or_else(|| {
            Error::new(ErrorKind::Busy, "Caretaker is watching here; nothing was brought")
                .hint("Quit it (or end `caretaker watch`) first.")
        })?);
    }
    let mut brought: Vec<PathBuf> = Vec::new();
    let done = put_all(sites, file, &mut brought);
    if done.is_err() {
        for path in brought.iter().rev() {
            let _ = std::fs::remove_file(path);
        }
    }
    done.map(|()| moved)
}

fn put_all(sites: &Sites, file: &Path, brought: &mut Vec<PathBuf>) -> Result<()> {
    let mut profiles = Vec::new();
    each_entry(file, |name, _, entry| {
        let (_, path) = target(sites, name, file)?;
        let mut bytes = Vec::new();
        let is_profile = name.ends_with("profile.toml") && name.components().count() == 2;
        if is_profile {
            entry.read_to_end(&mut bytes).map_err(|error| Error::io("read", file, error))?;
            profiles.push((path, bytes));
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            fsio::create_private_dir(folder)?;
        }
        let wrote = |error| Error::io("write", &path, error);
        // A checklist of that name may be here, of an ecosystem that shares the folder: it stays.
        let mut new = match File::options().write(true).create_new(true).open(&path) {
            Err(error)
                if error.kind() == std::io::ErrorKind::AlreadyExists
                    && name.iter().any(|part| part == "checklists") =>
            {
                return Ok(());
            }
            opened => opened.map_err(wrote)?,
        };
        brought.push(path.clone());
        std::io::copy(entry, &mut new).and_then(|_| new.sync_all()).map_err(wrote)
    })?;
    for (path, bytes) in profiles {
        if let Some(folder) = path.parent() {
            fsio::create_private_dir(folder)?;
        }
        fsio::create_new_atomic(&path, &[&bytes], 0o600)?;
        brought.push(path);
    }
    Ok(())
}

/// Gives each file of the archive with its name and its size.
fn each_entry(file: &Path, mut each: impl FnMut(&Path, u64, &mut dyn Read) -> Result<()>) -> Result<()> {
    let (open, _) = fsio::open_regular(file)?;
    let mut tar = tar::Archive::new(GzDecoder::new(open).take(LARGEST));
    let damaged = |error: std::io::Error| strange(file, "cannot be read to its end").because(error);
    for entry in tar.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        if !entry.header().entry_type().is_file() {
            return Err(strange(file, "holds more than plain files"));
        }
        let name = entry.path().map_err(damaged)?.into_owned();
        let size = entry.size();
        each(&name, size, &mut entry)?;
    }
    // Read to its end, so that what is cut off is noticed.
    let mut rest = tar.into_inner();
    std::io::copy(&mut rest, &mut std::io::sink()).map_err(damaged)?;
    Ok(())
}

/// The ecosystem that an entry belongs to, and where it goes: only to places of ours, whatever its name is.
fn target(sites: &Sites, name: &Path, file: &Path) -> Result<(String, PathBuf)> {
    let unknown = || strange(file, &format!("holds {}, which is none of Caretaker's", name.display()));
    let parts: Vec<&str> = name
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str().ok_or_else(unknown),
            _ => Err(unknown()),
        })
        .collect::<Result<_>>()?;
    let [id, sort, rest @ ..] = &parts[..] else { return Err(unknown()) };
    if !is_site_name(id) {
        return Err(unknown());
    }
    let site = sites.named(id)?;
    let path = match (*sort, rest) {
        ("profile.toml", []) => site.profile,
        ("checklists", [list]) if list.ends_with(".toml") => {
            site.profile.with_file_name("checklists").join(list)
        }
        ("records", [first, ..]) if is_record(first) => {
            rest.iter().fold(site.state_dir, |path, part| path.join(part))
        }
        _ => return Err(unknown()),
    };
    Ok(((*id).to_owned(), path))
}

fn is_record(name: &str) -> bool {
    RECORDS.contains(&name) || name.starts_with(ANNOUNCED)
}

fn records(state_dir: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(state_dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("look into", state_dir, error)),
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_record(name))
        .collect();
    names.sort();
    Ok(names)
}

/// The plain files below a folder; none where there is no such folder. Links are left alone.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        let here = folder.join(&below);
        let entries = match std::fs::read_dir(&here) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && below.as_os_str().is_empty() => {
                break;
            }
            Err(error) => return Err(Error::io("look into", &here, error)),
        };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(sort) if sort.is_dir() => open.push(below.join(entry.file_name())),
                Ok(sort) if sort.is_file() => files.push(below.join(entry.file_name())),
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A copy of a database as it is at one moment.
fn copy_of(path: &Path) -> Result<NamedTempFile> {
    let failed = |error: rusqlite::Error| {
        Error::new(ErrorKind::System, format!("cannot copy {}", path.display())).because(error)
    };
    let copy = NamedTempFile::new().map_err(|error| Error::io("copy", path, error))?;
    let from = database::open(path, PATIENCE).map_err(failed)?;
    from.backup("main", copy.path(), None::<fn(rusqlite::backup::Progress)>).map_err(failed)?;
    Ok(copy)
}

fn strange(file: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Damaged, format!("{} {what}", file.display()))
        .at(file)
        .hint("Take one that `caretaker export` wrote; nothing was changed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(dir: &Path) -> Sites {
        Sites::new(dir.join("config/caretaker.toml"), dir.join("state"))
    }

    /// Whether nothing is there yet.
    fn is_blank(sites: &Sites) -> bool {
        sites.watched().is_empty() && !sites.main().state_dir.join(STORE).exists()
    }

    /// Two ecosystems with all that belongs to them.
    fn filled(dir: &Path) -> Sites {
        let sites = machine(dir);
        for id in ["main", "lab"] {
            let site = sites.named(id).unwrap();
            std::fs::create_dir_all(site.profile.parent().unwrap().join("checklists")).unwrap();
            std::fs::create_dir_all(site.state_dir.join("tuning/000001")).unwrap();
            std::fs::write(&site.profile, format!("# {id}\n")).unwrap();
            std::fs::write(site.profile.with_file_name("checklists").join(format!("{id}.toml")), id).unwrap();
            std::fs::write(site.state_dir.join("tuning/000001/before.yaml"), id).unwrap();
            std::fs::write(site.state_dir.join("owner.lock"), "").unwrap();
            let db = rusqlite::Connection::open(site.state_dir.join(STORE)).unwrap();
            db.execute_batch(&format!(
                "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES ('{id}')"
            ))
            .unwrap();
        }
        sites
    }

    #[test]
    fn everything_arrives_on_a_blank_machine() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("all.tar.gz");
        let from = filled(&dir.path().join("old"));
        let taken = take_along(&from, &file).unwrap();
        assert_eq!((taken.ecosystems.len(), taken.files), (2, 8), "{taken:?}");

        let to = machine(&dir.path().join("new"));
        assert!(is_blank(&to));
        let brought = bring(&to, &file).unwrap();
        assert_eq!(brought, taken);
        assert!(!is_blank(&to));
        for id in ["main", "lab"] {
            let site = to.named(id).unwrap();
            assert_eq!(std::fs::read_to_string(&site.profile).unwrap(), format!("# {id}\n"));
            assert_eq!(
                std::fs::read_to_string(site.state_dir.join("tuning/000001/before.yaml")).unwrap(),
                id
            );
            let db = rusqlite::Connection::open(site.state_dir.join(STORE)).unwrap();
            assert_eq!(db.query_row("SELECT x FROM t", [], |row| row.get::<_, String>(0)).unwrap(), id);
        }
        // What is here is never written over.
        assert_eq!(bring(&to, &file).unwrap_err().kind, ErrorKind::Busy);
    }

    #[test]
    fn while_somebody_watches_here_nothing_is_brought() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("all.tar.gz");
        take_along(&filled(&dir.path().join("old")), &file).unwrap();
        let to = machine(&dir.path().join("new"));
        std::fs::create_dir_all(dir.path().join("new/state")).unwrap();
        let watching = Owner::try_take(&dir.path().join("new/state")).unwrap();
        assert_eq!(bring(&to, &file).unwrap_err().kind, ErrorKind::Busy);
        assert!(!to.named("main").unwrap().profile.exists());
        drop(watching);
        bring(&to, &file).unwrap();
    }

    #[test]
    fn what_is_cut_off_or_leads_elsewhere_brings_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("all.tar.gz");
        take_along(&filled(&dir.path().join("old")), &file).unwrap();
        let whole = std::fs::read(&file).unwrap();
        for cut in [0, 10, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&file, &whole[..cut]).unwrap();
            let to = machine(&dir.path().join(format!("cut-{cut}")));
            assert!(bring(&to, &file).is_err(), "{cut}");
            assert!(is_blank(&to) && !dir.path().join(format!("cut-{cut}/config")).exists(), "{cut}");
        }
        for name in [
            "../evil",
            "main/../../evil",
            "main/records/owner.lock",
            "Main/profile.toml",
            "main/other",
            "main/checklists/a/b.toml",
        ] {
            let mut header = tar::Header::new_gnu();
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(1);
            header.set_entry_type(tar::EntryType::Regular);
            header.set_cksum();
            let mut tar =
                tar::Builder::new(GzEncoder::new(File::create(&file).unwrap(), Compression::fast()));
            tar.append(&header, &b"x"[..]).unwrap();
            tar.into_inner().unwrap().finish().unwrap();
            let to = machine(&dir.path().join("hostile"));
            assert_eq!(bring(&to, &file).unwrap_err().kind, ErrorKind::Damaged, "{name}");
            assert!(!dir.path().join("hostile").exists() && !dir.path().join("evil").exists(), "{name}");
        }
    }
}
