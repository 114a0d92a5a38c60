//! Access: who may read, write and replace what is here.

use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use rustix::fs::FileType;

use crate::upkeep::examination::check::{Place, Severity, Sheet, ask};
use crate::upkeep::examination::known::KnownOfIt;
use crate::upkeep::examination::running;
use crate::upkeep::examination::seen::{Of, Seen};
use crate::upkeep::examination::sort::Sort;
use crate::upkeep::examination::walk::Found;

/// So many characters of a name are no name any more that a person reads.
const LONGEST_NAME: usize = 200;
/// What temporary files, cores and copies end in.
const LEFTOVERS: [&str; 9] = [".tmp", ".temp", ".swp", ".swo", ".part", ".crdownload", ".orig", ".rej", "~"];
/// A leftover is one only after this time.
const LEFT_FOR: chrono::TimeDelta = chrono::TimeDelta::days(1);
/// The largest log that is not turned over, as the manual has it: 100 MB.
const LARGEST_LOG: u64 = 100_000_000;

/// Looks at a file or a folder itself.
pub(in crate::upkeep::examination) fn look(
    found: &Found<'_>,
    known: &KnownOfIt<'_>,
    sort: Sort,
    seen: &mut Seen,
) {
    let looks = found.looks;
    let shown = found.shown;
    let is_file = looks.kind == FileType::RegularFile;
    let mode = looks.mode;
    let runs = matches!(sort, Sort::Code | Sort::Script | Sort::Settings) || (is_file && mode & 0o111 != 0);
    if mode & 0o002 != 0 {
        let id = if runs { "access/code-writable" } else { "access/world-writable" };
        seen.note(id, shown, None, format!("mode {mode:o}"));
    } else if mode & 0o020 != 0 && looks.group != looks.owner {
        seen.note("access/group-writable", shown, None, format!("mode {mode:o}, group {}", looks.group));
    }
    if is_file && mode & 0o6000 != 0 {
        seen.note("access/setuid", shown, None, format!("mode {mode:o}"));
    }
    if looks.owner != found.owner {
        let id = if runs && looks.owner != 0 { "access/foreign-code" } else { "access/owner" };
        seen.note(id, shown, None, format!("belongs to user {}", looks.owner));
    }
    let secret = is_secret_by_name(found.name);
    if is_file && secret && mode & 0o044 != 0 {
        seen.note("access/keys-readable", shown, None, format!("mode {mode:o}"));
    }
    if is_file && mode & 0o004 != 0 && matches!(sort, Sort::Data | Sort::Log | Sort::Report) {
        seen.note("privacy/readable", shown, None, format!("mode {mode:o}"));
    }
    if matches!(looks.kind, FileType::Fifo | FileType::CharacterDevice | FileType::BlockDevice) {
        let what = if looks.kind == FileType::Fifo { "a FIFO (named pipe)" } else { "a device" };
        seen.note("access/special-files", shown, None, what);
    }
    if let Some(why) = bad_name(found.name) {
        seen.note("input/names", shown, None, why);
    }
    if looks.modified > known.now + chrono::TimeDelta::days(1) {
        let day = known.zone.local(looks.modified).format("%Y-%m-%d");
        seen.note("data/future", shown, None, format!("changed on {day}, which is to come"));
    }
    let age = known.now - looks.modified;
    if is_file {
        if age > LEFT_FOR && is_leftover(found.name) {
            seen.note("data/leftovers", shown, None, "left behind");
        }
        by_sort(found, known, sort, seen);
    }
}

/// What a file's time and size say, by what it is.
fn by_sort(found: &Found<'_>, known: &KnownOfIt<'_>, sort: Sort, seen: &mut Seen) {
    let (looks, shown) = (found.looks, found.shown);
    let age = known.now - looks.modified;
    let older =
        |than: Option<std::time::Duration>| than.is_some_and(|than| age.to_std().is_ok_and(|age| age > than));
    match sort {
        Sort::Log => {
            seen.newest_log = seen.newest_log.max(Some(looks.modified));
            if looks.size > LARGEST_LOG {
                let size = crate::judge::words::bytes(looks.size);
                seen.note("monitoring/log-rotation", shown, None, size);
            }
            if older(known.profile.cleanup.logs) {
                seen.note("privacy/retention", shown, None, "older than logs are kept");
            }
        }
        Sort::Report if older(known.profile.cleanup.reports) => {
            seen.note("privacy/retention", shown, None, "older than reports are kept");
        }
        Sort::Code => {
            let this = Some((looks.modified, shown.to_owned()));
            if seen.newest_code < this {
                seen.newest_code = this;
            }
        }
        _ => {}
    }
}

