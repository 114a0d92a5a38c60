//! What goes to which channel and when: routes, quiet hours, escalation, retries. Pure.
//!
//! A notification becomes a letter for each channel that takes it. Letters are written down before they are handed
//! over and struck out after: killed in between, one goes out twice with the same id, and none is lost.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::alerts::quiet::quiet_until;
use crate::alerts::{Delivery, Notification, NotificationKind};
use crate::clock::{Instant, Zone};
use crate::observe::FailingChannel;
use crate::profile::channels::{ChannelKind, ChannelSettings, QuietHours};
use crate::signal::Level;

/// After the first failure; doubled with each further one.
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(30);
/// The longest time between two tries.
const LONGEST_RETRY: TimeDelta = TimeDelta::hours(1);
/// A letter that nobody took for so long is given up: the icon has shown it all the while.
const GIVEN_UP: TimeDelta = TimeDelta::hours(24);
/// Letters that wait at most; the oldest are given up first.
const MOST: usize = 500;

/// Where letters go.
#[derive(Clone, Copy)]
pub struct Route<'a> {
    /// The channels of the profile.
    pub channels: &'a [ChannelSettings],
    /// When people are left alone.
    pub quiet: Option<&'a QuietHours>,
    /// The zone of the quiet hours.
    pub zone: Zone,
}

/// One notification for one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// The channel's name in the profile.
    pub channel: String,
    /// What it says.
    pub notification: Notification,
    /// When it is to be handed over, or tried again.
    due: Instant,
    /// When it was written.
    written: Instant,
    /// How often it was tried.
    attempts: u32,
}

/// A channel whose last attempts failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Failing {
    since: Instant,
    problem: String,
}

/// Letters that wait, and what the channels were told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    letters: Vec<Letter>,
    /// Channel and id of what was announced and is not over.
    told: Vec<(String, String)>,
    failing: BTreeMap<String, Failing>,
    /// Channels that are at it just now. Not written down: an attempt does not outlive its process.
    #[serde(skip)]
    busy: Vec<String>,
}

impl Outbox {
    /// Writes a letter for each channel that takes `notification`.
    pub fn post(&mut self, notification: &Notification, route: &Route<'_>, now: Instant) {
        for channel in route.channels {
            if notification.kind == NotificationKind::Recovered {
                self.post_recovery(notification, channel, now);
            } else if notification.kind == NotificationKind::Reminder {
                // A word for whoever sits there, not for a team's channel or a mailbox.
                if matches!(channel.kind, ChannelKind::Native) && channel.from == Level::Yellow {
                    self.post_news(notification, channel, now);
                }
            } else if notification.level >= channel.from {
                self.post_news(notification, channel, now);
            }
        }
        let surplus = self.letters.len().saturating_sub(MOST);
        self.letters.drain(..surplus);
    }

    fn post_news(&mut self, notification: &Notification, channel: &ChannelSettings, now: Instant) {
        // What waits for the same thing says less by now; its turn stays.
        let same = |letter: &&mut Letter| {
            letter.channel == channel.name && letter.notification.id == notification.id
        };
        if let Some(waiting) = self.letters.iter_mut().find(same) {
            waiting.notification = notification.clone();
            return;
        }
        let told = self.told.iter().any(|(name, id)| *name == channel.name && *id == notification.id);
        // Whoever was called to help once hears the rest at once.
        let patience = channel.after.filter(|_| !told).and_then(|after| TimeDelta::from_std(after).ok());
        self.write(channel, notification, now + patience.unwrap_or_default(), now);
    }

    /// The end of something is told to those who heard of its beginning.
    fn post_recovery(&mut self, notification: &Notification, channel: &ChannelSettings, now: Instant) {
        let concerns = |name: &str, id: &str| name == channel.name && id == notification.id;
        self.letters.retain(|letter| {
            !concerns(&letter.channel, &letter.notification.id) || self.busy.contains(&letter.channel)
        });
        let under_way = self.letters.iter().any(|letter| concerns(&letter.channel, &letter.notification.id));
        let told = self.told.extract_if(.., |(name, id)| concerns(name, id)).count() > 0;
        if (told || under_way) && channel.recoveries {
            self.write(channel, notification, now, now);
        }
    }

    fn write(&mut self, channel: &ChannelSettings, notification: &Notification, due: Instant, now: Instant) {
        self.letters.push(Letter {
            channel: channel.name.clone(),
            notification: notification.clone(),
            due,
            written: now,
            attempts: 0,
        });
    }

