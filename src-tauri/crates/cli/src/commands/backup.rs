//! `caretaker backup`: archives made, listed, proven, pruned.

mod away;
mod kept;
mod prune;
mod restore;

use std::path::PathBuf;

use caretaker_core::backup::{ArchiveId, Desk, KeptTree, Kind, Record, RecordState, Which};
use caretaker_core::clock::Instant;
use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::keeper::{Journal, said_of_backup};
use caretaker_core::profile::Profile;
use caretaker_core::store::Entered;
use chrono::SubsecRound;
use serde::Serialize;

use crate::args::BackupCommand;
use crate::commands::check::plain;
use crate::commands::progress::Line;
use crate::place::Place;
use crate::render::{self, Reply};

/// Does what was asked with the backups of the profile.
pub fn run(place: &Place, command: &BackupCommand, json: bool) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let desk = Desk::new(&profile, &place.state, place.zone)?;
    let book = Book { journal: Journal::new(&place.state, &profile.root), now: place.clock.now() };
    if let Some(said) = desk.end_interrupted()? {
        render::message(&said);
    }
    let line = Line::new(json);
    match command {
        BackupCommand::Create { kind } => create(place, &desk, &book, *kind, &line),
        BackupCommand::List => list(place, &profile, &desk),
        BackupCommand::Send { dry_run } => away::send(&profile, &desk, &book, *dry_run, &line),
        BackupCommand::Fetch { id } => away::fetch(&profile, &desk, &book, id, &line),
        BackupCommand::Key(command) => away::key(&profile, &desk, &book, command),
        BackupCommand::Verify { which, away: true } => {
            said_of_checked(away::verify(&profile, &desk, &book, which.as_deref(), &line)?, &line)
        }
        BackupCommand::Verify { which, away: false } => verify(place, &desk, which.as_deref(), &line),
        BackupCommand::Drill { id } => restore::drill(place, &desk, &book, id.as_deref(), &line),
        BackupCommand::Restore { which, only, to, consent } => {
            let which = which_of(&desk, Some(which))?;
            let which = away::bring_if_away(&profile, &desk, &book, which, only.as_deref(), *consent, &line)?;
            restore::restore((place, &desk, &book), which, only.as_deref(), to.as_deref(), *consent, &line)
        }
        BackupCommand::Undo(consent) => restore::undo(place, &desk, &book, *consent, &line),
        BackupCommand::LetGo(consent) => kept::let_go(&desk, &book, *consent),
        BackupCommand::Prune(consent) => prune::prune(place, &desk, &book, *consent),
    }
}

/// Where what was done is entered.
pub struct Book {
    journal: Journal,
    now: Instant,
}

impl Book {
    /// Enters something that is done.
    pub fn enter(&self, kind: Entered, text: String, about: Option<String>) {
        self.journal.note_done(self.now, kind, text, about);
    }
}

#[derive(Serialize)]
struct Created<'a> {
    id: ArchiveId,
    path: &'a PathBuf,
    kind: Kind,
    parent: Option<ArchiveId>,
    files: u64,
    bytes_in: u64,
    bytes_out: u64,
    seconds: f64,
    unstable: &'a [String],
}

/// Exit code 2 when something of the tree is missing from the archive or may be wrong in it.
fn create(place: &Place, desk: &Desk, book: &Book, kind: Kind, line: &Line) -> anyhow::Result<Reply> {
    let record = desk.create(kind, place.clock.now().trunc_subsecs(0), line)?;
    line.done();
    book.enter(Entered::Backup, said_of_backup(&record), Some(record.id.to_string()));
    let Record { id, path, parent, files, bytes_in, bytes_out, seconds, unstable, losses, .. } = &record;
    let mut text = format!(
        "{id}: {files} files, {} read, {} written in {seconds:.1} s, every byte read back.\n{}",
        size(*bytes_in),
        size(*bytes_out),
        path.display()
    );
    for flaw in unstable {
        text.push_str(&format!("\nNote: {}", plain(flaw)));
    }
    let body = Created {
        id: *id,
        path,
        kind: record.kind,
        parent: *parent,
        files: *files,
        bytes_in: *bytes_in,
        bytes_out: *bytes_out,
        seconds: *seconds,
        unstable,
    };
    Ok(Reply::new(&body, text)?.exit(if *losses > 0 { 2 } else { 0 }))
}

#[derive(Serialize)]
struct ListBody<'a> {
    folder: String,
    backups: &'a [Record],
    /// Archives of other programs: they can be verified and restored by their path, and nothing removes them.
    foreign: &'a [PathBuf],
    /// What is kept since the last restore, until the next one; nothing where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<KeptTree>,
    /// The copies in the second place; nothing where there is none, or its volume is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<&'a [Record]>,
    /// What is known to lie in the place that is not on this machine; nothing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    away: Option<&'a [Record]>,
}

