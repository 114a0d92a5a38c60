//! One tick, without a thread: the composition of the core.

mod figures;
mod people;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::alerts;
use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, Result};
use crate::judge;
use crate::keeper::aftermath::Aftermath;
use crate::keeper::cost::OwnCostSensor;
use crate::keeper::courier::Courier;
use crate::keeper::outlook::Ahead;
use crate::keeper::overview::{ChannelState, Ecosystem, ErrorsShown, Notice, Overview};
use crate::keeper::past;
use crate::keeper::records::Records;
use crate::keeper::routines::Routines;
use crate::keeper::run::{Setup, Shared};
use crate::keeper::vault::{Turn, Vault};
use crate::keeper::watched::{Watched, delta, levels, take_over};
use crate::observe::ProcessSeen;
use crate::observe::observer::Observer;
use crate::observe::power::Power;
use crate::profile::{self, Profile, ProfileHolder};
use crate::upkeep;

/// Looks, judges, alerts and records, one tick at a time.
pub struct Engine {
    clock: Arc<dyn Clock>,
    zone: Zone,
    home: Option<PathBuf>,
    every: Option<Duration>,
    power: Arc<dyn Power>,
    courier: Courier,
    shared: Shared,
    /// Where the board answers because this profile says so.
    listening: Option<SocketAddr>,
    records: Records,
    watched: Option<Watched>,
    /// A profile that could not be loaded at the start: tried again each tick.
    unread: Option<PathBuf>,
    cost: OwnCostSensor,
    open: bool,
    last_tick: Option<Instant>,
    /// Until then nothing is taken for a breach: after the start and after sleep.
    quiet_until: Option<Instant>,
    overview: Overview,
}

/// How the tick came about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// The clock: counts for alerts.
    Regular,
    /// A person asked: waits for the costly readings, and does not count for alerts, since a breach must
    /// last, not be looked at often.
    Close,
    /// Somebody wants a page at once: nothing is asked, started, written or told.
    Brief,
}

impl Engine {
    /// Makes an engine; loads the profile, but looks at nothing yet.
    pub fn new(setup: Setup) -> Self {
        let records = Records::new(setup.state_dir.clone());
        Self::with(setup, records)
    }

    /// One that only reads what is on record: for a brief look, beside the loop or without one.
    pub fn reading(setup: Setup) -> Self {
        let records = Records::reading(setup.state_dir.clone());
        Self::with(setup, records)
    }

    fn with(setup: Setup, records: Records) -> Self {
        let mut engine = Self {
            clock: setup.clock,
            zone: setup.zone,
            home: setup.home,
            every: setup.every,
            power: setup.power,
            courier: Courier::new(setup.native, setup.secrets),
            shared: setup.shared,
            listening: None,
            records,
            watched: None,
            unread: setup.profile,
            cost: OwnCostSensor::new(),
            open: false,
            last_tick: None,
            quiet_until: None,
            overview: Overview::empty(),
        };
        engine.load_unread();
        engine
    }

    /// The newest overview.
    pub fn overview(&self) -> &Overview {
        &self.overview
    }

    /// The time until the next tick.
    pub fn interval(&self) -> Duration {
        if let Some(every) = self.every {
            return every;
        }
        match &self.watched {
            Some(watched) if self.open => watched.profile.sampling.open,
            Some(watched) => watched.profile.sampling.closed,
            None => Duration::from_secs(30),
        }
    }

    /// Says whether somebody is looking.
    pub fn panel_open(&mut self, open: bool) {
        self.open = open;
        if !open {
            self.overview.series = Vec::new();
        }
    }

    /// Puts another profile in force and looks at once.
    ///
    /// # Errors
    /// The profile's mistakes; the one before stays in force.
    pub fn use_profile(&mut self, path: PathBuf, now: Instant) -> Result<()> {
        let holder = ProfileHolder::load(&path, self.home.as_deref()).map_err(Error::from)?;
        self.unread = None;
        self.watch(holder);
        self.look(now, Look::Close);
        Ok(())
    }

    /// One regular tick.
    pub fn tick(&mut self, now: Instant) {
        self.look(now, Look::Regular);
    }

    /// One look that waits for the costly readings.
    pub fn look_closely(&mut self, now: Instant) {
        self.look(now, Look::Close);
    }

    /// One look that asks, starts, writes and tells nothing; done within a second.
    pub fn look_briefly(&mut self, now: Instant) {
        self.look(now, Look::Brief);
    }

    /// The profile in force; `None` while there is none.
    pub fn profile(&self) -> Option<&Arc<Profile>> {
        self.watched.as_ref().map(|watched| &watched.profile)
    }

    /// The process that was seen last, and when it started.
    pub fn process(&self) -> Option<(u32, Instant)> {
        self.watched.as_ref().and_then(|watched| watched.memory.process)
    }

