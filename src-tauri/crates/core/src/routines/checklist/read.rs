//! A checklist from its text.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;
use toml::Spanned;

use super::{Checklist, Item, ModulesPart, Outcome, Proof, RemedyRule, ReportPart};
use crate::profile::parse_duration;
use crate::routines::calendar::{Slot, parse_slot};
use crate::routines::item::{Cadence, ItemAction};
use crate::signal::SignalId;

/// Items that a checklist may have: more is a mistake of whoever wrote it.
const MOST: usize = 200;
/// The longest text of an item, in characters.
const LONGEST: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Spanned<String>,
    title: Spanned<String>,
    cadence: Cadence,
    when: Spanned<String>,
    open_for: Spanned<String>,
    items: Vec<Spanned<WrittenItem>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenItem {
    id: Spanned<String>,
    section: Spanned<String>,
    text: Spanned<String>,
    #[serde(default)]
    why: String,
    proof: Option<Spanned<WrittenProof>>,
    shows: Option<Spanned<WrittenProof>>,
    #[serde(default)]
    note: bool,
    #[serde(default)]
    after: Vec<Spanned<String>>,
    #[serde(default)]
    minutes: Option<Spanned<f64>>,
    #[serde(default)]
    remedies: Vec<WrittenRemedy>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WrittenProof {
    signal: Option<String>,
    signals: Option<Vec<String>>,
    trend: Option<String>,
    fresh: Option<String>,
    within: Option<String>,
    drill: Option<String>,
    modules: Option<String>,
    report: Option<String>,
    reviewed: Option<String>,
    written: Option<String>,
    examined: Option<String>,
    area: Option<String>,
    changes: Option<bool>,
    figure: Option<Vec<String>>,
    line: Option<Vec<String>>,
    clean: Option<bool>,
    days: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRemedy {
    #[serde(default)]
    on: Option<Spanned<String>>,
    text: String,
    action: Option<Spanned<String>>,
}

/// The points of a drill.
const DRILLED: [&str; 5] = ["backup", "restore", "works", "loss", "key"];

/// What Caretaker examines.
const EXAMINED: [&str; 2] = ["verification", "audit"];

/// A mistake and where it is, as bytes of the text.
type Mistake = (Range<usize>, String);

/// Reads a checklist.
///
/// # Errors
/// The first mistake: its line, counted from 1, and what is wrong with it.
pub fn read(text: &str) -> Result<Checklist, (usize, String)> {
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let written: Written = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        (line(at), error.message().trim().replace('\n', " "))
    })?;
    checklist(written).map_err(|(span, what)| (line(span.start), what))
}

fn checklist(written: Written) -> Result<Checklist, Mistake> {
    let id = name(&written.id)?;
    let title = short(&written.title)?;
    let open_for = span_of_time(&written.open_for)?;
    let slot: Slot = parse_slot(written.when.get_ref(), open_for).map_err(|e| (written.when.span(), e))?;
    if written.items.is_empty() || written.items.len() > MOST {
        let what = format!("a checklist has one item at least, and {MOST} at most");
        return Err((written.id.span(), what));
    }
    let mut items: Vec<Item> = Vec::new();
    let spans: Vec<Range<usize>> = written.items.iter().map(Spanned::span).collect();
    for item in written.items {
        let span = item.get_ref().id.span();
        let item = self::item(item.into_inner())?;
        if items.iter().any(|known| known.id == item.id) {
            return Err((span, format!("the item “{}” is there twice", item.id)));
        }
        items.push(item);
    }
    order(&items, &spans)?;
    Ok(Checklist { id, title, cadence: written.cadence, slot, open_for, items })
}

fn item(written: WrittenItem) -> Result<Item, Mistake> {
    let mut remedies = Vec::new();
    for remedy in written.remedies {
        remedies.push(remedy_rule(remedy)?);
    }
    let minutes = match &written.minutes {
        None => 0.5,
        Some(minutes) if (0.0..=600.0).contains(minutes.get_ref()) => *minutes.get_ref(),
        Some(minutes) => return Err((minutes.span(), "minutes must be from 0 to 600".into())),
    };
    let proof_of = |written: Option<Spanned<WrittenProof>>| {
        written.map(|written| proof(written.get_ref()).map_err(|what| (written.span(), what))).transpose()
    };
    Ok(Item {
        id: name(&written.id)?,
        section: short(&written.section)?,
        text: short(&written.text)?,
        why: written.why,
        proof: proof_of(written.proof)?,
        shows: proof_of(written.shows)?,
        wants_note: written.note,
        after: written.after.into_iter().map(Spanned::into_inner).collect(),
        minutes,
        remedies,
    })
}