fn list(place: &Place, profile: &Profile, desk: &Desk) -> anyhow::Result<Reply> {
    let catalogue = desk.catalogue()?;
    let row = |record: &Record| {
        let proven = match record.verified_at {
            Some(at) => format!("proven {}", place.zone.local(at).format("%Y-%m-%d %H:%M")),
            None => "not proven".to_owned(),
        };
        let word = match record.state {
            RecordState::Good => "good",
            RecordState::Flawed => "flawed",
            RecordState::Unproven => "unproven",
            RecordState::Damaged => "DAMAGED",
            RecordState::Missing => "MISSING",
            RecordState::Leaving => "leaving",
        };
        let builds = record.parent.map(|parent| format!(", on {parent}")).unwrap_or_default();
        let problem =
            record.problem.as_deref().map(|why| format!("\n    {}", plain(why))).unwrap_or_default();
        let failed = record.drill_failed.as_ref();
        let drill = failed
            .map(|failed| format!("\n    the drill failed: {}", plain(&failed.why)))
            .unwrap_or_default();
        format!("{word:<8} {}  {}, {proven}{builds}{problem}{drill}", record.id, size(record.bytes_out))
    };
    let foreign = desk.foreign();
    let mut text = match catalogue.records() {
        [] => format!(
            "There are no backups in {} yet. Make one: caretaker backup create",
            desk.folder().display()
        ),
        records => records.iter().map(row).collect::<Vec<_>>().join("\n"),
    };
    for one in desk.strangers() {
        let layout = one.layout.map_or("no archive of an ecosystem", caretaker_core::backup::Layout::says);
        let read = match (&one.problem, one.verified_at) {
            (Some(problem), _) => format!("\n    {}", plain(problem)),
            (None, Some(at)) => {
                format!(", read to its end {}", place.zone.local(at).format("%Y-%m-%d %H:%M"))
            }
            (None, None) => String::new(),
        };
        let path = plain(&one.path.display().to_string());
        text.push_str(&format!("\nforeign  {path}  {}, {layout}{read}", size(one.bytes)));
    }
    let kept = desk.kept_tree()?;
    if let Some(kept) = &kept {
        text.push_str(&format!("\n\n{}", kept::said(kept)));
    }
    let second = desk.second_catalogue()?;
    match (desk.second_folder(), &second) {
        (Some((folder, _)), Some(second)) => {
            text.push_str(&format!("\n\nIn the second place, {}:", folder.display()));
            for record in second.records() {
                text.push_str(&format!("\n{}", row(record)));
            }
        }
        (Some((folder, _)), None) => {
            text.push_str(&format!("\n\nThe second place is not there now: {}", folder.display()));
        }
        _ => {}
    }
    let away = desk.away_list(profile.away.as_ref())?;
    if let (Some(settings), Some(list)) = (&profile.away, &away) {
        text.push_str(&format!("\n\nIn {}:", plain(&settings.place())));
        for record in list.records() {
            text.push_str(&format!("\n{}", row(record)));
        }
        if let Some((at, problem)) = &list.problem {
            let at = place.zone.local(*at).format("%Y-%m-%d %H:%M");
            text.push_str(&format!("\n    {at}: {}", plain(problem)));
        }
    }
    let folder = desk.folder().display().to_string();
    let away = away.as_ref().map(caretaker_core::backup::AwayList::records);
    let second = second.as_ref().map(caretaker_core::backup::Catalogue::records);
    Reply::new(
        &ListBody { folder, backups: catalogue.records(), foreign: &foreign, kept, second, away },
        text,
    )
}

#[derive(Serialize)]
struct VerifyBody {
    ok: bool,
    faults: Vec<String>,
    archives: Vec<PathBuf>,
}

/// Exit code 2 when something is wrong with an archive.
fn verify(place: &Place, desk: &Desk, which: Option<&str>, line: &Line) -> anyhow::Result<Reply> {
    let which = which_of(desk, which)?;
    said_of_checked(desk.verify(&which, place.clock.now(), line)?, line)
}

fn said_of_checked(checked: Vec<caretaker_core::backup::Checked>, line: &Line) -> anyhow::Result<Reply> {
    line.done();
    let said = |one: &caretaker_core::backup::Checked| {
        one.faults.iter().map(|fault| format!("{}: {fault}", one.path.display())).collect::<Vec<_>>()
    };
    let faults: Vec<String> = checked.iter().flat_map(said).collect();
    let text = if faults.is_empty() {
        let row = |one: &caretaker_core::backup::Checked| {
            format!("{}: every byte is as it was written.", one.path.display())
        };
        checked.iter().map(row).collect::<Vec<_>>().join("\n")
    } else {
        faults.iter().map(|fault| plain(fault)).collect::<Vec<_>>().join("\n")
    };
    let code = if faults.is_empty() { 0 } else { 2 };
    let archives = checked.into_iter().map(|one| one.path).collect();
    Ok(Reply::new(&VerifyBody { ok: faults.is_empty(), faults, archives }, text)?.exit(code))
}

/// A backup by its name, or an archive by its path; the newest one where nothing is said.
pub(super) fn which_of(desk: &Desk, which: Option<&str>) -> anyhow::Result<Which> {
    let Some(text) = which else {
        let newest = desk.catalogue()?.records().last().map(|record| record.id);
        let none = || {
            Error::new(ErrorKind::NotFound, "there are no backups yet")
                .hint("Make one: caretaker backup create")
        };
        return Ok(Which::Id(newest.ok_or_else(none)?));
    };
    if let Ok(id) = text.parse::<ArchiveId>() {
        return Ok(Which::Id(id));
    }
    let path = PathBuf::from(text);
    if path.symlink_metadata().is_ok() {
        return Ok(Which::File(path));
    }
    let error = Error::new(ErrorKind::NotFound, format!("“{text}” is neither a backup nor a file"));
    Err(error.hint("`caretaker backup list` shows all backups.").into())
}

/// Bytes as people read them.
#[allow(clippy::cast_precision_loss, reason = "shown with one digit")]
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}
