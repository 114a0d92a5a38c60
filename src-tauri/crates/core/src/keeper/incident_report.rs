//! What an incident was, on paper: when, what was seen, what was told, what was done, and room for why.

use std::path::Path;

use crate::alerts::{EventKind, Incident, IncidentEvent};
use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::words;
use crate::keeper::markdown::plain;
use crate::keeper::runbooks::steps;
use crate::profile::Profile;
use crate::store::{EcosystemId, Entered, Entry, Store};
use crate::upkeep::Course;

/// Entries of the journal that are looked through.
const MOST: u32 = 10_000;

/// The report of the incident `id` as Markdown.
///
/// # Errors
/// When there is no such incident, or the record cannot be read.
pub fn incident_report(
    state_dir: &Path,
    profile: &Profile,
    id: &str,
    clock: &dyn Clock,
    zone: Zone,
) -> Result<String> {
    let unknown = || {
        Error::new(ErrorKind::NotFound, format!("there is no incident “{id}”"))
            .hint("`caretaker alerts list` shows them.")
    };
    let store = Store::open_read_only(state_dir)?.ok_or_else(unknown)?;
    let ecosystem = store.find_ecosystem(&profile.root)?.ok_or_else(unknown)?;
    let all = store.incidents(ecosystem)?;
    let incident = all.iter().find(|incident| incident.id == id).ok_or_else(unknown)?;
    of_incident(&store, ecosystem, incident, &profile.name, clock.now(), zone)
}

/// The report of an incident, with the runbooks that were gone through for it.
///
/// # Errors
/// When the record cannot be read.
pub(super) fn of_incident(
    store: &Store,
    of: EcosystemId,
    incident: &Incident,
    name: &str,
    now: Instant,
    zone: Zone,
) -> Result<String> {
    let courses: Vec<Course> = store
        .courses(of)?
        .into_iter()
        .filter(|course| course.incident.as_ref() == Some(&incident.id))
        .collect();
    let until = incident.closed_at.unwrap_or(now);
    // What was done after it was over, because of it, belongs to it too.
    let until = courses.iter().filter_map(|course| course.ended_at).fold(until, Instant::max);
    let of_course = |entry: &Entry| courses.iter().any(|course| entry.reference.as_ref() == Some(&course.id));
    let meanwhile: Vec<Entry> = store
        .journal_since(of, incident.opened_at, MOST)?
        .into_iter()
        .rev()
        .filter(|entry| {
            entry.at <= until && entry.reference.as_ref() != Some(&incident.id) && !of_course(entry)
        })
        .collect();
    Ok(markdown(incident, &meanwhile, &courses, name, now, zone))
}

/// `meanwhile` is what the journal holds of the time from its beginning to its end, oldest first.
fn markdown(
    incident: &Incident,
    meanwhile: &[Entry],
    courses: &[Course],
    ecosystem: &str,
    now: Instant,
    zone: Zone,
) -> String {
    let local = |at: Instant| zone.local(at).format("%Y-%m-%d %H:%M:%S").to_string();
    let label = incident.signal.label();
    let mut lines = vec![
        format!("# {}: {label} was {}", plain(ecosystem), incident.level),
        String::new(),
        match incident.closed_at {
            Some(end) => format!(
                "From {} to {}, for {}.",
                local(incident.opened_at),
                local(end),
                words::between(incident.opened_at, end)
            ),
            None => format!(
                "Since {}, for {} so far; it goes on.",
                local(incident.opened_at),
                words::between(incident.opened_at, now)
            ),
        },
        String::new(),
        plain(&incident.message),
    ];
    heading(&mut lines, "What happened");
    lines.extend(incident.timeline.iter().map(|event| format!("- {}  {}", local(event.at), said(event))));
    seen(&mut lines, incident, &local);
    if !incident.deliveries.is_empty() {
        heading(&mut lines, "What was told");
        lines.extend(incident.deliveries.iter().map(|told| {
            let problem =
                told.problem.as_ref().map_or_else(String::new, |why| format!(": not taken, {}", plain(why)));
            format!("- {}  by {}{problem}", local(told.at), plain(&told.channel))
        }));
    }
    lines.extend(courses.iter().rev().flat_map(|course| steps(course, zone)));
    heading(&mut lines, "What was done meanwhile");
    if meanwhile.is_empty() {
        lines.push("Nothing that Caretaker knows of.".into());
    }
    lines.extend(meanwhile.iter().map(|entry| {
        let by = if entry.kind == Entered::Note { "note: " } else { "" };
        format!("- {}  {by}{}", local(entry.at), plain(&entry.text))
    }));
    if let Some(remedy) = &incident.remedy {
        heading(&mut lines, "What the manual says");
        lines.push(plain(remedy));
    }
    lines.extend(questions());
    lines.join("\n") + "\n"
}