/// Looks at a link: where it leads, without going there.
pub(in crate::upkeep::examination) fn link(
    found: &Found<'_>,
    folder: &OwnedFd,
    known: &KnownOfIt<'_>,
    seen: &mut Seen,
) {
    let Some(name) = found.path.file_name() else { return };
    let Ok(target) = rustix::fs::readlinkat(folder, name, Vec::new()) else { return };
    let target = Path::new(std::ffi::OsStr::from_bytes(target.to_bytes())).to_owned();
    let shown = target.display().to_string();
    let profile = known.profile;
    // By the words alone first; then where it truly leads, since a link on the way may lead elsewhere.
    let above = found.path.parent().unwrap_or(&profile.root);
    let Some(direct) = tidy(&above.join(&target)) else { return };
    let inside = |path: &Path| {
        let mut named = vec![
            &profile.root,
            &profile.data_dir,
            &profile.logs_dir,
            &profile.config_dir,
            &profile.backups.folder,
        ];
        named.extend(profile.backups.second.as_ref());
        let real = profile.root.canonicalize().ok();
        named.iter().any(|known| path.starts_with(known)) || real.is_some_and(|real| path.starts_with(real))
    };
    match found.path.canonicalize() {
        Ok(real) if inside(&real) => {}
        Ok(_) => seen.note("access/links-out", found.shown, None, format!("leads to {shown}")),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && !inside(&direct) => {
            seen.note("access/links-out", found.shown, None, format!("leads to {shown}"));
        }
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {}
        Err(_) if !inside(&direct) => {
            seen.note("access/links-out", found.shown, None, format!("leads to {shown}, where nothing is"));
        }
        Err(_) => {
            seen.note(
                "access/broken-links",
                found.shown,
                None,
                format!("leads to {shown}, where nothing is"),
            );
        }
    }
}

/// A path without `.` and `..`, by its words.
fn tidy(path: &Path) -> Option<PathBuf> {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                tidied.pop();
            }
            Component::CurDir => {}
            part => tidied.push(part),
        }
    }
    tidied.is_absolute().then_some(tidied)
}

fn is_secret_by_name(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let lower = name.to_ascii_lowercase();
    const NAMES: [&str; 9] = [
        "id_rsa",
        "id_ed25519",
        "id_ecdsa",
        "id_dsa",
        ".netrc",
        ".pgpass",
        ".npmrc",
        ".pypirc",
        "credentials.json",
    ];
    let example = [".example", ".sample", ".template", ".dist"].iter().any(|end| lower.ends_with(end));
    let ends = [".key", ".p12", ".pfx", ".jks", ".keystore"].iter().any(|end| lower.ends_with(end));
    NAMES.contains(&lower.as_str()) || ends || (lower == ".env" || lower.starts_with(".env.")) && !example
}

fn is_leftover(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let core = name.strip_prefix("core.").is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()));
    core || name.starts_with(".nfs") || LEFTOVERS.iter().any(|end| name.ends_with(end))
}

/// Why a name is one that a program stumbles over.
fn bad_name(name: &[u8]) -> Option<&'static str> {
    let Ok(text) = std::str::from_utf8(name) else { return Some("its name is no text") };
    if text.chars().any(char::is_control) {
        return Some("a control character is in its name");
    }
    if crate::program::clean(text, usize::MAX) != text {
        return Some("its name turns the text around it");
    }
    if text.starts_with('-') {
        return Some("its name reads like an option");
    }
    if text.starts_with(' ') || text.ends_with(' ') {
        return Some("its name begins or ends with a blank");
    }
    (text.chars().count() > LONGEST_NAME).then_some("its name is longer than many programs take")
}

pub(super) fn checks(sheet: &mut Sheet<'_>) {
    use Severity::{Critical, High, Low, Medium};
    for (severity, id, text, remedy) in [
        (
            Critical,
            "access/code-writable",
            "Nobody else may write code, programs or settings: whatever stands there is run as you.",
            "chmod o-w on each, then look what they say: somebody may have been there.",
        ),
        (
            High,
            "access/world-writable",
            "Nobody else may write files or folders here.",
            "chmod o-w on each of them.",
        ),
        (
            Medium,
            "access/group-writable",
            "No group of other people may write here.",
            "chmod g-w, or give it to a group that is yours alone.",
        ),
        (
            Critical,
            "access/setuid",
            "No file runs with the rights of its owner whoever starts it.",
            "chmod u-s,g-s; look where it comes from.",
        ),
        (
            High,
            "access/foreign-code",
            "Code and settings belong to you.",
            "Look what they say, then chown them to you.",
        ),
        (
            Medium,
            "access/owner",
            "Everything belongs to you.",
            "chown it to you; a run with sudo may have left it.",
        ),
        (
            High,
            "access/keys-readable",
            "Files of keys and passwords can be read by you alone.",
            "chmod 600 on each; change the keys if other people use this machine.",
        ),
        (
            Medium,
            "access/links-out",
            "No link leads out of the ecosystem.",
            "Name that folder in the profile if it is meant to be there; remove the link otherwise.",
        ),
        (
            Low,
            "access/broken-links",
            "Every link leads somewhere.",
            "Remove it, or put back what it leads to.",
        ),
        (
            Medium,
            "access/special-files",
            "There are files and folders only: no pipes and no devices.",
            "Remove it; whoever reads it waits for ever.",
        ),
    ] {
        sheet.tree(Of::Anything, &ask(id, severity, text, remedy));
    }
    above(sheet);
    backups(sheet);
    own_records(sheet);
    listening(sheet);
}

