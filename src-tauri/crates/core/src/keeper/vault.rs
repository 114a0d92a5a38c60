//! Backups in time: made when they are due, once, and looked at now and then.

mod sending;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{TimeDelta, Timelike};

use crate::alerts::AlertState;
use crate::backup::{Catalogue, Desk, Kind, Record, RecordState};
use crate::clock::{Instant, Zone};
use crate::error::{ErrorKind, Result};
use crate::keeper::journal::{Journal, said_of_backup, said_of_pruning};
use crate::keeper::vault::sending::Sending;
use crate::observe::power::Power;
use crate::observe::{BackupsSeen, PutOff};
use crate::profile::{BackupSettings, Profile};
use crate::progress::Unwatched;
use crate::routines::calendar::Slot;
use crate::secrets::Secrets;
use crate::signal::SignalId;
use crate::store::Entered;
use crate::upkeep::Tuning;

/// After a start nothing is made for so long: whoever starts it has other things to do.
const AFTER_START: TimeDelta = TimeDelta::minutes(10);
/// What failed is tried again after this time.
const AGAIN: TimeDelta = TimeDelta::hours(1);
/// The catalogue is looked at so often.
const LOOK: TimeDelta = TimeDelta::minutes(5);
/// The name of the job for the alerts.
const JOB: &str = "backup";
/// What a backup disturbs: it reads everything and writes a lot.
const DISTURBED: [SignalId; 2] = [SignalId::MachineCpu, SignalId::DiskFree];

/// The backups of the ecosystem, as the loop sees them.
#[derive(Default)]
pub(super) struct Vault {
    seen: Option<BackupsSeen>,
    looked_at: Option<Instant>,
    started_at: Option<Instant>,
    /// When each kind was tried last.
    tried: Vec<(Kind, Instant)>,
    problem: Option<String>,
    put_off: Option<PutOff>,
    job: Option<Job>,
    sending: Sending,
    held: bool,
    /// Whether what a crash left was looked for.
    ended_interrupted: bool,
}

/// What one turn of the loop gives.
pub(super) struct Turn<'a> {
    pub profile: &'a Arc<Profile>,
    pub state_dir: &'a Path,
    pub zone: Zone,
    pub now: Instant,
    /// Whether this process may make backups by itself.
    pub may_run: bool,
    /// Whether the ecosystem's process runs; `None` where that cannot be told.
    pub runs: Option<bool>,
    pub power: &'a dyn Power,
    /// Where secrets are found.
    pub secrets: &'a Arc<Secrets>,
    /// Whether a person asked: what is known is read anew.
    pub close: bool,
}

struct Job {
    done: Arc<Mutex<Option<Result<()>>>>,
}

impl Vault {
    /// What is known; begins a backup that is due, on a thread of its own.
    pub fn look(&mut self, turn: &Turn<'_>) -> Option<BackupsSeen> {
        let started = *self.started_at.get_or_insert(turn.now);
        self.take_result();
        let due = turn.close || self.looked_at.is_none_or(|at| turn.now - at >= LOOK || turn.now < at);
        if due {
            self.looked_at = Some(turn.now);
            if turn.may_run && !std::mem::replace(&mut self.ended_interrupted, true) {
                let ended = Desk::new(turn.profile, turn.state_dir, turn.zone)
                    .and_then(|desk| desk.end_interrupted());
                match ended {
                    Ok(Some(said)) => tracing::warn!("{said}"),
                    Ok(None) => {}
                    Err(error) => self.problem = Some(error.message),
                }
                // Settings that a crash left half changed are taken back; what stands against it is said where it is seen.
                match Tuning::new(turn.profile, turn.state_dir).end_interrupted() {
                    Ok(said) => said.iter().for_each(|said| tracing::warn!("{said}")),
                    Err(error) => tracing::warn!(%error, "settings are half changed"),
                }
            }
            let desk = Desk::new(turn.profile, turn.state_dir, turn.zone);
            match desk.and_then(|desk| desk.catalogue().map(|catalogue| (desk, catalogue))) {
                Ok((desk, catalogue)) => {
                    let waiting = self.waiting(turn, &catalogue);
                    if let Some(kind) = waiting.filter(|_| turn.may_run && turn.now - started >= AFTER_START)
                    {
                        self.begin(turn, kind);
                    }
                    self.seen = self.summary(&catalogue, &turn.profile.backups);
                    if self.job.is_none() && turn.may_run && turn.now - started >= AFTER_START {
                        self.sending.begin(turn);
                    }
                    if let Some(seen) = &mut self.seen {
                        seen.away = sending::look(&desk, turn.profile.away.as_ref());
                    }
                }
                // A state folder that cannot be used is said elsewhere; where backups were known it matters here too.
                Err(error) => {
                    if let Some(seen) = &mut self.seen {
                        seen.problem = Some(error.message);
                    }
                }
            }
        }
        self.seen.clone()
    }

    /// While it runs, what it disturbs says nothing.
    pub fn hold(&mut self, alerts: &mut AlertState) {
        match (self.job.is_some(), self.held) {
            (true, false) => alerts.hold(JOB, &DISTURBED),
            (false, true) => alerts.release(JOB),
            _ => return,
        }
        self.held = self.job.is_some();
    }

