//! The page: the manual's six looks, then what Caretaker knows beside them.

use chrono::TimeDelta;

use super::{Diagnosis, DiagnosisLine, DiagnosisPage, DiagnosisSection};
use crate::clock::Instant;
use crate::judge::{Verdict, words};
use crate::keeper::cost::cost_of;
use crate::keeper::engine::Engine;
use crate::profile;
use crate::program::clean;
use crate::signal::{Level, SignalId};
use crate::store::{Owner, Store};

/// Lines of a part that grows with what happens.
const MOST: usize = 12;
/// Characters of a line.
const LONGEST: usize = 300;
/// How far back the journal is shown.
const JOURNAL: TimeDelta = TimeDelta::days(30);

pub(super) fn page(of: &Diagnosis, engine: &Engine) -> DiagnosisPage {
    let (overview, now) = (engine.overview(), of.clock.now());
    let mut sections = Vec::new();
    if let Some(verdict) = &overview.verdict {
        let looks: [(&str, &str, &[SignalId]); 3] = [
            ("process", "1. Process", &[SignalId::ProcessState, SignalId::ProcessUptime, SignalId::StateAge]),
            (
                "resources",
                "2. Resources",
                &[
                    SignalId::ProcessCpu,
                    SignalId::ProcessMemory,
                    SignalId::MachineCpu,
                    SignalId::MachineMemory,
                ],
            ),
            ("disk", "3. Disk", &[SignalId::DiskFree, SignalId::DataSize, SignalId::LogsSize]),
        ];
        for (id, title, ids) in looks {
            let mut lines = signals(verdict, ids);
            if id == "process"
                && let Some((pid, started)) = engine.process()
            {
                let since = of.zone.local(started).format("%Y-%m-%d %H:%M:%S");
                lines.push(line("Last seen", format!("process {pid}, started {since}"), None));
            }
            sections.push(section(id, title, lines));
        }
        sections.push(section("errors", "4. Errors of the last 24 hours", errors(of, engine, verdict)));
        sections.push(section("modules", "5. Modules", modules(verdict, of, now)));
        let backups =
            [SignalId::BackupDaily, SignalId::BackupWeekly, SignalId::BackupMonthly, SignalId::BackupDrill];
        sections.push(section(
            "backup",
            "6. Last backup",
            or_none(signals(verdict, &backups), "none is on record"),
        ));
        sections.push(section("light", "The light", light(verdict, of, now)));
    }
    let incidents = overview.incidents.iter().map(|one| {
        let since = of.zone.local(one.opened_at).format("%Y-%m-%d %H:%M:%S");
        line(one.signal.label(), format!("since {since}: {}", one.message), Some(one.level))
    });
    sections.push(section("incidents", "Open incidents", or_none(incidents.collect(), "none")));
    let (journal, record) = record(of, engine, now);
    sections.push(section("journal", "The last entries of the journal", or_none(journal, "none in 30 days")));
    let mut own = caretaker(of, now);
    own.extend(record);
    own.extend(overview.notices.iter().map(|notice| {
        let hint = notice.hint.as_ref().map_or_else(String::new, |hint| format!(" {hint}"));
        line("Notice", format!("{}{hint}", notice.text), Some(Level::Yellow))
    }));
    sections.push(section("caretaker", "Caretaker", own));
    sections.push(section("profile", "The profile", mistakes(of)));
    DiagnosisPage {
        at: now,
        ecosystem: overview
            .ecosystem
            .as_ref()
            .map_or_else(|| "Ecosystem".to_owned(), |eco| clean(&eco.name, 100)),
        light: overview.verdict.as_ref().map_or(Level::Unknown, |verdict| verdict.light),
        sections,
    }
}

fn line(label: &str, text: String, level: Option<Level>) -> DiagnosisLine {
    DiagnosisLine { label: clean(label, 60), text: clean(&text, LONGEST), level }
}

fn section(id: &str, title: &str, lines: Vec<DiagnosisLine>) -> DiagnosisSection {
    let level = lines.iter().filter_map(|line| line.level).max().unwrap_or(Level::Green);
    DiagnosisSection { id: id.to_owned(), title: title.to_owned(), level, lines }
}

fn or_none(lines: Vec<DiagnosisLine>, none: &str) -> Vec<DiagnosisLine> {
    if lines.is_empty() { vec![line("", none.to_owned(), None)] } else { lines }
}

fn signals(verdict: &Verdict, ids: &[SignalId]) -> Vec<DiagnosisLine> {
    let found = verdict.signals.iter().filter(|signal| ids.contains(&signal.id));
    found
        .map(|signal| {
            let why =
                if signal.level == Level::Green { String::new() } else { format!(": {}", signal.reason) };
            line(&signal.label, format!("{}{why}", signal.text), Some(signal.level))
        })
        .collect()
}

fn errors(of: &Diagnosis, engine: &Engine, verdict: &Verdict) -> Vec<DiagnosisLine> {
    let shown = &engine.overview().errors;
    let mut lines = signals(verdict, &[SignalId::LogsErrors24h]);
    lines.extend(shown.by_module.iter().take(MOST).map(|module| {
        let last = module
            .last_at
            .map_or_else(String::new, |at| of.zone.local(at).format(" at %m-%d %H:%M").to_string());
        line(&module.module, format!("{}, the last{last}: {}", module.count, module.last_message), None)
    }));
    more(&mut lines, shown.by_module.len());
    lines.extend(shown.gaps.iter().map(|gap| line("Not counted", gap.clone(), Some(Level::Unknown))));
    or_none(lines, "the profile names no logs")
}