fn proof(written: &WrittenProof) -> Result<Proof, String> {
    let WrittenProof { figure, line, clean, days, within, .. } = written;
    let part = match (figure, line, clean) {
        (None, None, None | Some(false)) => ReportPart::Arrived,
        (Some(keys), None, None) if !keys.is_empty() => ReportPart::Figure(lower(keys)),
        (None, Some(words), None) if !words.is_empty() => ReportPart::Line(lower(words)),
        (None, None, Some(true)) => ReportPart::Clean,
        _ => return Err("a report is asked for one thing: `figure`, `line` or `clean`".into()),
    };
    let has_part = part != ReportPart::Arrived;
    let signal = |name: &str| name.parse::<SignalId>().map_err(|error| error.message);
    let mut found: Vec<Proof> = Vec::new();
    if let Some(name) = &written.signal {
        found.push(Proof::Signals(vec![signal(name)?]));
    }
    if let Some(names) = &written.signals {
        let signals: Vec<SignalId> = names.iter().map(|name| signal(name)).collect::<Result<_, _>>()?;
        if signals.is_empty() {
            return Err("`signals` names none".into());
        }
        found.push(Proof::Signals(signals));
    }
    if let Some(name) = &written.trend {
        found.push(Proof::Trend { signal: signal(name)?, days: days.unwrap_or(7).clamp(1, 366) });
    }
    if let Some(name) = &written.fresh {
        let within = within.as_deref().ok_or("`fresh` needs `within`, such as \"26h\"")?;
        let within = parse_duration(within).map_err(|_| format!("“{within}” is no span of time"))?;
        found.push(Proof::Fresh { signal: signal(name)?, within: delta(within)? });
    }
    if let Some(point) = &written.drill {
        if !DRILLED.contains(&point.as_str()) {
            return Err(format!("drill = “{point}” must be {}", DRILLED.join(", ")));
        }
        let within = within.as_deref().unwrap_or("31d");
        let within = parse_duration(within).map_err(|_| format!("“{within}” is no span of time"))?;
        found.push(Proof::Drilled { point: point.clone(), within: delta(within)? });
    }
    if let Some(part) = &written.modules {
        found.push(Proof::Modules(match part.as_str() {
            "status" => ModulesPart::Status,
            "runs" => ModulesPart::Runs,
            "errors" => ModulesPart::Errors,
            other => return Err(format!("modules = “{other}” must be status, runs or errors")),
        }));
    }
    if let Some(kind) = written.report.clone() {
        found.push(Proof::Report { kind, part: part.clone() });
    }
    if let Some(kind) = written.reviewed.clone() {
        found.push(Proof::Reviewed { kind });
    }
    if let Some(kind) = written.written.clone() {
        found.push(Proof::Written { kind, days: days.unwrap_or(1).clamp(1, 366), part });
    }
    if let Some(kind) = written.examined.clone() {
        if !EXAMINED.contains(&kind.as_str()) {
            return Err(format!("examined = “{kind}” must be {}", EXAMINED.join(" or ")));
        }
        let area = written.area.clone();
        found.push(Proof::Examined { kind, area, days: days.unwrap_or(7).clamp(1, 366) });
    }
    if written.changes == Some(true) {
        found.push(Proof::Changes { days: days.unwrap_or(92).clamp(1, 366) });
    }
    let (Some(proof), true) = (found.pop(), found.is_empty()) else {
        return Err("must name exactly one of signal, signals, trend, fresh, drill, modules, report, \
            reviewed, written, examined, changes"
            .into());
    };
    let wants_part = matches!(proof, Proof::Report { .. } | Proof::Written { .. });
    if has_part && !wants_part {
        return Err("`figure`, `line` and `clean` are for `report` and `written` only".into());
    }
    if written.area.is_some() && !matches!(proof, Proof::Examined { .. }) {
        return Err("`area` is for `examined` only".into());
    }
    if within.is_some() && !matches!(proof, Proof::Fresh { .. } | Proof::Drilled { .. }) {
        return Err("`within` is for `fresh` and `drill` only".into());
    }
    Ok(proof)
}

fn remedy_rule(written: WrittenRemedy) -> Result<RemedyRule, Mistake> {
    let on = match &written.on {
        None => Outcome::Failed,
        Some(word) => match word.get_ref().as_str() {
            "failed" => Outcome::Failed,
            "yellow" => Outcome::Yellow,
            "red" => Outcome::Red,
            "unknown" => Outcome::Unknown,
            "passed" => Outcome::Passed,
            "rising" => Outcome::Rising,
            "falling" => Outcome::Falling,
            "always" => Outcome::Always,
            other => {
                let what = format!(
                    "on = “{other}” must be failed, yellow, red, unknown, passed, rising, falling or always"
                );
                return Err((word.span(), what));
            }
        },
    };
    let action = match &written.action {
        None => None,
        Some(word) => Some(ItemAction::parse(word.get_ref()).ok_or_else(|| {
            let what = format!("there is no action “{}”", word.get_ref());
            (word.span(), what)
        })?),
    };
    Ok(RemedyRule { on, text: written.text, action })
}