    fn take_result(&mut self) {
        let Some(job) = &self.job else { return };
        let Some(result) = job.done.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        self.job = None;
        // The catalogue is another now.
        self.looked_at = None;
        self.problem = match result {
            Ok(()) => None,
            // Somebody else makes one just now.
            Err(error) if error.kind == ErrorKind::Busy => None,
            Err(error) => {
                tracing::warn!(%error, "a backup failed");
                Some(error.message)
            }
        };
    }

    /// The kind that is due and has nothing to wait for.
    fn waiting(&mut self, turn: &Turn<'_>, catalogue: &Catalogue) -> Option<Kind> {
        self.put_off = None;
        let settings = &turn.profile.backups;
        let (kind, since) = due(settings, catalogue.records(), turn.zone, turn.now)
            .filter(|_| settings.automatic && self.job.is_none())?;
        let why = if settings.only_on_power && turn.power.on_mains() == Some(false) {
            "on battery"
        } else if settings.only_in_use && turn.runs == Some(false) {
            "the ecosystem does not run"
        } else {
            return Some(kind);
        };
        self.put_off = Some(PutOff { kind: kind.word(), since, why });
        None
    }

    fn begin(&mut self, turn: &Turn<'_>, kind: Kind) {
        let lately =
            |(tried, at): &(Kind, Instant)| *tried == kind && turn.now - *at < AGAIN && *at <= turn.now;
        if self.tried.iter().any(lately) {
            return;
        }
        self.tried.retain(|(tried, _)| *tried != kind);
        self.tried.push((kind, turn.now));
        let done = Arc::new(Mutex::new(None));
        let (profile, state_dir, zone, now) =
            (Arc::clone(turn.profile), turn.state_dir.to_owned(), turn.zone, turn.now);
        let result = Arc::clone(&done);
        let spawned = std::thread::Builder::new().name("backup".into()).spawn(move || {
            let made = make(&profile, &state_dir, zone, kind, now);
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        });
        if spawned.is_ok() {
            self.job = Some(Job { done });
        }
    }

    fn summary(&self, catalogue: &Catalogue, settings: &BackupSettings) -> Option<BackupsSeen> {
        let records = catalogue.records();
        if records.is_empty() && self.problem.is_none() && self.put_off.is_none() {
            return None;
        }
        let newest = |wanted: &dyn Fn(&Record) -> bool| {
            let found = records.iter().rfind(|record| catalogue.is_whole(record) && wanted(record))?;
            Some((found.created_at, found.id.to_string()))
        };
        let last = records.iter().rfind(|record| catalogue.is_whole(record));
        let drilled = records.iter().filter_map(|record| Some((record.drilled_at?, record.drill_seconds?)));
        Some(BackupsSeen {
            newest: newest(&|_| true),
            full: newest(&|record| record.parent.is_none()),
            monthly: newest(&|record| record.kind == Kind::Monthly),
            drilled: drilled.max_by_key(|(at, _)| *at),
            drill_failed: records
                .iter()
                .filter_map(|record| Some((record.drill_failed.as_ref()?, record.id)))
                .max_by_key(|(failed, _)| failed.at)
                .map(|(failed, id)| (failed.at, id.to_string(), failed.why.clone())),
            problem: self.problem.clone(),
            put_off: self.put_off.clone(),
            damaged: records
                .iter()
                .rfind(|one| one.state == RecordState::Damaged)
                .map(|one| one.id.to_string()),
            copied: settings.second.as_ref().map(|_| records.iter().filter_map(|one| one.copied_at).max()),
            losses: last.map_or(0, |record| record.losses),
            away: None,
        })
    }
}

/// Makes one, and what follows from it: what is no longer kept goes, and a monthly one is drilled.
fn make(profile: &Profile, state_dir: &Path, zone: Zone, kind: Kind, now: Instant) -> Result<()> {
    let desk = Desk::new(profile, state_dir, zone)?;
    let record = desk.create(kind, now, &Unwatched)?;
    let journal = Journal::new(state_dir, &profile.root);
    journal.note_done(now, Entered::Backup, said_of_backup(&record), Some(record.id.to_string()));
    let plan = desk.prune_plan(now)?;
    if !plan.remove.is_empty() {
        let gone = desk.prune(&plan, now)?.len();
        journal.note_done(now, Entered::Removal, said_of_pruning(gone), None);
    }
    let second = desk.second_plan(now)?.filter(|plan| !plan.remove.is_empty());
    if let Some(plan) = second
        && let Err(error) = desk.prune_second(&plan, now)
    {
        // Its volume may have gone meanwhile.
        tracing::warn!(%error, "the second place was not pruned");
    }
    if kind == Kind::Monthly
        && let Err(error) = desk.drill(record.id, now, &Unwatched)
    {
        // It is on record; the backup itself was made and proven.
        tracing::warn!(%error, id = %record.id, "a drill failed");
    }
    Ok(())
}

