//! `caretaker watch`: the loop in a terminal or under launchd, one line a look.

use std::sync::mpsc;

use anyhow::Context;
use caretaker_core::alerts::{Channel, Notification};
use caretaker_core::keeper::{self, Board, Event, Notice, Overview};
use caretaker_core::profile::Site;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::WatchArgs;
use crate::commands::check::{Look, mark, plain, setup};
use crate::place::Place;
use crate::render::{self, Reply};

/// Watches until interrupted, or for as many looks as were asked for.
pub fn run(place: &Place, args: &WatchArgs, json: bool) -> anyhow::Result<Reply> {
    place.load_profile()?;
    watch(&[Watched { id: None, place: place.clone() }], args, json)
}

/// Watches all ecosystems of this machine side by side; one that cannot be read says so and keeps no other from it.
pub fn all(place: &Place, sites: &[Site], args: &WatchArgs, json: bool) -> anyhow::Result<Reply> {
    let watched: Vec<Watched> =
        sites.iter().map(|site| Watched { id: Some(site.id.clone()), place: place.at(site) }).collect();
    watch(&watched, args, json)
}

/// One of those that are watched; without a name where there is only one.
struct Watched {
    id: Option<String>,
    place: Place,
}

fn watch(watched: &[Watched], args: &WatchArgs, json: bool) -> anyhow::Result<Reply> {
    let (looks, seen) = mpsc::channel();
    let (mut keepers, board) = (Vec::new(), Board::default());
    for (at, one) in watched.iter().enumerate() {
        let mut setup = setup(&one.place, Some(Box::new(Terminal)));
        setup.every = args.every;
        setup.board = board.clone();
        let looks = looks.clone();
        keepers.push(keeper::start(setup, move |Event::Changed(overview)| {
            let _ = looks.send((at, overview));
        })?);
    }
    // The senders of the loops are the only ones left: when all have ended, nobody is waited for.
    drop(looks);
    let interrupted = ends_on_signal(keepers.clone());
    let mut counts = vec![0_u64; watched.len()];
    let mut noted = vec![Vec::new(); watched.len()];
    while let Ok((at, overview)) = seen.recv() {
        let id = watched[at].id.as_deref();
        note(id, &overview, &mut noted[at]);
        if !show(id, &overview, json)? {
            break;
        }
        counts[at] += 1;
        if args.ticks.is_some_and(|ticks| counts.iter().all(|count| *count >= ticks)) {
            break;
        }
    }
    for keeper in &keepers {
        keeper.stop();
    }
    interrupted?;
    Ok(Reply::silent())
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

/// Stops the loops when the system or the person at the keyboard asks for it.
fn ends_on_signal(keepers: Vec<keeper::Keeper>) -> anyhow::Result<()> {
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
        // Ending the loops drops their event senders, which ends the caller's wait.
        for keeper in &keepers {
            keeper.stop();
        }
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