    /// When alerts have something to do before the next tick; `None` while nothing waits for its time.
    pub fn due(&self) -> Option<Instant> {
        let watched = self.watched.as_ref().filter(|_| self.records.may_tell())?;
        let due = alerts::due(&watched.profile.alerts, &watched.alerts)?;
        // After start and sleep it waits for the end of the grace.
        Some(self.quiet_until.map_or(due, |until| due.max(until)))
    }

    /// Does what only time brings about in alerts: no look.
    pub fn settle(&mut self, now: Instant) {
        let Some(watched) = self.watched.as_mut().filter(|_| self.records.may_tell()) else { return };
        watched.alarm(&mut self.records, &self.courier, self.zone, now).settle();
        self.overview.incidents = watched.alerts.open_incidents();
    }

    /// Writes down what is only in memory.
    pub fn close(&mut self, now: Instant) {
        if let Some(before) = self.listening.take() {
            self.shared.board.leave(before);
        }
        if let Some(watched) = &self.watched {
            self.shared.board.take_away(&watched.profile.root.display().to_string());
            self.records.remember(&watched.memory, &watched.alerts, now);
            if let Some(logs) = watched.observer.log_memory() {
                self.records.remember_logs(&logs, now);
            }
        }
    }

    fn load_unread(&mut self) {
        let Some(path) = self.unread.clone() else { return };
        match ProfileHolder::load(&path, self.home.as_deref()) {
            Ok(holder) => {
                self.unread = None;
                self.watch(holder);
            }
            Err(errors) => {
                self.overview = Overview::unreadable(&path, &Error::from(errors), self.clock.now());
            }
        }
    }

    fn watch(&mut self, holder: ProfileHolder) {
        let profile = Arc::clone(holder.profile());
        self.records.choose(&profile.root);
        let kept = self.records.recall();
        let mut observer = Observer::new(Arc::clone(&profile), self.zone)
            .among(self.shared.roster.clone())
            .with_drift(self.records.folder());
        observer.deal_with_errors(self.records.errors_dealt_with());
        if let Some(logs) = kept.logs {
            observer.restore_log_memory(logs);
        }
        self.courier.equip(&profile.channels);
        let routines = Routines::new(&profile, self.records.folder(), Arc::clone(&self.clock), self.zone);
        self.watched = Some(Watched {
            holder,
            profile,
            observer,
            memory: kept.memory,
            alerts: kept.alerts,
            ahead: Ahead::default(),
            vault: Vault::default(),
            routines,
            aftermath: Aftermath::default(),
        });
        self.last_tick = None;
        self.quiet_until = None;
    }

