//! `caretaker check`: one look, one light, an exit code that monitors understand.

use caretaker_core::alerts::Channel;
use caretaker_core::judge::{Signal, Verdict};
use caretaker_core::keeper::{Engine, Notice, Overview, Setup, Shared};
use caretaker_core::observe::power::MachinePower;
use caretaker_core::secrets::Secrets;
use caretaker_core::signal::{Level, Source};
use serde::Serialize;

use crate::place::Place;
use crate::render::Reply;

/// One look as a JSON object.
#[derive(Serialize)]
pub struct Look<'a> {
    #[serde(flatten)]
    verdict: &'a Verdict,
    notices: &'a [Notice],
}

impl<'a> Look<'a> {
    /// The look whose verdict this is.
    pub fn of(overview: &'a Overview, verdict: &'a Verdict) -> Self {
        Self { verdict, notices: &overview.notices }
    }
}

/// Looks once. Exit codes: 0 green, 1 yellow, 2 red, 3 unknown.
pub fn run(place: &Place) -> anyhow::Result<Reply> {
    place.load_profile()?;
    let overview = look(place);
    let Some(verdict) = &overview.verdict else {
        anyhow::bail!("the profile changed while it was being read; try again");
    };
    Ok(Reply::new(&Look::of(&overview, verdict), page(&overview, verdict))?.exit(exit_code(verdict.light)))
}

/// What one look sees; without a verdict where the profile changed just then.
pub fn look(place: &Place) -> Overview {
    let mut engine = Engine::new(setup(place, None));
    engine.look_closely(place.clock.now());
    let overview = engine.overview().clone();
    engine.close(place.clock.now());
    overview
}

/// What the engine is given on the command line: the same world as in the app, without channels of its own.
pub fn setup(place: &Place, native: Option<Box<dyn Channel>>) -> Setup {
    Setup {
        profile: Some(place.profile.clone()),
        state_dir: place.state.clone(),
        clock: std::sync::Arc::clone(&place.clock),
        zone: place.zone,
        home: place.home.clone(),
        native,
        secrets: secrets(),
        power: std::sync::Arc::new(MachinePower),
        every: None,
        shared: Shared::default(),
    }
}

/// Secrets as this process finds them.
pub fn secrets() -> Secrets {
    Secrets::new(|name| std::env::var(name).ok())
}

/// The exit code of a light that nobody can tell.
pub const UNKNOWN: u8 = 3;

/// The convention of monitoring plugins.
pub fn exit_code(light: Level) -> u8 {
    match light {
        Level::Green => 0,
        Level::Yellow => 1,
        Level::Red => 2,
        Level::Unknown => UNKNOWN,
    }
}

/// The page for people: the sentence, what to do, then every signal with its figure.
fn page(overview: &Overview, verdict: &Verdict) -> String {
    let mut lines = vec![format!("{} {}", mark(verdict.light), verdict.summary)];
    if let Some(remedy) = &verdict.remedy {
        lines.push(format!("  → {}", remedy.text));
    }
    lines.push(String::new());
    lines.extend(verdict.signals.iter().map(row));
    if !verdict.contradictions.is_empty() {
        lines.push(String::new());
        lines.push("Contradictions:".into());
        lines.extend(verdict.contradictions.iter().map(|text| format!("  {text}")));
    }
    let bad: Vec<_> = verdict.modules.iter().filter(|module| module.level != Level::Green).collect();
    if !bad.is_empty() {
        lines.push(String::new());
        lines.push("Modules:".into());
        lines.extend(bad.iter().map(|module| {
            format!("  {} {} – {}", mark(module.level), plain(&module.name), plain(&module.reason))
        }));
    }
    for notice in &overview.notices {
        lines.push(String::new());
        lines.push(format!("Note: {}", notice.text));
        lines.extend(notice.hint.iter().map(|hint| format!("  {hint}")));
    }
    lines.join("\n")
}

fn row(signal: &Signal) -> String {
    let said = if signal.source == Source::Claimed { " (claimed)" } else { "" };
    let why =
        if signal.level == Level::Green { String::new() } else { format!("  {}", plain(&signal.reason)) };
    format!("  {} {:<18} {:>14}{said}{why}", mark(signal.level), signal.label, plain(&signal.text))
}

/// A shape for each level, so that no colour is needed.
pub fn mark(level: Level) -> &'static str {
    match level {
        Level::Green => "●",
        Level::Yellow => "▲",
        Level::Red => "⬣",
        Level::Unknown => "◌",
    }
}

/// Text from outside, with control characters made visible: a terminal must not be steered by a module's name.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_monitoring_plugins() {
        let codes = [Level::Green, Level::Yellow, Level::Red, Level::Unknown].map(exit_code);
        assert_eq!(codes, [0, 1, 2, 3]);
    }

    #[test]
    fn escape_sequences_lose_their_power() {
        assert_eq!(plain("a\u{1b}[31mb\n"), "a\u{fffd}[31mb\u{fffd}");
    }
}