/// What only a person can fill in.
pub(super) fn questions() -> Vec<String> {
    let mut lines = Vec::new();
    for (title, ask) in [
        ("Why it happened", "The cause, not the first sign of it."),
        ("What will keep it from happening again", "With a name and a date."),
    ] {
        heading(&mut lines, title);
        lines.push(format!("_{ask}_"));
    }
    lines
}

fn heading(lines: &mut Vec<String>, title: &str) {
    lines.extend([String::new(), format!("## {title}"), String::new()]);
}

fn said(event: &IncidentEvent) -> String {
    let word = match event.kind {
        EventKind::Opened => "it began",
        EventKind::Worsened => "it got worse",
        EventKind::Acknowledged => "somebody took note",
        EventKind::Snoozed => "it was silenced for a while",
        EventKind::SnoozeEnded => "it spoke again",
        EventKind::Flapping => "it kept changing",
        EventKind::Told => "it was told",
        EventKind::Repeated => "it was told again",
        EventKind::Closed => "it was over",
    };
    if event.text.is_empty() { word.to_owned() } else { format!("{word}: {}", plain(&event.text)) }
}

/// What was seen when it began.
fn seen(lines: &mut Vec<String>, incident: &Incident, local: &impl Fn(Instant) -> String) {
    let Some(evidence) = &incident.evidence else { return };
    heading(lines, "What was seen when it began");
    let sizes =
        [("Free disk", evidence.disk_free), ("Data", evidence.data_size), ("Logs", evidence.logs_size)];
    lines.extend(
        sizes.iter().filter_map(|(what, size)| Some(format!("- {what}: {}", words::bytes((*size)?)))),
    );
    if !evidence.errors.is_empty() {
        lines.extend([String::new(), "The newest errors of each module:".into(), String::new()]);
        lines.extend(evidence.errors.iter().map(|error| {
            let at = error.at.map_or_else(|| "some time".to_owned(), local);
            format!("- {at}  {}: {}", plain(&error.module), plain(&error.message))
        }));
    }
    if !evidence.processes.is_empty() {
        lines.extend([String::new(), "The busiest programs of the machine:".into(), String::new()]);
        lines.extend(evidence.processes.iter().map(|one| {
            format!("- {} (process {}), {}", plain(&one.name), one.pid, words::bytes(one.memory))
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::{Delivery, ErrorEvidence, Evidence, IncidentState, NotificationKind};
    use crate::signal::{Level, SignalId};
    use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};

    fn incident() -> Incident {
        let at = Utc.with_ymd_and_hms(2026, 12, 6, 3, 0, 0).unwrap();
        let event = |minutes, kind, text: &str| IncidentEvent {
            at: at + TimeDelta::minutes(minutes),
            kind,
            text: text.into(),
        };
        Incident {
            id: "process.state-20261206-030000".into(),
            signal: SignalId::ProcessState,
            level: Level::Red,
            state: IncidentState::Closed,
            opened_at: at,
            closed_at: Some(at + TimeDelta::minutes(90)),
            acknowledged_at: None,
            snoozed_until: None,
            flapping: false,
            message: "The process is gone.".into(),
            remedy: Some("Read the end of its log, then start it again.".into()),
            timeline: vec![
                event(0, EventKind::Opened, "The process is gone."),
                event(90, EventKind::Closed, ""),
            ],
            evidence: Some(Evidence {
                errors: vec![ErrorEvidence {
                    at: Some(at),
                    module: "# Meta".into(),
                    message: "a\n[b](c)".into(),
                }],
                disk_free: Some(12_000_000_000),
                ..Evidence::default()
            }),
            deliveries: vec![Delivery {
                kind: NotificationKind::Raised,
                channel: "team".into(),
                at,
                problem: Some("the server said 500".into()),
            }],
        }
    }

    #[test]
    fn the_report_tells_the_course_and_leaves_room_for_the_cause() {
        let (incident, zone) = (incident(), Zone::Fixed(FixedOffset::east_opt(3_600).unwrap()));
        let note = Entry {
            at: incident.opened_at + TimeDelta::minutes(30),
            kind: Entered::Note,
            text: "# started by hand".into(),
            reference: None,
        };
        let text = markdown(&incident, &[note], &[], "Eco", incident.opened_at + TimeDelta::days(1), zone);
        for line in [
            "# Eco: Process was red",
            "From 2026-12-06 04:00:00 to 2026-12-06 05:30:00, for 1 h 30 min.",
            "- 2026-12-06 04:00:00  it began: The process is gone.",
            "- 2026-12-06 05:30:00  it was over",
            "- Free disk: 12 GB",
            "- 2026-12-06 04:00:00  \\# Meta: a \\[b\\](c)",
            "- 2026-12-06 04:00:00  by team: not taken, the server said 500",
            "- 2026-12-06 04:30:00  note: \\# started by hand",
            "## Why it happened",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
