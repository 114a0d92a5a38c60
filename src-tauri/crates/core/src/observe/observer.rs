//! The composition of the sensors: one look at everything, cheap on every tick, costly now and then.

mod background;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as Stopwatch};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use self::background::Background;
use super::drift::{Announcements, Drift, Ground, Known};
use super::logs::{LogMemory, LogSensor};
use super::machine::{MachineSensor, disk_space};
use super::process::{ProcessSensor, Roster};
use super::reports::ReportFigures;
use super::sizes::{FolderSize, SizeLimits, folder_size};
use super::{Claims, Observation, Reading, ReportSeen, ReportState, probe, reports, state};
use crate::clock::{Clock, Instant, Zone};
use crate::fsio::Stamp;
use crate::profile::Profile;

/// Between the two samples that CPU use needs.
const BETWEEN_SAMPLES: Duration = Duration::from_millis(250);
/// How long a one-shot look waits for folder sizes.
const SIZES_LIMIT: Duration = Duration::from_secs(20);
/// After this long a walk through a folder is called stuck: a volume that does not answer.
const SIZES_PATIENCE: Duration = Duration::from_secs(300);

/// Looks at one ecosystem with all sensors; keeps the last good readings.
#[derive(Debug)]
pub struct Observer {
    profile: Arc<Profile>,
    zone: Zone,
    process: ProcessSensor,
    machine: MachineSensor,
    logs: Option<LogSensor>,
    dealt_with: Option<Instant>,
    data_size: Background<FolderSize>,
    logs_size: Background<FolderSize>,
    probe: Option<Background<Claims>>,
    report_figures: ReportFigures,
    drift: Option<DriftWatch>,
    last: Observation,
}

/// The look for drift, begun anew when somebody announced something.
#[derive(Debug)]
struct DriftWatch {
    work: Background<Option<Drift>>,
    announcements: Announcements,
    known: Arc<Mutex<Known>>,
    announced: Option<Stamp>,
    /// Whether this process may take what is there as announced, where nothing was yet.
    may_begin: bool,
}

impl Observer {
    /// Makes an observer of the profile's ecosystem; nothing is looked at yet.
    pub fn new(profile: Arc<Profile>, zone: Zone) -> Self {
        let every = profile.sampling.sizes;
        let mut last = Observation {
            state: profile.state.as_ref().map(|_| Reading::default()),
            probe: profile.probe.as_ref().map(|_| Reading::default()),
            ..Observation::default()
        };
        let mut logs = None;
        if !profile.logs.is_empty() {
            last.errors = Some(match LogSensor::new(&profile.logs, zone) {
                Ok(sensor) => {
                    logs = Some(sensor);
                    Reading::default()
                }
                Err(error) => Reading::failed(error.to_string()),
            });
        }
        Self {
            zone,
            process: ProcessSensor::new(profile.process.clone(), &profile.sampling),
            machine: MachineSensor::default(),
            logs,
            dealt_with: None,
            data_size: Background::new("measuring the data folder", every, SIZES_PATIENCE),
            logs_size: Background::new("measuring the logs folder", every, SIZES_PATIENCE),
            probe: profile.probe.as_ref().map(|p| {
                Background::new("the probe", p.every, p.timeout.saturating_add(Duration::from_secs(10)))
            }),
            report_figures: ReportFigures::default(),
            drift: None,
            last,
            profile,
        }
    }

    /// The profile that is looked through.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// Searches for the process in what all loops of this program read together.
    #[must_use]
    pub fn among(mut self, roster: Roster) -> Self {
        self.process = self.process.among(roster);
        self
    }

    /// Looks for drift too, from what is kept in `state_dir` about what was announced.
    #[must_use]
    pub fn with_drift(mut self, state_dir: &Path) -> Self {
        self.drift = Some(DriftWatch {
            work: Background::new("the look for drift", self.profile.sampling.sizes, SIZES_PATIENCE),
            announcements: Announcements::new(Ground::of(&self.profile), state_dir),
            known: Arc::default(),
            announced: None,
            may_begin: false,
        });
        self
    }

    /// Says whether this process keeps the record: only then may it take what is there as announced.
    pub fn may_begin(&mut self, may: bool) {
        if let Some(drift) = &mut self.drift {
            drift.may_begin = may;
        }
    }

    /// Looks once; costly readings are begun here and handed out by a later look.
    pub fn look(&mut self, now: Instant) -> Observation {
        let root = root_problem(&self.profile.root);
        self.look_at_machine(now);
        match &root {
            None => self.look_into_root(now),
            Some(problem) => self.report_root(problem, now),
        }
        let seen = self.process.look(now);
        self.last.process.update(seen, now);
        self.last.clone()
    }

