//! `caretaker runbook`: an emergency, step by step.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as Stopwatch};

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::judge::Verdict;
use caretaker_core::keeper::{CourseShown, Eyes, RunbookRow, RunbookShown, Runbooks, StepPlan, StepShown};
use caretaker_core::upkeep::StepState;
use serde::Serialize;

use crate::args::{Consent, RunbookCommand};
use crate::commands::check::{self, plain};
use crate::commands::consent::{Answer, ask};
use crate::commands::progress::Line;
use crate::place::Place;
use crate::render::Reply;

/// For so long what was seen is as good as new.
const MOMENT: Duration = Duration::from_secs(3);

/// Does what was asked with the runbooks of the profile's ecosystem.
pub fn run(place: &Place, command: &RunbookCommand, json: bool) -> anyhow::Result<Reply> {
    let books = open(place)?;
    match command {
        RunbookCommand::List => list(place, &books),
        RunbookCommand::Show { name } => shown(place, &books.show(name)?),
        RunbookCommand::Start { name, incident } => shown(place, &books.start(name, incident.as_deref())?),
        RunbookCommand::Do { name, step, with, consent } => {
            let step = step_or_next(&books, name, step.as_deref())?;
            act(place, &books, (name, &step), with.as_deref(), *consent, json)
        }
        RunbookCommand::Seen { name, step, note } => {
            let step = step_or_next(&books, name, step.as_deref())?;
            shown(place, &books.see(name, &step, note.as_deref().unwrap_or_default())?)
        }
        RunbookCommand::Skip { name, step, reason } => shown(place, &books.skip(name, step, reason)?),
        RunbookCommand::Undo { name, step, consent } => undo(place, &books, (name, step), *consent, json),
        RunbookCommand::End { name } => paper(books.end(name)?),
        RunbookCommand::Past => past(place, &books),
        RunbookCommand::Report { id } => paper(books.report(id)?),
    }
}

fn open(place: &Place) -> anyhow::Result<Runbooks> {
    let profile = place.load_profile()?;
    // One command asks several times within a moment, and a look takes a while.
    let seen: Arc<Mutex<Option<(Stopwatch, Verdict)>>> = Arc::default();
    let (kept, here) = (Arc::clone(&seen), place.clone());
    let fresh = move || {
        let verdict = check::look(&here).verdict?;
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((Stopwatch::now(), verdict.clone()));
        Some(verdict)
    };
    let again = fresh.clone();
    let newest = move || {
        let known = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known.filter(|(at, _)| at.elapsed() < MOMENT) {
            Some((_, verdict)) => Some(verdict),
            None => again(),
        }
    };
    let eyes = Eyes { newest: Box::new(newest), fresh: Box::new(fresh) };
    Ok(Runbooks::new(
        profile,
        &place.state,
        place.home.as_deref(),
        Arc::clone(&place.clock),
        place.zone,
        eyes,
    ))
}

fn step_or_next(books: &Runbooks, name: &str, step: Option<&str>) -> anyhow::Result<String> {
    if let Some(step) = step {
        return Ok(step.to_owned());
    }
    let shown = books.show(name)?;
    let not_begun = || {
        let (what, hint) = match shown.row.course {
            None => ("was not begun", format!("Begin with `caretaker runbook start {name}`.")),
            Some(_) => ("has no step left", format!("End it with `caretaker runbook end {name}`.")),
        };
        Error::new(ErrorKind::NotFound, format!("the runbook “{name}” {what}; nothing was changed"))
            .hint(hint)
    };
    Ok(shown.next.clone().ok_or_else(not_begun)?)
}

#[derive(Serialize)]
struct ListBody {
    runbooks: Vec<RunbookRow>,
}

fn list(place: &Place, books: &Runbooks) -> anyhow::Result<Reply> {
    let rows = books.list()?;
    let mut lines = Vec::new();
    for row in &rows {
        lines.push(format!("{:<16} {}", row.id, row.title));
        if let Some(fits) = &row.fits {
            lines.push(format!("                 now: {}", plain(fits)));
        }
        if let Some(begun) = row.begun_at {
            let at = place.zone.local(begun).format("%Y-%m-%d %H:%M");
            lines.push(format!("                 goes on since {at}"));
        }
    }
    Reply::new(&ListBody { runbooks: rows }, lines.join("\n"))
}

fn shown(place: &Place, shown: &RunbookShown) -> anyhow::Result<Reply> {
    Reply::new(shown, text(place, shown))
}

