//! `caretaker backup restore`, `undo` and `drill`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use caretaker_core::backup::tree::TreePath;
use caretaker_core::backup::{
    Desk, DrillPoint, Named, Part, ProgramSaid, RestorePlan, Restored, Which, Wish,
};
use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::keeper::{said_of_drill, said_of_restore};
use caretaker_core::signal::Level;
use caretaker_core::store::Entered;
use caretaker_core::upkeep::Control;
use serde::Serialize;

use super::{Book, size, which_of};
use crate::args::Consent;
use crate::commands::check::{look, mark, plain};
use crate::commands::consent::{Answer, ask};
use crate::commands::progress::Line;
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<RestorePlan>,
    done: bool,
    files: u64,
    safety_copy: Option<PathBuf>,
    downtime: f64,
    not_started: Option<String>,
    lingering: Vec<String>,
    light_after: Option<Level>,
}

impl Body {
    fn shown(plan: Option<RestorePlan>) -> Self {
        Self {
            plan,
            done: false,
            files: 0,
            safety_copy: None,
            downtime: 0.0,
            not_started: None,
            lingering: Vec::new(),
            light_after: None,
        }
    }

    fn of(plan: Option<RestorePlan>, restored: &Restored, light_after: Option<Level>) -> Self {
        Self {
            plan,
            done: true,
            files: restored.files,
            safety_copy: restored.safety_copy.clone(),
            downtime: restored.downtime,
            not_started: restored.not_started.clone(),
            lingering: restored.lingering.clone(),
            light_after,
        }
    }
}

/// The part that `--only` names.
pub fn part_of(only: Option<&str>) -> Result<Part, Error> {
    let Some(path) = only else { return Ok(Part::Everything) };
    let path = TreePath::new(path.trim_end_matches('/').as_bytes()).map_err(|wrong| {
        Error::new(ErrorKind::Usage, format!("--only “{path}” {wrong}"))
            .hint("Write it relative to the ecosystem's root, such as data/state.json.")
    })?;
    Ok(Part::Only(path))
}

/// Plans, shows, asks, restores, looks at the light.
pub fn restore(
    (place, desk, book): (&Place, &Desk, &Book),
    which: Which,
    only: Option<&str>,
    to: Option<&Path>,
    consent: Consent,
    line: &Line,
) -> anyhow::Result<Reply> {
    let part = part_of(only)?;
    let wish = Wish { which, part, to: to.map(Path::to_owned) };
    if let Some(folder) = to
        && consent.yes
        && !consent.dry_run
    {
        // Nobody waits for the plan: an archive without a list need not be read for it first.
        let (plan, restored) = desk.restore_beside(&wish, folder, line)?;
        line.done();
        return answer(Some(plan), &restored, None);
    }
    let plan = desk.restore_plan(&wish)?;
    let text = page(&plan);
    let question = if plan.into_place { "Stop the process and put this in place?" } else { "Restore there?" };
    if ask(consent, &text, question)? == Answer::OnlyShown {
        return Reply::new(&Body::shown(Some(plan)), text);
    }
    let (restored, light) = match to {
        Some(folder) => (desk.restore_beside(&wish, folder, line)?.1, None),
        None => {
            let restored = desk.restore_into_place(&wish, place.clock.now(), &control(place)?, line)?;
            book.enter(Entered::Restore, said_of_restore(&restored), Some(plan.id.to_string()));
            (restored, Some(light(place)))
        }
    };
    line.done();
    answer(Some(plan), &restored, light)
}

/// Takes the last restore back.
pub fn undo(place: &Place, desk: &Desk, book: &Book, consent: Consent, line: &Line) -> anyhow::Result<Reply> {
    let text = "The process is stopped, what the last restore replaced is put back, and the process is started again.";
    if ask(consent, text, "Take the last restore back?")? == Answer::OnlyShown {
        return Reply::new(&Body::shown(None), text);
    }
    let restored = desk.undo(&control(place)?, line)?;
    book.enter(Entered::Undo, said_of_restore(&restored), None);
    line.done();
    answer(None, &restored, Some(light(place)))
}

#[derive(Serialize)]
struct Drilled {
    ok: bool,
    seconds: Option<f64>,
    /// What the profile's program said; nothing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<ProgramSaid>,
    /// The manual's four verifications, one by one.
    verified: Vec<DrillPoint>,
    faults: Vec<String>,
}