    /// Looks until every reading has had its chance: twice, a moment apart, and waiting for costly readings.
    ///
    /// For a check that runs once. Blocks for a quarter of a second, and at most for the probe's timeout or
    /// 20 seconds for folder sizes.
    pub fn look_complete(&mut self, clock: &dyn Clock) -> Observation {
        self.process.search_anew();
        self.look(clock.now());
        let begun = Stopwatch::now();
        let left = |limit: Duration| limit.saturating_sub(begun.elapsed()).max(Duration::from_millis(1));
        if let (Some(background), Some(probe)) = (&mut self.probe, &self.profile.probe) {
            background.wait(left(probe.timeout.saturating_add(Duration::from_secs(3))));
        }
        self.data_size.wait(left(SIZES_LIMIT));
        self.logs_size.wait(left(SIZES_LIMIT));
        if let Some(drift) = &mut self.drift {
            drift.work.wait(left(SIZES_LIMIT));
        }
        std::thread::sleep(BETWEEN_SAMPLES.saturating_sub(begun.elapsed()));
        let mut seen = self.look(clock.now());
        let limit = SIZES_LIMIT.as_secs();
        for (reading, folder) in
            [(&mut seen.data_size, &self.profile.data_dir), (&mut seen.logs_size, &self.profile.logs_dir)]
        {
            if reading.value.is_none() && reading.problem.is_none() {
                reading.problem =
                    Some(format!("{} takes longer than {limit} s to measure", folder.display()));
            }
        }
        seen
    }

    /// Looks twice, a moment apart, and asks nothing: no program is started, and folders that take longer than that moment stay
    /// unmeasured. Blocks for a quarter of a second.
    pub fn look_briefly(&mut self, clock: &dyn Clock) -> Observation {
        self.probe = None;
        // It may ask git.
        self.drift = None;
        self.look(clock.now());
        let begun = Stopwatch::now();
        self.data_size.wait(BETWEEN_SAMPLES);
        self.logs_size.wait(BETWEEN_SAMPLES.saturating_sub(begun.elapsed()).max(Duration::from_millis(1)));
        std::thread::sleep(BETWEEN_SAMPLES.saturating_sub(begun.elapsed()));
        self.look(clock.now())
    }

    /// Where the logs have been read up to, for the store.
    pub fn log_memory(&self) -> Option<LogMemory> {
        self.logs.as_ref().map(LogSensor::save)
    }

    /// Says up to when errors were dealt with; only newer ones count from then on.
    ///
    /// Where that changes the logs are read anew at the next look.
    pub fn deal_with_errors(&mut self, until: Option<Instant>) {
        if self.dealt_with != until && self.logs.is_some() {
            self.dealt_with = until;
            // The profile's logs were good enough for a sensor before.
            self.logs = LogSensor::after(&self.profile.logs, self.zone, until).ok();
        }
    }

    /// Takes up the logs where an earlier observer left off.
    pub fn restore_log_memory(&mut self, memory: LogMemory) {
        if let Some(logs) = &mut self.logs {
            logs.restore(memory);
        }
    }

    fn look_for_drift(&mut self, now: Instant) {
        let Some(DriftWatch { work, announcements, known, announced, may_begin }) = &mut self.drift else {
            return;
        };
        let stamp = announcements.stamp();
        if stamp != *announced {
            *announced = stamp;
            work.hurry();
        }
        let (asked, known, may_begin) = (announcements.clone(), Arc::clone(known), *may_begin);
        let looked = work.tick(now, move || {
            asked.look(&mut known.lock().unwrap_or_else(PoisonError::into_inner), may_begin, now)
        });
        match looked {
            Some((Ok(Some(drift)), at)) => self.last.drift.get_or_insert_default().update(Ok(drift), at),
            Some((Err(problem), at)) => self.last.drift.get_or_insert_default().update(Err(problem), at),
            Some((Ok(None), _)) | None => {}
        }
    }

    fn look_at_machine(&mut self, now: Instant) {
        match self.machine.cpu() {
            Ok(Some(percent)) => self.last.machine_cpu.update(Ok(percent), now),
            // The first look has nothing to compare with: no value, and no fault either.
            Ok(None) => {}
            Err(problem) => self.last.machine_cpu.update(Err(problem), now),
        }
        self.last.machine_memory.update(self.machine.memory(), now);
    }

