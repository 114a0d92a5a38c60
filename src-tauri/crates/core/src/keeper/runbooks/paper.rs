//! What was gone through, on paper: what was seen at each step, what was done, and what came of it.

use crate::clock::{Clock, Instant, Zone};
use crate::error::Result;
use crate::judge::words;
use crate::keeper::incident_report;
use crate::keeper::markdown::plain;
use crate::store::{EcosystemId, Store};
use crate::upkeep::{Course, Fate, Runbook, StepEvidence};

/// Lines of one piece of evidence that are put on paper.
const MOST: usize = 12;

/// The report of a course: that of its incident where it has one.
pub(super) fn report(
    course: &Course,
    store: &Store,
    of: EcosystemId,
    ecosystem: &str,
    clock: &dyn Clock,
    zone: Zone,
) -> Result<String> {
    let incidents = store.incidents(of)?;
    let incident = incidents.iter().find(|one| Some(&one.id) == course.incident.as_ref());
    if let Some(incident) = incident {
        return incident_report::of_incident(store, of, incident, ecosystem, clock.now(), zone);
    }
    let local = |at: Instant| zone.local(at).format("%Y-%m-%d %H:%M:%S").to_string();
    let title = Runbook::find(&course.runbook).map(|runbook| runbook.title.clone()).unwrap_or_default();
    let mut lines = vec![format!("# {}: {}", plain(ecosystem), plain(&title)), String::new()];
    lines.push(match course.ended_at {
        Some(end) => format!(
            "From {} to {}, for {}.",
            local(course.begun_at),
            local(end),
            words::between(course.begun_at, end)
        ),
        None => format!("Since {}; it goes on.", local(course.begun_at)),
    });
    if !course.summary.is_empty() {
        lines.extend([String::new(), plain(&course.summary)]);
    }
    lines.extend(steps(course, zone));
    lines.extend(incident_report::questions());
    Ok(lines.join("\n") + "\n")
}

/// The steps of a course as lines, with their heading.
pub(in crate::keeper) fn steps(course: &Course, zone: Zone) -> Vec<String> {
    let Ok(runbook) = Runbook::find(&course.runbook) else { return Vec::new() };
    let at = |at: Instant| zone.local(at).format("%H:%M:%S").to_string();
    let mut lines = vec![String::new(), format!("## The runbook “{}”", plain(&runbook.title)), String::new()];
    lines.push(format!("Begun at {}.", at(course.begun_at)));
    lines.push(String::new());
    for (number, step) in runbook.steps.iter().enumerate() {
        let number = number + 1;
        let Some(mark) = course.marks.get(&step.id) else {
            let passed = course.state(step, false).is_settled();
            let what = if passed { "not needed" } else { "left open" };
            lines.push(format!("{number}. {}: {what}.", plain(&step.text)));
            continue;
        };
        let fate = match mark.fate {
            Fate::Begun => "broken off",
            Fate::Done => "done",
            Fate::Failed => "did not succeed",
            Fate::Seen => "looked at",
            Fate::Skipped => "left out",
            Fate::Undone => "taken back",
        };
        let said = if mark.said.is_empty() { ".".to_owned() } else { format!(": {}", plain(&mark.said)) };
        lines.push(format!("{number}. {}: {fate} at {}{said}", plain(&step.text), at(mark.at)));
        lines.extend(mark.evidence.iter().flat_map(evidence));
    }
    lines
}

fn evidence(seen: &StepEvidence) -> Vec<String> {
    let level = seen.level.map(|level| format!(" ({level})")).unwrap_or_default();
    let mut lines = vec![format!("   - {}{level}", plain(&seen.text))];
    lines.extend(seen.details.iter().take(MOST).map(|line| format!("     - {}", plain(line))));
    lines
}