/// Sees that what an item waits for is there, and that nothing waits for itself.
fn order(items: &[Item], spans: &[Range<usize>]) -> Result<(), Mistake> {
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    for (item, span) in items.iter().zip(spans) {
        if let Some(unknown) = item.after.iter().find(|name| items.iter().all(|one| one.id != **name)) {
            return Err((span.clone(), format!("“{}” waits for “{unknown}”, which is no item", item.id)));
        }
    }
    loop {
        let before = settled.len();
        for item in items {
            if item.after.iter().all(|name| settled.contains(name.as_str())) {
                settled.insert(&item.id);
            }
        }
        if settled.len() == items.len() {
            return Ok(());
        }
        if settled.len() == before {
            let stuck = items.iter().zip(spans).find(|(item, _)| !settled.contains(item.id.as_str()));
            let Some((item, span)) = stuck else { return Ok(()) };
            return Err((span.clone(), format!("“{}” waits for itself, by way of `after`", item.id)));
        }
    }
}

fn name(written: &Spanned<String>) -> Result<String, Mistake> {
    let text = written.get_ref();
    let plain = (1..=40).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'));
    if plain {
        Ok(text.clone())
    } else {
        Err((written.span(), format!("“{text}” must be a short name of a-z, 0-9, _ and -")))
    }
}

fn short(written: &Spanned<String>) -> Result<String, Mistake> {
    let text = written.get_ref().trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err((written.span(), format!("must have from 1 to {LONGEST} characters")));
    }
    Ok(text.to_owned())
}

fn span_of_time(written: &Spanned<String>) -> Result<TimeDelta, Mistake> {
    let text = written.get_ref();
    let wrong = || (written.span(), format!("“{text}” is no span of time; write it like 30m or 2h"));
    let span = parse_duration(text).map_err(|_| wrong())?;
    delta(span).map_err(|_| wrong())
}

fn delta(span: Duration) -> Result<TimeDelta, String> {
    TimeDelta::from_std(span).map_err(|error| error.to_string())
}

fn lower(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.trim().to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "id = 'mine'\ntitle = 'Mine'\ncadence = 'daily'\nwhen = '06:00'\nopen_for = '30m'\n\n";

    fn item(rest: &str) -> String {
        format!("{HEAD}[[items]]\nid = 'cpu'\nsection = 'S'\ntext = 'T'\n{rest}")
    }

    #[test]
    fn what_an_item_asks_for_is_read() {
        let proof =
            |text: &str| read(&item(&format!("proof = {text}"))).unwrap().items.remove(0).proof.unwrap();
        assert_eq!(proof("{ signal = 'process.cpu' }"), Proof::Signals(vec![SignalId::ProcessCpu]));
        assert_eq!(
            proof("{ fresh = 'backup.weekly', within = '26h' }"),
            Proof::Fresh { signal: SignalId::BackupWeekly, within: TimeDelta::hours(26) }
        );
        assert_eq!(
            proof("{ report = 'morning', figure = ['Improvements Deployed'] }"),
            Proof::Report {
                kind: "morning".into(),
                part: ReportPart::Figure(vec!["improvements deployed".into()])
            }
        );
        assert_eq!(proof("{ changes = true }"), Proof::Changes { days: 92 });
        assert_eq!(
            proof("{ drill = 'works', within = '7d' }"),
            Proof::Drilled { point: "works".into(), within: TimeDelta::days(7) }
        );
        let plain = read(&item("note = true")).unwrap();
        assert_eq!(plain.items[0].kind(), crate::routines::item::ItemKind::Person);
        assert!(plain.items[0].wants_note);
    }

    #[test]
    fn mistakes_name_their_line() {
        let two = format!("{}\n[[items]]\nid = 'b'\nsection = 'S'\ntext = 'T'\n", item("after = ['b']"));
        for (text, line, what) in [
            (format!("{HEAD}items = 3"), 7, "invalid type"),
            (HEAD.to_owned(), 1, "items"),
            (format!("{HEAD}items = []"), 1, "one item"),
            (HEAD.replace("06:00", "26:00") + "[[items]]\nid='a'\nsection='s'\ntext='t'", 4, "26:00"),
            (item("prof = 3"), 11, "unknown field"),
            (item("proof = { signal = 'process.cp' }"), 11, "process.cp"),
            (item("proof = { signal = 'process.cpu', report = 'x' }"), 11, "exactly one"),
            (item("proof = { fresh = 'backup.weekly' }"), 11, "within"),
            (item("proof = { signal = 'process.cpu', clean = true }"), 11, "only"),
            (item("proof = { drill = 'all' }"), 11, "backup, restore, works, loss"),
            (item("minutes = -1"), 11, "minutes"),
            (item("after = ['nobody']"), 7, "nobody"),
            (item("after = ['cpu']"), 7, "waits for itself"),
            (two + "after = ['cpu']", 7, "waits for itself"),
            (item("") + "[[items]]\nid = 'cpu'\nsection = 'S'\ntext = 'T'", 12, "twice"),
            (item("[[items.remedies]]\non = 'never'\ntext = 'x'"), 12, "never"),
            (item("[[items.remedies]]\ntext = 'x'\naction = 'rm'"), 13, "rm"),
            ("id = ".to_owned(), 1, ""),
        ] {
            let (at, says) = read(&text).unwrap_err();
            assert_eq!(at, line, "{says}\n{text}");
            assert!(says.contains(what), "{says}");
        }
    }
}