/// The kind that is due, and since when: the most comprehensive one whose last slot has passed with nothing proven since.
///
/// However long the machine slept, each is due once. What lies in the future was made under another clock and counts for
/// nothing.
pub fn due(
    settings: &BackupSettings,
    records: &[Record],
    zone: Zone,
    now: Instant,
) -> Option<(Kind, Instant)> {
    [Kind::Monthly, Kind::Weekly, Kind::Daily].into_iter().find_map(|kind| {
        let slot = last_slot(kind, settings, zone, now)?;
        // A more comprehensive one of the same time does as well.
        let serves = |record: &&Record| match kind {
            Kind::Monthly => record.kind == Kind::Monthly,
            Kind::Weekly => matches!(record.kind, Kind::Weekly | Kind::Monthly),
            Kind::Daily | Kind::Manual => true,
        };
        let since = |record: &&Record| record.created_at >= slot && record.created_at <= now;
        let served = records.iter().filter(serves).filter(since).any(Record::is_proven);
        (!served).then_some((kind, slot))
    })
}

/// The last time at which a kind was due.
fn last_slot(kind: Kind, settings: &BackupSettings, zone: Zone, now: Instant) -> Option<Instant> {
    let [daily, weekly, monthly] = settings.at;
    let (at, days) = match kind {
        Kind::Daily | Kind::Manual => (daily, "*"),
        Kind::Weekly => (weekly, "SUN"),
        Kind::Monthly => (monthly, "SUN#1"),
    };
    let slot = Slot::new(&format!("{} {} * * {days}", at.minute(), at.hour()), TimeDelta::hours(1)).ok()?;
    Some(slot.last(&zone, now)?.from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::manifest::Manifest;
    use chrono::{FixedOffset, NaiveTime, TimeZone, Utc};

    fn settings() -> BackupSettings {
        BackupSettings {
            folder: "/b".into(),
            keep: vec!["data".into()],
            fast: false,
            daily: 7,
            weekly: 4,
            monthly: 12,
            second: None,
            second_keep: [7, 4, 12],
            drill: None,
            automatic: true,
            only_on_power: true,
            only_in_use: false,
            at: [2, 20, 14].map(|hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap()),
        }
    }

    fn zone() -> Zone {
        Zone::Fixed(FixedOffset::east_opt(3600).unwrap())
    }

    /// December 2025, local time; the 7th is the first Sunday.
    fn at(day: u32, hour: u32) -> Instant {
        Utc.with_ymd_and_hms(2025, 12, day, hour, 0, 0).unwrap() - TimeDelta::hours(1)
    }

    fn made(kind: Kind, at: Instant) -> Record {
        let id = crate::backup::ArchiveId::new(kind, zone().local(at), 1);
        let manifest = Manifest {
            id,
            parent: None,
            created: at,
            root: "/eco".into(),
            tops: Vec::new(),
            entries: Vec::new(),
            gone: Vec::new(),
            flaws: Vec::new(),
        };
        let mut record = Record::of(&manifest, Path::new("/b/x"), [0; 32], 1);
        record.prove(at);
        record
    }

    fn kind_due(records: &[Record], now: Instant) -> Option<Kind> {
        due(&settings(), records, zone(), now).map(|(kind, _)| kind)
    }

    #[test]
    fn each_kind_is_due_at_its_time_and_once() {
        let due = |records: &[Record], now| kind_due(records, now);
        // Nothing was ever made: the most comprehensive one that is due comes first.
        assert_eq!(due(&[], at(16, 12)), Some(Kind::Monthly));
        let monthly = made(Kind::Monthly, at(7, 14));
        assert_eq!(due(std::slice::from_ref(&monthly), at(7, 15)), None);
        // The weekly slot of the same Sunday is six hours later.
        assert_eq!(due(std::slice::from_ref(&monthly), at(7, 20)), Some(Kind::Weekly));
        let weekly = made(Kind::Weekly, at(7, 20));
        let both = [monthly, weekly];
        assert_eq!(due(&both, at(8, 1)), None);
        assert_eq!(due(&both, at(8, 2)), Some(Kind::Daily));
        // A week asleep: one of each kind that is due, the larger first, and then none.
        assert_eq!(due(&both, at(15, 9)), Some(Kind::Weekly));
        let caught_up = [both.to_vec(), vec![made(Kind::Weekly, at(15, 9))]].concat();
        assert_eq!(due(&caught_up, at(15, 10)), None);
        assert_eq!(due(&caught_up, at(16, 2)), Some(Kind::Daily));
    }

    #[test]
    fn what_is_not_proven_or_from_the_future_does_not_serve() {
        let mut bad = made(Kind::Daily, at(16, 3));
        let monthly = made(Kind::Monthly, at(14, 21));
        assert_eq!(kind_due(&[monthly.clone(), bad.clone()], at(16, 9)), None);
        bad.state = RecordState::Damaged;
        assert_eq!(kind_due(&[monthly.clone(), bad], at(16, 9)), Some(Kind::Daily));
        let ahead = made(Kind::Daily, at(30, 3));
        assert_eq!(kind_due(&[monthly, ahead], at(16, 9)), Some(Kind::Daily));
    }
}