/// Exit code 2 when the backup does not come back as it was.
pub fn drill(
    place: &Place,
    desk: &Desk,
    book: &Book,
    id: Option<&str>,
    line: &Line,
) -> anyhow::Result<Reply> {
    let Which::Id(id) = which_of(desk, id)? else {
        let error = Error::new(ErrorKind::Usage, "a drill needs a backup of the list, not a file");
        return Err(error.hint("A file is restored beside: caretaker backup restore FILE --to DIR").into());
    };
    let drilled = desk.drill(id, place.clock.now(), line);
    line.done();
    match drilled {
        Ok(drilled) => {
            book.enter(Entered::Drill, said_of_drill(drilled.seconds), Some(id.to_string()));
            let seconds = drilled.seconds;
            let mut text = format!("{id} came back whole in {seconds:.1} s: every file was compared.");
            let (program, verified) = (drilled.program, drilled.verified.points);
            text.push_str(&points(&verified));
            let body = Drilled { ok: true, seconds: Some(seconds), program, verified, faults: Vec::new() };
            Reply::new(&body, text)
        }
        Err(error) if error.kind == ErrorKind::Damaged => {
            let record = desk.catalogue()?.find(id).cloned();
            let (program, verified) =
                record.map_or((None, None), |record| (record.drill_program, record.drill_verified));
            let verified = verified.map(|verified| verified.points).unwrap_or_default();
            let mut text = format!("The drill of {id} failed: {}", plain(&error.to_string()));
            text.push_str(&points(&verified));
            for line in program.iter().flat_map(|said| said.tail.lines()) {
                text.push_str(&format!("\n  {}", plain(line)));
            }
            let body =
                Drilled { ok: false, seconds: None, program, verified, faults: vec![error.to_string()] };
            Ok(Reply::new(&body, text)?.exit(2))
        }
        Err(error) => Err(error.into()),
    }
}

/// A line for each point of a drill.
fn points(verified: &[DrillPoint]) -> String {
    let mark = |ok: Option<bool>| match ok {
        Some(true) => "✓",
        Some(false) => "✗",
        None => "–",
    };
    verified.iter().map(|one| format!("\n  {} {}", mark(one.ok), plain(&one.text))).collect()
}

fn control(place: &Place) -> anyhow::Result<Control> {
    Ok(Control::new(Arc::new(place.load_profile()?), Arc::clone(&place.clock), &place.state))
}

/// The light as a check finds it now.
fn light(place: &Place) -> Level {
    look(place).verdict.map_or(Level::Unknown, |verdict| verdict.light)
}

fn answer(plan: Option<RestorePlan>, restored: &Restored, light: Option<Level>) -> anyhow::Result<Reply> {
    let mut text = plain(&said_of_restore(restored));
    if let Some(kept) = &restored.safety_copy {
        text.push_str(&format!(
            "\nWhat was there before is kept in {}; take it back with: caretaker backup undo",
            kept.display()
        ));
    }
    if let Some(light) = light {
        text.push_str(&format!("\nThe light now: {} {light}", mark(light)));
    }
    let code = if restored.not_started.is_some() { 2 } else { 0 };
    Ok(Reply::new(&Body::of(plan, restored, light), text)?.exit(code))
}

fn page(plan: &RestorePlan) -> String {
    let mut lines = vec![format!(
        "Restore {} of {}: {} files, {} ({} free).",
        plan.id,
        plan.created_at.format("%Y-%m-%d %H:%M UTC"),
        plan.files,
        size(plan.bytes),
        size(plan.free)
    )];
    lines.extend(plan.archives.iter().map(|archive| format!("  from  {}", archive.display())));
    lines.extend(plan.places.iter().map(|place| format!("  into  {}", place.display())));
    if plan.into_place {
        let list = |word: &str, named: &Named| {
            let first: Vec<String> = named.first.iter().take(5).map(|name| plain(name)).collect();
            let names = if first.is_empty() { String::new() } else { format!(": {}", first.join(", ")) };
            let more = if named.count > first.len() as u64 { ", …" } else { "" };
            format!("  {word:<8} {}{names}{more}", named.count)
        };
        lines.push(list("new", &plan.new));
        lines.push(list("changed", &plan.changed));
        lines.push(list("removed", &plan.removed));
        lines.push("Everything is proven and staged first. Then the process is asked to end (killed after 15 s), the trees change places, and it is started again. What is there now is kept for `backup undo`.".into());
    }
    lines.join("\n")
}