fn modules(verdict: &Verdict, of: &Diagnosis, now: Instant) -> Vec<DiagnosisLine> {
    let mut lines: Vec<DiagnosisLine> = verdict
        .modules
        .iter()
        .map(|module| {
            let runs = module.runs.map_or_else(String::new, |runs| format!(", {runs} runs"));
            let errors = module.errors.map_or_else(String::new, |errors| format!(", {errors} errors"));
            let last = module
                .last_run
                .map_or_else(String::new, |at| format!(", last {}", words::moment(at, now, of.zone)));
            let status = module.status.as_deref().unwrap_or("no word of it");
            let why =
                if module.level == Level::Green { String::new() } else { format!(" – {}", module.reason) };
            line(&module.name, format!("{status}{runs}{errors}{last}{why}"), Some(module.level))
        })
        .collect();
    let all = lines.len();
    lines.truncate(MOST * 4);
    if all > lines.len() {
        lines.push(line("", format!("and {} more", all - lines.len()), None));
    }
    or_none(lines, "none are known")
}

fn more(lines: &mut Vec<DiagnosisLine>, all: usize) {
    if all > MOST {
        lines.push(line("", format!("and {} more", all - MOST), None));
    }
}

fn light(verdict: &Verdict, of: &Diagnosis, now: Instant) -> Vec<DiagnosisLine> {
    let since =
        verdict.since.map_or_else(String::new, |at| format!(" since {}", words::moment(at, now, of.zone)));
    let mut lines =
        vec![line(verdict.light.as_str(), format!("{}{since}", verdict.summary), Some(verdict.light))];
    if let Some(remedy) = &verdict.remedy {
        lines.push(line("To do", remedy.text.clone(), None));
    }
    let bad = verdict.signals.iter().filter(|signal| signal.level != Level::Green);
    lines.extend(bad.map(|signal| line(&signal.label, signal.reason.clone(), Some(signal.level))));
    lines.extend(
        verdict.contradictions.iter().map(|text| line("Contradiction", text.clone(), Some(Level::Yellow))),
    );
    lines
}

/// The last entries of the journal, and what there is of a record.
fn record(of: &Diagnosis, engine: &Engine, now: Instant) -> (Vec<DiagnosisLine>, Vec<DiagnosisLine>) {
    let read = || -> crate::error::Result<_> {
        let Some(store) = Store::open_read_only(&of.state_dir)? else { return Ok(None) };
        let Some(profile) = engine.profile() else { return Ok(None) };
        let Some(ecosystem) = store.find_ecosystem(&profile.root)? else { return Ok(None) };
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        let entries = store.journal_since(ecosystem, now - JOURNAL, most)?;
        Ok(Some((entries, store.incidents(ecosystem)?.len(), store.journal_break(ecosystem)?)))
    };
    match read() {
        Err(error) => (Vec::new(), vec![line("Record", error.to_string(), Some(Level::Unknown))]),
        Ok(None) => (Vec::new(), vec![line("Record", "nothing is on record yet".to_owned(), None)]),
        Ok(Some((entries, incidents, broken))) => {
            let journal = entries.iter().map(|entry| {
                let at = of.zone.local(entry.at).format("%m-%d %H:%M");
                line(&format!("{at} {}", entry.kind.word()), entry.text.clone(), None)
            });
            let whole = match broken {
                None => line("Journal", "as it was written".to_owned(), None),
                Some(number) => line(
                    "Journal",
                    format!("not as it was written, from entry {number} on"),
                    Some(Level::Red),
                ),
            };
            let bytes = std::fs::read_dir(&of.state_dir).into_iter().flatten().flatten();
            let bytes = bytes.filter_map(|entry| entry.metadata().ok()).filter(std::fs::Metadata::is_file);
            let size = words::bytes(bytes.map(|metadata| metadata.len()).sum());
            (journal.collect(), vec![line("Record", format!("{size}, {incidents} incidents"), None), whole])
        }
    }
}

fn caretaker(of: &Diagnosis, now: Instant) -> Vec<DiagnosisLine> {
    let system = sysinfo::System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned());
    let offset = of.zone.offset_seconds(now);
    let mut lines = vec![
        line(
            "Version",
            format!("{} on {system}, {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH),
            None,
        ),
        line("Time zone", format!("{:+03}:{:02} of UTC", offset / 3_600, offset.abs() % 3_600 / 60), None),
    ];
    // Whoever holds the lock keeps the record; the look for this page never does.
    let held = Owner::is_held(&of.state_dir);
    let pid = Owner::last_pid(&of.state_dir).filter(|_| held);
    lines.push(match pid.map(|pid| (pid, cost_of(pid))) {
        None => line(
            "Watch",
            "nobody keeps the record now: start Caretaker, or `caretaker watch`".into(),
            Some(Level::Yellow),
        ),
        Some((pid, None)) => line("Watch", format!("process {pid} keeps the record"), None),
        Some((pid, Some(cost))) => {
            let cpu = cost.cpu_percent.map_or_else(String::new, |cpu| format!(", {cpu:.2} % of a core"));
            let memory = cost.memory.map_or_else(String::new, |memory| format!(", {}", words::bytes(memory)));
            line("Watch", format!("process {pid} keeps the record{cpu}{memory}"), None)
        }
    });
    lines
}

/// What is wrong with the profile.
fn mistakes(of: &Diagnosis) -> Vec<DiagnosisLine> {
    let file = line("File", of.profile.display().to_string(), None);
    let mut lines = vec![file];
    match profile::load(&of.profile, of.home.as_deref()) {
        Ok(_) => lines.push(line("", "no mistakes".to_owned(), Some(Level::Green))),
        Err(errors) => lines.extend(errors.into_problems().iter().map(|problem| {
            let key = if problem.key.is_empty() { String::new() } else { format!("{}: ", problem.key) };
            line(&format!("Line {}", problem.line), format!("{key}{}", problem.message), Some(Level::Red))
        })),
    }
    lines
}