/// Whoever may write a folder above it can put another ecosystem in its place.
fn above(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "access/folders-above",
        Severity::High,
        "Nobody else may replace the ecosystem's folder, or one above it.",
        "chmod o-w,g-w on that folder, or move the ecosystem into your home.",
    );
    let me = rustix::process::geteuid().as_raw();
    let Ok(real) = sheet.known.profile.root.canonicalize() else {
        return sheet.told(&asked, None, "The way to its folder could not be followed.");
    };
    let mut places = Vec::new();
    for (depth, folder) in real.ancestors().enumerate() {
        let Ok(metadata) = folder.symlink_metadata() else {
            return sheet.told(&asked, None, format!("{} could not be looked at.", folder.display()));
        };
        let (mode, owner) = (metadata.permissions().mode() & 0o7777, metadata.uid());
        let text = format!("mode {mode:o}, belongs to user {owner}");
        // In a folder with the sticky bit each may replace only what is theirs.
        let written = mode & 0o002 != 0 && (depth == 0 || mode & 0o1000 == 0);
        let foreign = owner != 0 && owner != me;
        if written || foreign {
            places.push(Place::new(&folder.display().to_string(), None, text));
        }
    }
    sheet.places(&asked, places, "Nobody but you and root may.");
}

fn backups(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "access/backups",
        Severity::High,
        "Backups can be read and written by you alone: all of the data is in them.",
        "chmod 700 on that folder.",
    );
    let folder = &sheet.known.profile.backups.folder;
    let Ok(metadata) = folder.metadata() else {
        return sheet.told(&asked, None, "The folder of backups is not there, or cannot be looked at.");
    };
    let mode = metadata.permissions().mode() & 0o7777;
    let evidence = format!("{} has mode {mode:o}.", folder.display());
    let mut places = Vec::new();
    if mode & 0o022 != 0 {
        places.push(Place::new(&folder.display().to_string(), None, format!("mode {mode:o}")));
    } else if mode & 0o055 != 0 {
        // What lies in it may be closed all the same.
        let entries = std::fs::read_dir(folder).into_iter().flatten().take(10_000).filter_map(Result::ok);
        for entry in entries {
            let Ok(metadata) = entry.metadata() else { continue };
            let mode = metadata.permissions().mode() & 0o7777;
            if mode & 0o044 != 0 || (metadata.is_file() && mode & 0o022 != 0) {
                places.push(Place::new(&entry.path().display().to_string(), None, format!("mode {mode:o}")));
            }
        }
    }
    sheet.places(&asked, places, evidence);
}

fn own_records(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "access/own-records",
        Severity::Medium,
        "What Caretaker remembers can be read by you alone.",
        "chmod -R go-rwx on that folder.",
    );
    let folder = sheet.known.state_dir;
    let Ok(metadata) = folder.metadata() else {
        return sheet.told(&asked, Some(true), "Nothing was written down yet.");
    };
    let mode = metadata.permissions().mode() & 0o7777;
    let evidence = format!("{} has mode {mode:o}.", folder.display());
    sheet.told(&asked, Some(mode & 0o022 == 0), evidence);
}

fn listening(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "access/listening",
        Severity::High,
        "The process answers on this machine only.",
        "Bind it to 127.0.0.1 in its settings, then start it again.",
    );
    match &sheet.known.process {
        Err(why) => sheet.told(&asked, None, why.clone()),
        Ok(None) => sheet.told(&asked, None, "It does not run: nobody can say where it would listen."),
        Ok(Some(tree)) => match running::listening(tree) {
            Err(why) => sheet.told(&asked, None, why),
            Ok(places) => {
                sheet.places(&asked, places, "It does not listen on any address that others reach.");
            }
        },
    }
}