fn text(place: &Place, shown: &RunbookShown) -> String {
    let mut lines = vec![format!("{}: {}", shown.row.title, shown.row.about)];
    if let Some(begun) = shown.row.begun_at {
        lines.push(format!("Goes on since {}.", place.zone.local(begun).format("%Y-%m-%d %H:%M")));
    }
    for (number, step) in shown.steps.iter().enumerate() {
        lines.push(String::new());
        let here = if shown.next.as_deref() == Some(step.id.as_str()) { "▸" } else { " " };
        lines.push(format!("{here}{}. {} [{}] {}", number + 1, step.text, step.id, word(step)));
        lines.extend(step.said.iter().map(|said| format!("     {}", plain(said))));
        for seen in &step.evidence {
            let level = seen.level.map(|level| format!(" ({level})")).unwrap_or_default();
            lines.push(format!("     {}{level}", plain(&seen.text)));
            lines.extend(seen.details.iter().map(|line| format!("       {}", plain(line))));
        }
    }
    lines.push(String::new());
    lines.push(match (&shown.next, shown.row.course.is_some()) {
        (Some(next), _) => {
            let verb = if shown.steps.iter().any(|step| step.id == *next && step.action.is_some()) {
                "do"
            } else {
                "seen"
            };
            format!("Next: caretaker runbook {verb} {} {next}", shown.row.id)
        }
        (None, true) => format!("Nothing is left to do: caretaker runbook end {}", shown.row.id),
        (None, false) => format!("Begin: caretaker runbook start {}", shown.row.id),
    });
    lines.join("\n")
}

fn word(step: &StepShown) -> &'static str {
    match step.state {
        StepState::Open if step.optional => "(if it helps)",
        StepState::Open => "",
        StepState::Running => "under way",
        StepState::BrokenOff => "broken off",
        StepState::Done => "done",
        StepState::Failed => "did not succeed",
        StepState::Seen => "looked at",
        StepState::Skipped => "left out",
        StepState::NotNeeded => "not needed",
        StepState::Undone => "taken back",
    }
}

#[derive(Serialize)]
struct PlanBody {
    done: bool,
    plan: StepPlan,
}

#[derive(Serialize)]
struct DoneBody<'a> {
    done: bool,
    said: Option<&'a str>,
    #[serde(flatten)]
    shown: &'a RunbookShown,
}

fn act(
    place: &Place,
    books: &Runbooks,
    (name, step): (&str, &str),
    with: Option<&str>,
    consent: Consent,
    json: bool,
) -> anyhow::Result<Reply> {
    let plan = books.plan(name, step, with)?;
    let mut lines = vec![plain(&plan.title)];
    lines.extend(plan.lines.iter().map(|line| format!("  {}", plain(line))));
    let shown = lines.join("\n");
    let changes = books.show(name)?.steps.iter().any(|one| one.id == step && one.changes);
    if (changes || consent.dry_run) && ask(consent, &shown, "Do this?")? == Answer::OnlyShown {
        return Reply::new(&PlanBody { done: false, plan }, shown);
    }
    let line = Line::new(json);
    let done = books.act(name, step, plan.choice.as_deref(), &line);
    line.done();
    told(place, &done?, step)
}

fn undo(
    place: &Place,
    books: &Runbooks,
    (name, step): (&str, &str),
    consent: Consent,
    json: bool,
) -> anyhow::Result<Reply> {
    let shown = books.show(name)?;
    let said =
        shown.steps.iter().find(|one| one.id == step).and_then(|one| one.said.clone()).unwrap_or_default();
    let text = format!("Take back what this did: {}", plain(&said));
    if ask(consent, &text, "Take it back?")? == Answer::OnlyShown {
        let plan = StepPlan { title: text.clone(), lines: Vec::new(), choice: None, confirm: None };
        return Reply::new(&PlanBody { done: false, plan }, text);
    }
    let line = Line::new(json);
    let done = books.undo(name, step, &line);
    line.done();
    told(place, &done?, step)
}

/// What came of a step; what was looked for and not found is bad, not failed.
fn told(place: &Place, shown: &RunbookShown, step: &str) -> anyhow::Result<Reply> {
    let here = shown.steps.iter().find(|one| one.id == step);
    let said = here.and_then(|one| one.said.as_deref());
    let mut lines: Vec<String> = said.iter().map(|said| plain(said)).collect();
    let page = text(place, shown);
    lines.extend(page.lines().last().map(str::to_owned));
    let bad = here.is_some_and(|one| one.state == StepState::Failed);
    let reply = Reply::new(&DoneBody { done: true, said, shown }, lines.join("\n"))?;
    Ok(if bad { reply.exit(2) } else { reply })
}

#[derive(Serialize)]
struct PastBody {
    courses: Vec<CourseShown>,
}

fn past(place: &Place, books: &Runbooks) -> anyhow::Result<Reply> {
    let courses = books.past()?;
    let line = |one: &CourseShown| {
        let end = if one.ended_at.is_some() { "" } else { "  (goes on)" };
        let at = place.zone.local(one.begun_at).format("%Y-%m-%d %H:%M");
        format!("{at}  {}{end}\n                  {}", one.id, plain(&one.summary))
    };
    let text = match courses.len() {
        0 => "No runbook was ever gone through.".to_owned(),
        _ => courses.iter().map(line).collect::<Vec<_>>().join("\n"),
    };
    Reply::new(&PastBody { courses }, text)
}

#[derive(Serialize)]
struct PaperBody {
    markdown: String,
}

fn paper(markdown: String) -> anyhow::Result<Reply> {
    Reply::new(&PaperBody { markdown: markdown.clone() }, markdown)
}
