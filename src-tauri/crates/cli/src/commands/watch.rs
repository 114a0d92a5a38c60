//! `caretaker watch`: the loop in a terminal or under launchd, one line a look.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use anyhow::Context;
use caretaker_core::alerts::{Channel, Notification};
use caretaker_core::keeper::{self, Event, Keeper, Notice, Overview, Shared};
use caretaker_core::profile::{Sites, SitesStamp};
use caretaker_core::signal::Level;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::WatchArgs;
use crate::commands::check::{Look, mark, plain, setup};
use crate::place::Place;
use crate::render::{self, Reply};

/// How often it is looked whether an ecosystem came or went, where none of them says anything.
const FOLLOWED: Duration = Duration::from_secs(30);

/// What the loops tell, and the system.
enum Heard {
    Look(String, Arc<Overview>),
    Interrupted,
}

/// Watches until interrupted, or for as many looks as were asked for.
pub fn run(place: &Place, args: &WatchArgs, json: bool) -> anyhow::Result<Reply> {
    place.load_profile()?;
    let (looks, heard) = mpsc::channel();
    let mut crew = Crew { looks, shared: Shared::default(), every: args.every, members: Vec::new() };
    crew.start("", place)?;
    watch(crew, None, &heard, args, json)
}

/// Watches all ecosystems of this machine side by side, those too that come later; one that cannot be read says so and
/// keeps no other from it.
pub fn all(place: &Place, args: &WatchArgs, json: bool) -> anyhow::Result<Reply> {
    let sites = place.all_sites()?;
    let (looks, heard) = mpsc::channel();
    let mut crew = Crew { looks, shared: Shared::default(), every: args.every, members: Vec::new() };
    let mut followed = Followed { place, sites, stamp: None };
    followed.follow(&mut crew)?;
    watch(crew, Some(followed), &heard, args, json)
}

/// All loops of this run.
struct Crew {
    looks: Sender<Heard>,
    shared: Shared,
    every: Option<Duration>,
    members: Vec<Member>,
}

/// One loop, and what was said of it.
struct Member {
    /// Its name on this machine; empty where it is watched alone.
    id: String,
    keeper: Keeper,
    looks: u64,
    noted: Vec<Notice>,
    said: Option<(Level, String)>,
}

impl Crew {
    fn start(&mut self, id: &str, place: &Place) -> anyhow::Result<()> {
        let mut setup = setup(place, Some(Box::new(Terminal)));
        setup.every = self.every;
        setup.shared = self.shared.clone();
        let (looks, name) = (self.looks.clone(), id.to_owned());
        let keeper = keeper::start(setup, move |Event::Changed(overview)| {
            let _ = looks.send(Heard::Look(name.clone(), overview));
        })?;
        let id = id.to_owned();
        self.members.push(Member { id, keeper, looks: 0, noted: Vec::new(), said: None });
        Ok(())
    }

    /// Ends the loops that `keep` does not want, and waits until everything of theirs is written.
    fn keep_only(&mut self, keep: impl Fn(&str) -> bool) {
        let (stay, go) = std::mem::take(&mut self.members).into_iter().partition(|member| keep(&member.id));
        self.members = stay;
        go.iter().for_each(|member: &Member| member.keeper.stop());
    }
}

/// The machine's ecosystems as they come and go.
struct Followed<'a> {
    place: &'a Place,
    sites: &'a Sites,
    stamp: Option<SitesStamp>,
}

impl Followed<'_> {
    fn follow(&mut self, crew: &mut Crew) -> anyhow::Result<()> {
        let stamp = self.sites.stamp();
        if self.stamp.as_ref() == Some(&stamp) {
            return Ok(());
        }
        self.stamp = Some(stamp);
        let watched = self.sites.watched();
        crew.keep_only(|id| watched.iter().any(|site| site.id == id));
        for site in watched {
            if !crew.members.iter().any(|member| member.id == site.id) {
                crew.start(&site.id, &self.place.at(&site))?;
            }
        }
        Ok(())
    }
}

