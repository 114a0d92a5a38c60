//! `caretaker verify` and `caretaker audit`: the ecosystem examined from outside, and what was found followed until it is gone.

use caretaker_core::judge::words;
use caretaker_core::keeper::{Examined, Examiner, FindingShown};
use caretaker_core::upkeep::{Check, LeftOut, Place as Spot};
use serde::Serialize;

use crate::args::{AuditArgs, AuditCommand};
use crate::commands::check::{look, plain};
use crate::commands::progress::Line;
use crate::place::Place;
use crate::render::{self, Reply};

/// Of the places of a check so many are shown to people.
const MOST_PLACES: usize = 5;
/// The thing examined is bad.
const BAD: u8 = 2;

#[derive(Serialize)]
struct FindingsBody {
    findings: Vec<FindingShown>,
}

/// Verifies.
pub fn verify(place: &Place, json: bool) -> anyhow::Result<Reply> {
    let examiner = examiner(place, true)?;
    let line = Line::new(json);
    let examined = examiner.verify(&line);
    line.done();
    examined_reply(place, &examined?)
}

/// Audits, or does about a finding what was asked.
pub fn audit(place: &Place, args: &AuditArgs, json: bool) -> anyhow::Result<Reply> {
    match &args.command {
        None => {
            let examiner = examiner(place, !args.secrets)?;
            let line = Line::new(json);
            let examined = if args.secrets { examiner.secrets(&line) } else { examiner.audit(&line) };
            line.done();
            examined_reply(place, &examined?)
        }
        Some(AuditCommand::Findings) => {
            let findings = examiner(place, false)?.findings()?;
            let mut lines: Vec<String> = findings.iter().flat_map(|one| finding(place, one)).collect();
            if lines.is_empty() {
                lines.push("Nothing is open.".into());
            }
            Reply::new(&FindingsBody { findings }, lines.join("\n"))
        }
        Some(AuditCommand::Accept { id, reason }) => {
            let shown = examiner(place, false)?.accept(id, reason)?;
            let text = format!("{id} may stay. It speaks again when there is more of it.");
            Reply::new(&FindingsBody { findings: vec![shown] }, text)
        }
        Some(AuditCommand::Reopen { id }) => {
            let shown = examiner(place, false)?.reopen(id)?;
            Reply::new(&FindingsBody { findings: vec![shown] }, format!("{id} is open again."))
        }
    }
}

fn examiner(place: &Place, judged: bool) -> anyhow::Result<Examiner> {
    let profile = place.load_profile()?;
    let verdict = if judged { look(place).verdict } else { None };
    Ok(Examiner::new(profile, &place.state, std::sync::Arc::clone(&place.clock), place.zone).judged(verdict))
}

fn examined_reply(place: &Place, examined: &Examined) -> anyhow::Result<Reply> {
    if let Some(why) = &examined.unwritten {
        render::message(&format!("What was found is not followed: {why}"));
    }
    let code = if examined.is_bad() { BAD } else { render::exit::DONE };
    Ok(Reply::new(examined, page(place, examined))?.exit(code))
}

/// By area: what failed and what is unknown with its evidence, and how much passed.
fn page(place: &Place, examined: &Examined) -> String {
    let mut lines = Vec::new();
    for area in examined.kind.areas() {
        let checks: Vec<&Check> = examined.checks.iter().filter(|check| check.area == *area).collect();
        if checks.is_empty() {
            continue;
        }
        let passed = checks.iter().filter(|check| check.ok == Some(true)).count();
        lines.push(format!("{}: {passed} of {} as they should be", capital(area), checks.len()));
        for one in checks.iter().filter(|check| check.ok != Some(true)) {
            lines.extend(check(one, examined));
        }
    }
    lines.push(String::new());
    lines.push(sum(examined));
    lines.extend(left_out(&examined.left_out));
    let overdue = examined.findings.iter().filter(|one| one.overdue).count();
    if overdue > 0 {
        lines.push(format!("{overdue} should be mended by now: caretaker audit findings."));
    }
    let closed = examined.findings.iter().filter(|one| one.closed_at.is_some());
    lines.extend(closed.map(|one| format!("Mended since {}: {}.", day(place, one), one.id)));
    lines.join("\n")
}

fn check(check: &Check, examined: &Examined) -> Vec<String> {
    let accepted =
        examined.findings.iter().find(|one| one.id == check.id).and_then(|one| one.accepted.as_ref());
    let mark = match (check.ok, accepted) {
        (Some(false), Some(_)) => "○",
        (Some(false), None) => "✗",
        _ => "?",
    };
    let severity = if check.ok.is_none() { "unknown" } else { check.severity.word() };
    let mut lines = vec![
        format!("  {mark} {severity:<8} {}", check.id),
        format!("      should be: {}", check.text),
        format!("      seen: {}", plain(&check.evidence)),
    ];
    lines.extend(check.places.iter().take(MOST_PLACES).map(|one| format!("        {}", spot(one))));
    let more = check.more + check.places.len().saturating_sub(MOST_PLACES) as u64;
    if more > 0 {
        lines.push(format!("        … and {more} more"));
    }
    match accepted {
        Some(accepted) => lines.push(format!("      accepted: {}", plain(&accepted.reason))),
        None if check.ok == Some(false) => lines.push(format!("      → {}", check.remedy)),
        None => {}
    }
    lines
}

fn spot(place: &Spot) -> String {
    let at = match (place.path.is_empty(), place.line) {
        (true, _) => return plain(&place.text),
        (false, Some(line)) => format!("{}:{line}", place.path),
        (false, None) => place.path.clone(),
    };
    if place.text.is_empty() { plain(&at) } else { plain(&format!("{at}  {}", place.text)) }
}

fn sum(examined: &Examined) -> String {
    let count = |ok| examined.checks.iter().filter(|check| check.ok == ok).count();
    let (all, passed, failed, unknown) =
        (examined.checks.len(), count(Some(true)), count(Some(false)), count(None));
    let word = examined.kind.word();
    format!(
        "{} of {all} checks: {passed} as they should be, {failed} not, {unknown} unknown, in {:.1} s.",
        capital(word),
        examined.seconds
    )
}

fn left_out(all: &[LeftOut]) -> Vec<String> {
    let row = |one: &LeftOut| {
        let size = words::bytes(one.bytes);
        let what = if one.path.is_empty() { one.why.clone() } else { format!("{} ({})", one.path, one.why) };
        format!("  {}: {} files, {size}", plain(&what), one.files)
    };
    if all.is_empty() {
        return Vec::new();
    }
    ["Not looked into:".to_owned()].into_iter().chain(all.iter().map(row)).collect()
}

fn finding(place: &Place, one: &FindingShown) -> Vec<String> {
    let due = match (&one.accepted, one.due_by) {
        (Some(accepted), _) => format!("accepted: {}", plain(&accepted.reason)),
        (None, None) => "without a day".to_owned(),
        (None, Some(due)) if one.overdue => format!("was due {}", place.zone.local(due).format("%Y-%m-%d")),
        (None, Some(due)) => format!("due {}", place.zone.local(due).format("%Y-%m-%d")),
    };
    vec![
        format!("{:<8} {}  since {}, {due}", one.severity.word(), one.id, day(place, one)),
        format!("    {}", plain(&one.text)),
        format!("    → {}", one.remedy),
    ]
}

fn day(place: &Place, one: &FindingShown) -> String {
    place.zone.local(one.opened_at).format("%Y-%m-%d").to_string()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
