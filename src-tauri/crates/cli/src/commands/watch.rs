//! `caretaker watch`: the loop in a terminal or under launchd, one line a look.

use std::sync::mpsc;

use anyhow::Context;
use caretaker_core::alerts::{Channel, Notification};
use caretaker_core::keeper::{self, Event, Notice, Overview};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::WatchArgs;
use crate::commands::check::{Look, mark, plain, setup};
use crate::place::Place;
use crate::render::{self, Reply};

/// Watches until interrupted, or for as many looks as were asked for.
pub fn run(place: &Place, args: &WatchArgs, json: bool) -> anyhow::Result<Reply> {
    place.load_profile()?;
    let (looks, seen) = mpsc::channel();
    let mut setup = setup(place, Some(Box::new(Terminal)));
    setup.every = args.every;
    let keeper = keeper::start(setup, move |Event::Changed(overview)| {
        let _ = looks.send(Some(overview));
    })?;
    let interrupted = ends_on_signal(keeper.clone());
    let mut count = 0_u64;
    let mut noted = Vec::new();
    while let Ok(Some(overview)) = seen.recv() {
        note(&overview, &mut noted);
        if !show(&overview, json)? {
            break;
        }
        count += 1;
        if args.ticks.is_some_and(|ticks| count >= ticks) {
            break;
        }
    }
    keeper.stop();
    interrupted?;
    Ok(Reply::silent())
}

/// Says on stderr what is new about Caretaker itself, once: a broken profile, a record that cannot be kept.
fn note(overview: &Overview, noted: &mut Vec<Notice>) {
    for notice in overview.notices.iter().filter(|notice| !noted.contains(notice)) {
        render::message(&format!("Note: {}", notice.text));
        if let Some(hint) = &notice.hint {
            render::message(&format!("  {hint}"));
        }
    }
    noted.clone_from(&overview.notices);
}

/// Prints one look; false when nobody reads any more.
fn show(overview: &Overview, json: bool) -> anyhow::Result<bool> {
    let Some(verdict) = &overview.verdict else { return Ok(true) };
    if json {
        return Ok(render::json_line(Reply::new(&Look::of(overview, verdict), "")?.json()));
    }
    let time = verdict.at.with_timezone(&chrono::Local).format("%H:%M:%S");
    Ok(render::line(&format!("{time} {} {}", mark(verdict.light), plain(&verdict.summary))))
}

/// Stops the loop when the system or the person at the keyboard asks for it.
fn ends_on_signal(keeper: keeper::Keeper) -> anyhow::Result<()> {
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
        // Ending the loop drops its event sender, which ends the caller's wait.
        keeper.stop();
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