    /// Takes the letters whose time has come, one for each channel that is free; `unattended` says of an id whether
    /// nobody has taken note of it yet.
    pub fn ready(
        &mut self,
        route: &Route<'_>,
        unattended: impl Fn(&str) -> bool,
        now: Instant,
    ) -> Vec<Letter> {
        let settings = |name: &str| route.channels.iter().find(|channel| channel.name == name);
        // Help is not called for what somebody has taken note of; a channel that is gone gets nothing.
        self.letters.retain(|letter| match settings(&letter.channel) {
            None => false,
            Some(channel) => {
                channel.after.is_none()
                    || letter.attempts > 0
                    || letter.notification.kind == NotificationKind::Recovered
                    || letter.due > now
                    || unattended(&letter.notification.id)
            }
        });
        self.failing.retain(|name, _| settings(name).is_some());
        let mut ready = Vec::new();
        for letter in &mut self.letters {
            // A clock that went back must not keep a letter for years.
            letter.due = letter.due.min(now + LONGEST_WAIT);
            if letter.due > now || self.busy.contains(&letter.channel) {
                continue;
            }
            let loud = letter.notification.level == Level::Red && route.quiet.is_some_and(|quiet| quiet.red);
            let quiet = route.quiet.filter(|_| !loud).and_then(|hours| quiet_until(hours, route.zone, now));
            if let Some(end) = quiet {
                letter.due = end;
                continue;
            }
            self.busy.push(letter.channel.clone());
            ready.push(letter.clone());
        }
        ready
    }

    /// Takes what came of an attempt; gives what is worth keeping of it on record.
    pub fn came_back(&mut self, letter: &Letter, problem: Option<&str>, now: Instant) -> Option<Delivery> {
        self.busy.retain(|name| *name != letter.channel);
        let place = self.letters.iter().position(|waiting| {
            waiting.channel == letter.channel && waiting.notification.id == letter.notification.id
        })?;
        let delivery = |problem: Option<String>| Delivery {
            kind: letter.notification.kind,
            channel: letter.channel.clone(),
            at: now,
            problem,
        };
        let Some(problem) = problem else {
            self.failing.remove(&letter.channel);
            // Something newer may have taken its place meanwhile: that waits on.
            if self.letters[place].notification == letter.notification {
                self.letters.remove(place);
            }
            // Only what can be over is remembered.
            if !matches!(letter.notification.kind, NotificationKind::Recovered | NotificationKind::Reminder) {
                let told = (letter.channel.clone(), letter.notification.id.clone());
                if !self.told.contains(&told) {
                    self.told.push(told);
                }
            }
            return Some(delivery(None));
        };
        self.failing
            .entry(letter.channel.clone())
            .or_insert(Failing { since: now, problem: String::new() })
            .problem = problem.to_owned();
        let waiting = &mut self.letters[place];
        waiting.attempts = waiting.attempts.saturating_add(1);
        if now - waiting.written >= GIVEN_UP {
            self.letters.remove(place);
            return Some(delivery(Some(format!("given up after a day: {problem}"))));
        }
        let wait = FIRST_RETRY * (1 << (waiting.attempts - 1).min(10));
        waiting.due = now + wait.min(LONGEST_RETRY);
        (waiting.attempts == 1).then(|| delivery(Some(problem.to_owned())))
    }

    /// When the next letter is to be handed over; `None` while none waits for its time.
    pub fn due(&self) -> Option<Instant> {
        let free = self.letters.iter().filter(|letter| !self.busy.contains(&letter.channel));
        free.map(|letter| letter.due).min()
    }

    /// Whether a letter about `id` waits.
    pub fn holds(&self, id: &str) -> bool {
        self.letters.iter().any(|letter| letter.notification.id == id)
    }

    /// The channels whose last attempts failed.
    pub fn failing(&self) -> Vec<FailingChannel> {
        self.failing
            .iter()
            .map(|(name, failing)| FailingChannel {
                name: name.clone(),
                since: failing.since,
                problem: failing.problem.clone(),
            })
            .collect()
    }

    /// Takes over what another process left.
    pub fn take_over(&mut self, kept: Self) {
        let mut letters = kept.letters;
        letters.append(&mut self.letters);
        self.letters = letters;
        self.told.extend(kept.told);
        for (name, failing) in kept.failing {
            self.failing.entry(name).or_insert(failing);
        }
    }

    /// Notes what came of a test.
    pub fn tested(&mut self, channel: &str, problem: Option<&str>, now: Instant) {
        match problem {
            None => {
                self.failing.remove(channel);
                // What waits for this channel need not wait any longer.
                for letter in self.letters.iter_mut().filter(|letter| letter.channel == channel) {
                    if letter.attempts > 0 {
                        letter.due = now;
                    }
                }
            }
            Some(problem) => {
                self.failing.insert(channel.to_owned(), Failing { since: now, problem: problem.to_owned() });
            }
        }
    }
}

/// No letter waits longer than an escalation may, whatever the clock did.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(7);