    fn look(&mut self, now: Instant, look: Look) {
        if self.unread.is_some() {
            self.load_unread();
        }
        let mut notices = self.take_profile_changes();
        let (owned, told) = (self.records.is_owner(), self.records.may_tell());
        self.records.own();
        let interval = self.interval();
        let Some(watched) = &mut self.watched else { return };
        if !owned && self.records.is_owner() {
            take_over(&mut self.records, watched, told);
        }
        let profile = Arc::clone(&watched.profile);
        if self.records.take_renewed() {
            for incident in watched.alerts.open_incidents() {
                self.records.save_incident(&incident);
            }
        }

        if look == Look::Regular && self.records.is_owner() {
            watched.memory.note_gap(now, interval);
        }
        if alerts::slept(self.last_tick, now, interval) {
            self.quiet_until = Some(now + delta(profile.alerts.grace));
        }
        self.last_tick = Some(now);
        let quiet =
            self.quiet_until.is_some_and(|until| now < until && until - now <= delta(profile.alerts.grace));

        watched.observer.deal_with_errors(self.records.errors_dealt_with());
        watched.observer.may_begin(self.records.is_owner());
        let mut seen = match look {
            Look::Regular => watched.observer.look(now),
            Look::Close => watched.observer.look_complete(&*self.clock),
            Look::Brief => watched.observer.look_briefly(&*self.clock),
        };
        // The look may have taken a while; what it saw must not lie in the verdict's future.
        let now = now.max(self.clock.now());
        if let Some((memory, alerts)) = self.records.shared_memory() {
            watched.memory = memory;
            watched.alerts = alerts;
        }
        watched.memory.held = watched.alerts.held();
        watched.memory.own_stop = upkeep::own_stop(self.records.folder(), &profile.root);
        watched.memory.to_stay = upkeep::stopped_to_stay(self.records.folder(), &profile.root);
        let series = |signal, since, until, step| self.records.series(signal, since, until, step);
        watched.memory.outlook = watched.ahead.look(&profile, now, series);
        seen.failing_channels = watched.alerts.outbox().failing();
        let may_run = look == Look::Regular && self.records.may_tell();
        let turn = Turn {
            profile: &profile,
            state_dir: self.records.folder(),
            zone: self.zone,
            now,
            may_run,
            runs: seen.process.value.as_ref().map(|seen| matches!(seen, ProcessSeen::Running(_))),
            power: &*self.power,
            secrets: self.courier.shared_secrets(),
            close: look == Look::Close,
        };
        seen.backups = watched.vault.look(&turn);
        watched.vault.hold(&mut watched.alerts);
        let routines = watched.routines.look(&mut self.records, self.overview.verdict.as_ref(), may_run, now);
        seen.overdue = routines.overdue;
        let (mut verdict, memory) = judge::judge(&profile, &seen, &watched.memory, now, self.zone);
        if !notices.is_empty() {
            // The light is truthful by the old profile; whoever just saved a new one must not take it for the new.
            verdict
                .summary
                .push_str(" The changed profile cannot be used; the last good one stays in force.");
        }
        let turned = levels(&memory) != levels(&watched.memory);
        watched.memory = memory;

        if look == Look::Regular && self.records.may_tell() {
            if profile.routines.notify {
                let hours = profile.routines.hours;
                watched.alerts.remind(&profile.name, &routines.open, hours, self.zone, now);
            }
            watched.alarm(&mut self.records, &self.courier, self.zone, now).look(&verdict, &seen, quiet);
        }
        if look != Look::Brief {
            self.records.record(&verdict, now);
            self.records.remember_now_and_then(&watched.memory, &watched.alerts, now, turned);
        }
        if look == Look::Regular && self.records.is_owner() {
            watched.aftermath.look(&profile, &mut self.records, now);
        }
        if look != Look::Brief
            && self.records.logs_due(now)
            && let Some(logs) = watched.observer.log_memory()
        {
            self.records.remember_logs(&logs, now);
        }

        notices.extend(self.records.notices());
        // Of no interest to somebody who looks once and expects no notifications.
        notices.extend(self.records.other_owner().filter(|_| !self.courier.is_mute()));
        self.overview = Overview {
            ecosystem: Some(Ecosystem {
                name: profile.name.clone(),
                root: profile.root.display().to_string(),
                profile: watched.holder.path().display().to_string(),
                demo: profile.demo,
            }),
            series: if self.open { past::series(&self.records, &verdict, now) } else { Vec::new() },
            errors: ErrorsShown::of(&seen),
            incidents: watched.alerts.open_incidents(),
            forecasts: std::mem::take(&mut verdict.forecasts),
            rounds: routines.glance,
            channels: ChannelState::all(&profile.channels, &seen.failing_channels),
            notices,
            cost: if self.open { self.cost.look(now) } else { self.overview.cost },
            appearance: profile.appearance,
            verdict: Some(verdict),
        };
        if look == Look::Regular && self.records.may_tell() {
            self.lay_out(&profile, now);
        }
    }

    /// Takes a changed profile into force, or says why the last good one stays.
    fn take_profile_changes(&mut self) -> Vec<Notice> {
        let Some(watched) = &mut self.watched else { return Vec::new() };
        match watched.holder.check_for_change() {
            profile::Change::Unchanged => Vec::new(),
            profile::Change::Replaced(profile) => {
                let logs = watched.observer.log_memory().filter(|_| profile.logs == watched.profile.logs);
                if profile.root != watched.profile.root {
                    self.records.choose(&profile.root);
                    let kept = self.records.recall();
                    (watched.memory, watched.alerts) = (kept.memory, kept.alerts);
                }
                watched.observer = Observer::new(Arc::clone(&profile), self.zone)
                    .among(self.shared.roster.clone())
                    .with_drift(self.records.folder());
                watched.observer.deal_with_errors(self.records.errors_dealt_with());
                if let Some(logs) = logs {
                    watched.observer.restore_log_memory(logs);
                }
                self.courier.equip(&profile.channels);
                // Other thresholds, or another record.
                watched.ahead = Ahead::default();
                watched.vault = Vault::default();
                let (folder, clock) = (self.records.folder(), Arc::clone(&self.clock));
                watched.routines = Routines::new(&profile, folder, clock, self.zone);
                watched.profile = profile;
                Vec::new()
            }
            profile::Change::Broken(problems) => vec![Notice {
                text: format!(
                    "The profile has a mistake, so the last good one stays in force: {}",
                    problems.first().map(ToString::to_string).unwrap_or_default()
                ),
                hint: Some("Mend the file; it is taken again as soon as it is saved.".into()),
            }],
            profile::Change::Gone => vec![Notice {
                text: format!(
                    "The profile {} is gone; the last good one stays in force.",
                    watched.holder.path().display()
                ),
                hint: Some("Put it back, or choose a folder again.".into()),
            }],
        }
    }
}
