//! Which channel hears what, and when: routes, quiet hours, escalation, retries, on a fake clock.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use caretaker_core::alerts::{Delivery, Notification, NotificationKind, Outbox, Route};
use caretaker_core::clock::{Instant, Zone};
use caretaker_core::profile::channels::{ChannelKind, ChannelSettings, QuietHours};
use caretaker_core::signal::Level;
use chrono::{FixedOffset, NaiveTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

fn channel(name: &str) -> ChannelSettings {
    let kind = ChannelKind::Native;
    ChannelSettings { name: name.into(), kind, from: Level::Yellow, recoveries: true, after: None }
}

/// An outbox with its clock; channels in `down` take nothing.
struct Post {
    outbox: Outbox,
    channels: Vec<ChannelSettings>,
    quiet: Option<QuietHours>,
    down: Vec<String>,
    noted: bool,
    now: Instant,
    heard: Vec<(String, NotificationKind, Instant)>,
    record: Vec<Delivery>,
}

impl Post {
    fn new(channels: Vec<ChannelSettings>) -> Self {
        let now = Utc.with_ymd_and_hms(2025, 12, 16, 12, 0, 0).unwrap();
        let (outbox, quiet) = (Outbox::default(), None);
        Self { outbox, channels, quiet, down: vec![], noted: false, now, heard: vec![], record: vec![] }
    }

    fn tell(&mut self, kind: NotificationKind, level: Level) {
        let told = Notification { id: "disk".into(), kind, level, ..Notification::test("", self.now) };
        let route = route(&self.channels, self.quiet.as_ref());
        self.outbox.post(&told, &route, self.now);
        self.pass(TimeDelta::zero());
    }

    /// Lets time pass, and hands over whatever becomes ready meanwhile.
    fn pass(&mut self, span: TimeDelta) {
        let end = self.now + span;
        loop {
            let noted = self.noted;
            let ready = self.outbox.ready(&route(&self.channels, self.quiet.as_ref()), |_| !noted, self.now);
            for letter in &ready {
                let down = self.down.contains(&letter.channel);
                let problem = down.then_some("no answer");
                self.record.extend(self.outbox.came_back(letter, problem, self.now));
                if !down {
                    self.heard.push((letter.channel.clone(), letter.notification.kind, self.now));
                }
            }
            if !ready.is_empty() {
                continue;
            }
            match self.outbox.due().filter(|due| *due <= end) {
                Some(due) if due > self.now => self.now = due,
                _ => break,
            }
        }
        self.now = end;
    }

    fn heard_by(&self, name: &str) -> Vec<NotificationKind> {
        self.heard.iter().filter(|(channel, ..)| channel == name).map(|(_, kind, _)| *kind).collect()
    }
}

fn route<'a>(channels: &'a [ChannelSettings], quiet: Option<&'a QuietHours>) -> Route<'a> {
    Route { channels, quiet, zone: Zone::Fixed(FixedOffset::east_opt(0).unwrap()) }
}

use NotificationKind::{Raised, Recovered, Repeated};

#[test]
fn each_channel_hears_from_its_level_on_and_of_the_end_only_what_it_heard_of() {
    let red = ChannelSettings { from: Level::Red, ..channel("red") };
    let silent = ChannelSettings { recoveries: false, ..channel("silent") };
    let mut post = Post::new(vec![channel("all"), red, silent]);
    post.tell(Raised, Level::Yellow);
    post.tell(Recovered, Level::Green);
    assert_eq!(post.heard_by("all"), [Raised, Recovered]);
    assert_eq!(post.heard_by("red"), []);
    assert_eq!(post.heard_by("silent"), [Raised]);
}

#[test]
fn a_channel_that_fails_is_tried_again_after_ever_longer_times_and_is_itself_visible() {
    let mut post = Post::new(vec![channel("mail"), channel("native")]);
    post.down = vec!["mail".into()];
    post.tell(Raised, Level::Red);
    assert_eq!(post.heard_by("native"), [Raised], "one that fails keeps no other from it");
    assert_eq!(post.outbox.failing()[0].name, "mail");
    post.pass(TimeDelta::hours(3));
    assert_eq!(post.record.iter().filter(|delivery| delivery.problem.is_some()).count(), 1, "said once");
    post.down.clear();
    post.pass(TimeDelta::hours(1));
    assert_eq!(post.heard_by("mail"), [Raised]);
    assert_eq!(post.outbox.failing(), []);
}

#[test]
fn all_channels_down_for_a_day_is_given_up_with_a_word_and_brings_no_flood_afterwards() {
    let mut post = Post::new(vec![channel("mail"), channel("hook")]);
    post.down = vec!["mail".into(), "hook".into()];
    post.tell(Raised, Level::Red);
    for _ in 0..25 {
        post.tell(Repeated, Level::Red);
        post.pass(TimeDelta::hours(1));
    }
    let given_up = |post: &Post| {
        let words = post.record.iter().filter_map(|delivery| delivery.problem.as_ref());
        words.filter(|problem| problem.contains("given up")).count()
    };
    assert_eq!(given_up(&post), 2, "{:?}", post.record);
    post.down.clear();
    post.pass(TimeDelta::hours(2));
    assert!(post.heard_by("mail").len() <= 1 && post.heard_by("hook").len() <= 1, "{:?}", post.heard);
}

#[test]
fn what_is_over_before_a_channel_could_take_it_is_never_told_there() {
    let mut post = Post::new(vec![channel("mail")]);
    post.down = vec!["mail".into()];
    post.tell(Raised, Level::Red);
    post.tell(Recovered, Level::Green);
    post.down.clear();
    post.pass(TimeDelta::days(2));
    assert_eq!(post.heard, []);
}

#[test]
fn help_is_called_only_for_what_nobody_took_note_of() {
    let boss = ChannelSettings { after: Some(Duration::from_secs(1800)), ..channel("boss") };
    for noted in [false, true] {
        let mut post = Post::new(vec![boss.clone()]);
        post.tell(Raised, Level::Red);
        post.pass(TimeDelta::minutes(29));
        assert_eq!(post.heard, []);
        post.noted = noted;
        post.pass(TimeDelta::minutes(2));
        assert_eq!(post.heard.len(), usize::from(!noted));
        post.tell(Recovered, Level::Green);
        assert_eq!(post.heard.len(), if noted { 0 } else { 2 });
    }
}

#[test]
fn in_quiet_hours_only_red_comes_through_and_the_rest_is_told_at_their_end_if_it_goes_on() {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let night = |red| Some(QuietHours { from: time(22), until: time(7), red });
    let mut post = Post::new(vec![channel("native")]);
    post.quiet = night(true);
    post.now += TimeDelta::hours(11);
    post.tell(Raised, Level::Red);
    assert_eq!(post.heard.len(), 1, "red comes through");

    let mut post = Post::new(vec![channel("native")]);
    post.quiet = night(false);
    post.now += TimeDelta::hours(11);
    post.tell(Raised, Level::Red);
    post.pass(TimeDelta::hours(7) + TimeDelta::minutes(59));
    assert_eq!(post.heard, []);
    post.pass(TimeDelta::minutes(1));
    assert_eq!(post.heard_by("native"), [Raised]);

    let mut post = Post::new(vec![channel("native")]);
    post.quiet = night(false);
    post.now += TimeDelta::hours(11);
    post.tell(Raised, Level::Red);
    post.tell(Recovered, Level::Green);
    post.pass(TimeDelta::days(1));
    assert_eq!(post.heard, [], "over by the morning");
}

#[test]
fn killed_between_writing_and_striking_out_a_letter_goes_out_twice_at_most_and_never_less_than_once() {
    let mut post = Post::new(vec![channel("native")]);
    let told = Notification { level: Level::Red, kind: Raised, ..Notification::test("", post.now) };
    post.outbox.post(&told, &route(&post.channels, None), post.now);
    let written = serde_json::to_string(&post.outbox).unwrap();
    let carried = post.outbox.ready(&route(&post.channels, None), |_| true, post.now);
    assert_eq!(carried.len(), 1);
    // Killed: the next life knows what was written down.
    let mut next: Outbox = serde_json::from_str(&written).unwrap();
    let again = next.ready(&route(&post.channels, None), |_| true, post.now);
    assert_eq!(again, carried, "the same letter with the same id");
}

proptest! {
    #[test]
    fn whatever_happens_every_end_belongs_to_a_beginning(
        acts in prop::collection::vec((0..5_u8, 0..7200_i64), 1..60),
    ) {
        let mut post = Post::new(vec![channel("a"), channel("b")]);
        for (act, seconds) in acts {
            match act {
                0 => post.tell(Raised, Level::Red),
                1 => post.tell(Recovered, Level::Green),
                2 => post.down = vec!["a".into()],
                3 => post.down.clear(),
                _ => post.tell(Repeated, Level::Red),
            }
            post.pass(TimeDelta::seconds(seconds));
        }
        for name in ["a", "b"] {
            let mut open = false;
            for kind in post.heard_by(name) {
                prop_assert!(kind != Recovered || open, "{name} heard an end without a beginning");
                open = kind != Recovered;
            }
        }
    }
}