fn watch(
    mut crew: Crew,
    mut followed: Option<Followed<'_>>,
    heard: &mpsc::Receiver<Heard>,
    args: &WatchArgs,
    json: bool,
) -> anyhow::Result<Reply> {
    tell_of_signals(crew.looks.clone())?;
    loop {
        match heard.recv_timeout(FOLLOWED) {
            Ok(Heard::Look(id, overview)) => {
                // A look of one that was put off meanwhile.
                let Some(member) = crew.members.iter_mut().find(|member| member.id == id) else { continue };
                member.looks += 1;
                if !member.tell(&overview, args.quiet, json)? {
                    break;
                }
                if args.ticks.is_some_and(|ticks| crew.members.iter().all(|member| member.looks >= ticks)) {
                    break;
                }
            }
            Ok(Heard::Interrupted) | Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(followed) = &mut followed {
            followed.follow(&mut crew)?;
        }
    }
    crew.keep_only(|_| false);
    Ok(Reply::silent())
}

impl Member {
    /// Says what a look saw; false when nobody reads any more.
    fn tell(&mut self, overview: &Overview, quiet: bool, json: bool) -> anyhow::Result<bool> {
        let id = Some(self.id.as_str()).filter(|id| !id.is_empty());
        note(id, overview, &mut self.noted);
        let now = overview.verdict.as_ref().map(|verdict| (verdict.light, verdict.summary.clone()));
        if quiet && self.said == now {
            return Ok(true);
        }
        self.said = now;
        show(id, overview, json)
    }
}

/// Says on stderr what is new about Caretaker itself, once: a broken profile, a record that cannot be kept.
fn note(id: Option<&str>, overview: &Overview, noted: &mut Vec<Notice>) {
    let of = id.map(|id| format!(" ({id})")).unwrap_or_default();
    for notice in overview.notices.iter().filter(|notice| !noted.contains(notice)) {
        render::message(&format!("Note{of}: {}", notice.text));
        if let Some(hint) = &notice.hint {
            render::message(&format!("  {hint}"));
        }
    }
    noted.clone_from(&overview.notices);
}

/// Prints one look; false when nobody reads any more.
fn show(id: Option<&str>, overview: &Overview, json: bool) -> anyhow::Result<bool> {
    let Some(verdict) = &overview.verdict else { return Ok(true) };
    if json {
        let look = LookOf { ecosystem: id, look: Look::of(overview, verdict) };
        return Ok(render::json_line(Reply::new(&look, "")?.json()));
    }
    let time = verdict.at.with_timezone(&chrono::Local).format("%H:%M:%S");
    let of = id.map(|id| format!("{id}: ")).unwrap_or_default();
    Ok(render::line(&format!("{time} {} {of}{}", mark(verdict.light), plain(&verdict.summary))))
}

/// A look, and at which ecosystem where there are several.
#[derive(Serialize)]
struct LookOf<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    ecosystem: Option<&'a str>,
    #[serde(flatten)]
    look: Look<'a>,
}

/// Says so when the system or the person at the keyboard asks for the end.
fn tell_of_signals(looks: Sender<Heard>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().context("no signals")?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = (
                signal(SignalKind::interrupt()),
                signal(SignalKind::terminate()),
                signal(SignalKind::hangup()),
            ) else {
                return;
            };
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {}, _ = hangup.recv() => {} }
        });
        let _ = looks.send(Heard::Interrupted);
    })?;
    Ok(())
}

/// Tells on stderr what the app would tell by a notification.
pub struct Terminal;

impl Channel for Terminal {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn deliver(&mut self, notification: &Notification) -> caretaker_core::error::Result<()> {
        let lines: Vec<String> = notification.body.lines().map(|line| format!("  {}", plain(line))).collect();
        render::message(&format!("{}\n{}", plain(&notification.title), lines.join("\n")));
        Ok(())
    }
}
