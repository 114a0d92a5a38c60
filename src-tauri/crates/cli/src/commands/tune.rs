//! `caretaker tune`: the ecosystem's settings, changed by presets or by hand, and back again.

mod review;

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::keeper::{Helped, Journal, TUNING_UNDO, helped, said_of_tuning, said_of_tuning_undone};
use caretaker_core::store::Entered;
use caretaker_core::upkeep::{Change, Tuning, TuningPlan, diff};
use serde::Serialize;

use crate::args::{Consent, TuneCommand};
use crate::commands::check::plain;
use crate::commands::consent::{Answer, ask};
use crate::place::Place;
use crate::render::{self, Reply};

/// Does what was asked with the settings of the profile's ecosystem.
pub fn run(place: &Place, command: &TuneCommand) -> anyhow::Result<Reply> {
    let tuning = open(place)?;
    match command {
        TuneCommand::List => list(place, &tuning),
        TuneCommand::Show { preset } => said(&tuning.plan(preset)?, false),
        TuneCommand::Apply { preset, consent } => change(place, &tuning, &tuning.plan(preset)?, *consent),
        TuneCommand::Set { file, key, value, consent } => {
            change(place, &tuning, &tuning.plan_key(file, key, value)?, *consent)
        }
        TuneCommand::Revert(consent) => revert(place, &tuning, *consent),
        TuneCommand::Review { done, note } => review::run(place, *done, note.as_deref()),
    }
}

/// The settings, once whatever was ended in its middle is taken back.
pub fn open(place: &Place) -> anyhow::Result<Tuning> {
    let tuning = Tuning::new(&place.load_profile()?, &place.state);
    if let Some(said) = tuning.end_interrupted()? {
        render::message(&said);
    }
    Ok(tuning)
}

fn journal(place: &Place) -> anyhow::Result<Journal> {
    Ok(Journal::new(&place.state, &place.load_profile()?.root))
}

#[derive(Serialize)]
struct ListBody {
    presets: Vec<Row>,
    helped: Vec<Helped>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    effect: String,
    values: Vec<Value>,
}

#[derive(Serialize)]
struct Value {
    key: String,
    value: String,
    default: Option<String>,
}

fn list(place: &Place, tuning: &Tuning) -> anyhow::Result<Reply> {
    let mut lines = Vec::new();
    let mut presets = Vec::new();
    for preset in tuning.presets() {
        lines.push(format!("{:<12} {}", preset.id, preset.title));
        lines.push(format!("             {}", preset.effect));
        let mut values = Vec::new();
        for wanted in preset.changes {
            let (value, default) = (wanted.value.to_string(), wanted.default.map(|old| old.to_string()));
            let usual = default.as_ref().map(|old| format!(" (usually {old})")).unwrap_or_default();
            lines.push(format!("             {}: {value}{usual}", wanted.key));
            values.push(Value { key: wanted.key, value, default });
        }
        presets.push(Row { id: preset.id, title: preset.title, effect: preset.effect, values });
    }
    let helped = helped(&place.load_profile()?, &place.state, place.clock.now(), place.zone)?;
    let mut of = None;
    for one in &helped {
        if of != Some(one.applied_at) {
            let at = place.zone.local(one.applied_at).format("%Y-%m-%d %H:%M");
            lines.push(format!("\n“{}” of {at}:", plain(&one.title)));
            of = Some(one.applied_at);
        }
        lines.push(format!("             {}", one.text));
    }
    Reply::new(&ListBody { presets, helped }, lines.join("\n"))
}

#[derive(Serialize)]
struct ChangeBody<'a> {
    title: &'a str,
    effect: &'a str,
    applied: bool,
    changes: &'a [Change],
    missing: &'a [String],
    already: &'a [String],
    problems: &'a [String],
}

/// Shows a plan, asks, and does it.
pub fn change(place: &Place, tuning: &Tuning, plan: &TuningPlan, consent: Consent) -> anyhow::Result<Reply> {
    let agreed = !plan.changes.is_empty() && ask(consent, &text(plan), "Change this?")? == Answer::Go;
    if agreed {
        let now = place.clock.now();
        tuning.apply(plan, now)?;
        journal(place)?.note_done(now, Entered::Tuning, said_of_tuning(plan), Some(TUNING_UNDO.into()));
    }
    said(plan, agreed)
}

fn said(plan: &TuningPlan, applied: bool) -> anyhow::Result<Reply> {
    let body = ChangeBody {
        title: &plan.title,
        effect: &plan.effect,
        applied,
        changes: &plan.changes,
        missing: &plan.missing,
        already: &plan.already,
        problems: &plan.problems,
    };
    let mut text = text(plan);
    if applied {
        text.push_str("\nChanged. The ecosystem reads it when it starts; undo: caretaker tune revert");
    }
    Reply::new(&body, text)
}

/// A plan as people read it.
fn text(plan: &TuningPlan) -> String {
    let mut lines = vec![plain(&plan.title)];
    if !plan.effect.is_empty() {
        lines.push(plan.effect.clone());
    }
    if plan.changes.is_empty() {
        lines.push("Nothing is to be changed.".into());
    } else {
        lines.push(plan.diff());
    }
    lines.extend(plan.already.iter().map(|what| format!("stays    {}", plain(what))));
    lines.extend(plan.missing.iter().map(|key| format!("missing  {key}: no settings file has it")));
    lines.extend(plan.problems.iter().map(|what| format!("left out {}", plain(what))));
    lines.join("\n")
}

#[derive(Serialize)]
struct RevertBody<'a> {
    title: &'a str,
    applied_at: caretaker_core::clock::Instant,
    reverted: bool,
    changes: &'a [Change],
}

fn revert(place: &Place, tuning: &Tuning, consent: Consent) -> anyhow::Result<Reply> {
    let Some(plan) = tuning.plan_revert()? else {
        return Err(Error::new(ErrorKind::NotFound, "there is no tuning to revert").into());
    };
    let at = place.zone.local(plan.at).format("%Y-%m-%d %H:%M");
    let mut text = format!("Back to before “{}” of {at}:\n{}", plain(&plan.title), diff(&plan.changes));
    let reverted = ask(consent, &text, "Put this back?")? == Answer::Go;
    if reverted {
        tuning.revert()?;
        let said = said_of_tuning_undone(&plan.title);
        journal(place)?.note_done(place.clock.now(), Entered::Undo, said, None);
        text.push_str("\nEvery file is as it was before.");
    }
    let body = RevertBody { title: &plan.title, applied_at: plan.at, reverted, changes: &plan.changes };
    Reply::new(&body, text)
}