    fn look_into_root(&mut self, now: Instant) {
        let profile = Arc::clone(&self.profile);
        self.last.disk.update(disk_space(&profile.root), now);
        for (background, reading, folder) in [
            (&mut self.data_size, &mut self.last.data_size, &profile.data_dir),
            (&mut self.logs_size, &mut self.last.logs_size, &profile.logs_dir),
        ] {
            let path: PathBuf = folder.clone();
            let measured = background.tick(now, move || folder_size(&path, SizeLimits::default()));
            if let Some((measured, at)) = measured {
                take_size(reading, measured, folder, at);
            }
        }
        if let (Some(reading), Some(file)) = (&mut self.last.state, &profile.state) {
            reading.update(state::read_state(file, now, self.zone), now);
        }
        if let (Some(background), Some(reading)) = (&mut self.probe, &mut self.last.probe) {
            let (asked, zone) = (Arc::clone(&profile), self.zone);
            let answered = background.tick(now, move || match &asked.probe {
                Some(question) => probe::ask(question, &asked.root, now, zone),
                None => Err("the profile has no probe".into()),
            });
            if let Some((answer, at)) = answered {
                reading.update(answer, at);
            }
        }
        self.look_for_drift(now);
        if let (Some(reading), Some(sensor)) = (&mut self.last.errors, &mut self.logs) {
            reading.update(sensor.look(now), now);
        }
        self.last.reports =
            reports::look(&profile.reports, &profile.root, &mut self.report_figures, now, self.zone);
    }

    /// Without the root nothing in it can be told; the last values stay and grow old.
    fn report_root(&mut self, problem: &str, now: Instant) {
        let failed = || problem.to_owned();
        self.last.disk.update(Err(failed()), now);
        self.last.data_size.update(Err(failed()), now);
        self.last.logs_size.update(Err(failed()), now);
        if let Some(reading) = &mut self.last.state {
            reading.update(Err(failed()), now);
        }
        if let Some(reading) = &mut self.last.probe {
            reading.update(Err(failed()), now);
        }
        if let Some(reading) = &mut self.last.errors {
            reading.update(Err(failed()), now);
        }
        let (profile, read) = (&self.profile, &mut self.report_figures);
        self.last.reports = reports::look(&profile.reports, &profile.root, read, now, self.zone)
            .into_iter()
            .map(|report| ReportSeen { state: ReportState::Unknown { problem: failed() }, ..report })
            .collect();
    }
}

/// An incomplete size is a lower bound: it is shown, and what is wrong with it is said.
fn take_size(reading: &mut Reading<u64>, measured: Result<FolderSize, String>, folder: &Path, at: Instant) {
    match measured {
        Err(problem) => reading.update(Err(problem), at),
        Ok(size) => {
            reading.update(Ok(size.bytes), at);
            if size.incomplete {
                let place = size.unreadable.first().map_or(folder, PathBuf::as_path);
                reading.problem =
                    Some(format!("at least this much: {} could not be measured wholly", place.display()));
            }
        }
    }
}

/// What is wrong with the root, in words; opening it is what tells (macOS asks for permission then).
fn root_problem(root: &Path) -> Option<String> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let errno = rustix::fs::open(root, flags, Mode::empty()).err()?;
    Some(describe_root(root, errno))
}

fn describe_root(root: &Path, errno: Errno) -> String {
    let root = root.display();
    match errno {
        Errno::NOENT => format!("the ecosystem's folder {root} is not there"),
        Errno::NOTDIR => format!("{root} is a file, not the ecosystem's folder"),
        Errno::ACCESS => format!("this user may not read the ecosystem's folder {root}"),
        Errno::PERM => format!(
            "the system keeps Caretaker out of {root}; on a Mac, allow it under Privacy & Security › Files and Folders"
        ),
        errno => format!("cannot open the ecosystem's folder {root}: {}", std::io::Error::from(errno)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_root_is_named_for_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(root_problem(dir.path()), None);
        let file = dir.path().join("file");
        std::fs::write(&file, "x").unwrap();
        assert!(root_problem(&file).unwrap().contains("is a file"));
        assert!(root_problem(&dir.path().join("none")).unwrap().contains("not there"));
        // As root nothing is refused: the words are tested by themselves.
        assert!(describe_root(dir.path(), Errno::ACCESS).contains("may not read"));
        assert!(describe_root(dir.path(), Errno::PERM).contains("Privacy"));
    }

    #[test]
    fn an_incomplete_size_is_a_value_with_a_doubt() {
        let mut reading = Reading::default();
        let size = FolderSize {
            bytes: 7,
            incomplete: true,
            unreadable: vec!["/r/x".into()],
            ..FolderSize::default()
        };
        take_size(&mut reading, Ok(size), Path::new("/r"), Instant::default());
        assert_eq!(reading.value, Some(7));
        assert!(reading.problem.unwrap().contains("/r/x"));
    }
}
