//! Reports as files: listed by day, read, compared, searched; and whatever may lie among them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use caretaker_core::clock::{FixedClock, Gap, Instant, Zone};
use caretaker_core::judge::{Memory, Module, Verdict};
use caretaker_core::keeper::{ReportRow, ReportWord, Reports, ReportsShown};
use caretaker_core::observe::reports::Figure;
use caretaker_core::profile::parse;
use caretaker_core::reports::{Facts, Names, compare};
use caretaker_core::signal::Level;
use caretaker_core::store::Store;
use chrono::{Days, FixedOffset, NaiveDate, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

/// An ecosystem with reports, at noon of 16 December 2025.
struct Eco {
    dir: tempfile::TempDir,
    clock: Arc<FixedClock>,
    reports: Reports,
}

impl Eco {
    fn with(more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("eco/reports")).unwrap();
        let text = format!("{more}\n[ecosystem]\nroot = {:?}\n", dir.path().join("eco"));
        let profile = parse(&text, &dir.path().join("p.toml"), None).unwrap();
        let clock = Arc::new(FixedClock::new(Utc.with_ymd_and_hms(2025, 12, 16, 12, 0, 0).unwrap()));
        let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
        let reports = Reports::new(profile, &dir.path().join("state"), Arc::clone(&clock) as Arc<_>, zone);
        Self { dir, clock, reports }
    }

    fn new() -> Self {
        Self::with("")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("eco/reports").join(name)
    }

    /// Writes a file, as if it had been written at that time.
    fn write(&self, name: &str, text: impl AsRef<[u8]>, at: Instant) {
        std::fs::write(self.path(name), text).unwrap();
        let file = std::fs::File::options().write(true).open(self.path(name)).unwrap();
        file.set_modified(SystemTime::from(at)).unwrap();
    }

    /// The report of a kind and day, written a minute after it was due.
    fn came(&self, kind: &str, on: u32, text: &str) {
        let hour = match kind {
            "morning" => 6,
            "evening" => 18,
            _ => 23,
        };
        self.write(&format!("{kind}_202512{on:02}.txt"), text, at(on, hour, 1));
    }

    fn row(&self, kind: &str, on: u32) -> Option<ReportRow> {
        row(&self.reports.shown(None), kind, on)
    }

    fn state(&self, on: u32) -> (ReportWord, String) {
        let row = self.row("morning", on).unwrap_or_else(|| panic!("no row of {on}"));
        (row.state, row.why)
    }

    fn remember(&self, asleep: Vec<Gap>) {
        let mut store = Store::open(&self.dir.path().join("state")).unwrap().store;
        let ecosystem = store.ecosystem(&self.dir.path().join("eco")).unwrap();
        let memory = serde_json::to_string(&Memory { asleep, ..Memory::default() }).unwrap();
        store.set_notes(ecosystem, &[("judge", &memory)]).unwrap();
    }
}

fn row(shown: &ReportsShown, kind: &str, on: u32) -> Option<ReportRow> {
    let date = day(on).to_string();
    let found = shown.days.iter().find(|one| one.date == date)?;
    found.reports.iter().find(|row| row.kind == kind).cloned()
}

fn day(on: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 12, on).unwrap()
}

fn at(on: u32, hour: u32, minute: u32) -> Instant {
    Utc.with_ymd_and_hms(2025, 12, on, hour, minute, 0).unwrap()
}

#[test]
fn days_are_listed_with_their_gaps() {
    let eco = Eco::new();
    eco.came("morning", 12, "Improvements Deployed: 5");
    eco.write("morning_20251213.txt", "Improvements Deployed: 4", at(13, 9, 0));
    eco.write("morning_20251214.txt", " \n", at(14, 6, 1));
    eco.write("morning_20251216.txt", "Improv", at(16, 12, 0) - TimeDelta::seconds(3));
    assert_eq!(eco.state(12), (ReportWord::Arrived, String::new()));
    assert_eq!(eco.state(13), (ReportWord::ArrivedLate, "It came 3 h after it was due.".into()));
    assert_eq!(eco.state(14).0, ReportWord::Empty);
    assert_eq!(eco.state(15).0, ReportWord::Missing);
    assert_eq!(eco.state(16).0, ReportWord::Writing);
    assert_eq!(eco.row("morning", 11), None, "nothing is missing before the first report");
    assert_eq!(eco.row("evening", 16), None, "not due yet");
    let shown = eco.reports.shown(None);
    assert_eq!((shown.files, shown.has_earlier), (4, false));
    let morning = &shown.kinds[0];
    assert_eq!((morning.due.as_deref(), morning.punctual), (Some("every day at 06:00"), Some(60.0)));
    assert_eq!(shown.kinds[3].due, None);
    let first = eco.row("morning", 12).unwrap();
    assert_eq!(first.values, [("improvements deployed".to_owned(), 5.0, String::new())]);
    assert_eq!((first.due_at, first.arrived_at), (Some(at(12, 6, 0)), Some(at(12, 6, 1))));
}

#[test]
fn nothing_is_missing_of_the_time_before_the_first_report() {
    let eco = Eco::new();
    let states = || -> Vec<(String, String)> {
        let shown = eco.reports.shown(None);
        assert!(!shown.has_earlier);
        let rows = shown.days.into_iter().flat_map(|day| day.reports);
        rows.map(|row| (row.date, row.kind)).collect()
    };
    let due = |on: u32, kind: &str| (day(on).to_string(), kind.to_owned());
    // Nothing at all: what was due last.
    assert_eq!(states(), [due(16, "morning"), due(15, "evening"), due(15, "daily_summary")]);
    eco.write("morning_99991231.txt", "a: 1", at(16, 6, 0));
    assert_eq!(states().len(), 3);
    eco.came("evening", 14, "a: 1");
    assert_eq!(states().len(), 2 * 3 + 1);
    // A report by hand from long ago is none that the others could have missed.
    std::fs::write(eco.dir.path().join("eco/monthly_security_20010101.txt"), "ok").unwrap();
    assert_eq!(states().last(), Some(&("2001-01-01".to_owned(), "monthly_security".to_owned())));
    assert_eq!(states().len(), 2 * 3 + 2);
}

#[test]
fn a_gap_is_due_then_late_then_missing_and_sleep_excuses_it() {
    let eco = Eco::new();
    eco.came("morning", 14, "a: 1");
    eco.clock.advance(TimeDelta::hours(6) - TimeDelta::minutes(1));
    assert_eq!(eco.row("evening", 16), None);
    for (minutes, expected) in [(1, ReportWord::Due), (30, ReportWord::Late), (330, ReportWord::Late)] {
        eco.clock.advance(TimeDelta::minutes(minutes));
        assert_eq!(eco.row("evening", 16).unwrap().state, expected, "{minutes}");
    }
    eco.clock.advance(TimeDelta::hours(7));
    assert_eq!(eco.row("evening", 16).unwrap().state, ReportWord::Missing);
    eco.remember(vec![Gap { from: at(16, 17, 0), until: at(16, 19, 0) }]);
    let row = eco.row("evening", 16).unwrap();
    assert_eq!((row.state, row.why.as_str()), (ReportWord::Excused, "The machine slept when it was due."));
}

#[test]
fn what_is_new_is_seen_what_changed_is_read_again_and_what_went_is_gone() {
    let eco = Eco::new();
    let value = || eco.row("morning", 16).unwrap().values.first().map(|(_, value, _)| *value);
    eco.came("morning", 16, "Errors: 1");
    assert_eq!(value(), Some(1.0));
    eco.came("morning", 16, "Errors: 2");
    assert_eq!(value(), Some(2.0));
    std::fs::remove_file(eco.path("morning_20251216.txt")).unwrap();
    assert_eq!(eco.state(16).0, ReportWord::Late);
}

#[test]
fn an_old_report_that_is_rewritten_is_noticed_soon_replaced_at_once_and_shown_as_it_is() {
    let eco = Eco::new();
    let old = NaiveDate::from_ymd_opt(2025, 1, 5).unwrap();
    let name = "morning_20250105.txt";
    eco.came("morning", 16, "Errors: 1");
    eco.write(name, "Errors: 1", at(16, 6, 0));
    let listed = || {
        let shown = eco.reports.shown(old.succ_opt());
        shown.days[0].reports[0].values[0].1
    };
    assert_eq!(listed(), 1.0);
    eco.write(name, "Errors: 2", at(16, 6, 1));
    assert_eq!(
        eco.reports.of_day("morning", old).unwrap().shown.figures[0].value,
        2.0,
        "asked for by its day"
    );
    eco.write(name, "Errors: 3", at(16, 6, 2));
    assert!((0..8).any(|_| listed() == 3.0), "within eight looks");
    eco.write("new", "Errors: 4", at(16, 6, 3));
    std::fs::rename(eco.path("new"), eco.path(name)).unwrap();
    assert_eq!(listed(), 4.0, "another file");
}

#[test]
fn a_report_of_a_gigabyte_is_read_at_its_beginning() {
    let eco = Eco::new();
    eco.came("morning", 16, &format!("Errors: 3\n{}", "x".repeat(300_000)));
    std::fs::File::options()
        .write(true)
        .open(eco.path("morning_20251216.txt"))
        .unwrap()
        .set_len(1_000_000_000)
        .unwrap();
    let begun = std::time::Instant::now();
    let shown = eco.reports.report("morning", None, None).unwrap();
    assert!(begun.elapsed().as_secs() < 5, "not read to its end");
    assert_eq!((shown.bytes, shown.cut, shown.row.figures), (1_000_000_000, true, 1));
    assert!(shown.text.len() <= 256 * 1024 && shown.text.starts_with("Errors: 3"));
}

#[test]
fn bytes_that_are_no_text_give_nothing_and_markup_stays_text() {
    let eco = Eco::new();
    eco.write("morning_20251215.txt", b"\x7fELF\0\0Errors: 7\n", at(15, 6, 1));
    let binary = eco.reports.report("morning", Some(day(15)), None).unwrap();
    assert_eq!((binary.row.state, binary.row.why.as_str()), (ReportWord::Arrived, "It is no text."));
    assert_eq!((binary.text.as_str(), binary.figures.len()), ("", 0));
    let hostile = "<script>alert(1)</script>\n<b>Errors</b>: 2\n\u{1b}]0;x\u{7}\n\u{202e}error\n";
    eco.came("morning", 16, hostile);
    let shown = eco.reports.report("morning", None, None).unwrap();
    assert_eq!(shown.text, hostile);
    assert_eq!(shown.findings.len(), 2, "{:?}", shown.findings);
    // Half a character at the end, and bytes of another time.
    eco.write("morning_20251214.txt", b"Gr\xf6\xdfe: 5\n\xc3", at(14, 6, 1));
    assert_eq!(eco.row("morning", 14).unwrap().figures, 1);
}

#[test]
fn days_that_are_none_and_days_to_come_are_odd_and_no_reports() {
    let eco = Eco::new();
    eco.came("morning", 16, "a: 1");
    for name in
        ["morning_20251332.txt", "morning_20250229.txt", "morning_20251217.txt", "morning_99991231.txt"]
    {
        eco.write(name, "a: 1", at(16, 6, 0));
    }
    let shown = eco.reports.shown(None);
    assert_eq!(shown.days.first().map(|day| day.date.as_str()), Some("2025-12-16"));
    assert_eq!(shown.oddities.iter().filter(|odd| odd.contains("there is no such day")).count(), 2);
    assert_eq!(shown.oddities.iter().filter(|odd| odd.contains("lies in the future")).count(), 2);
    assert_eq!(eco.reports.newest("morning"), Some(day(16)));
    assert!(eco.reports.report("morning", Some(day(17)), None).is_err());
    assert!(eco.reports.review("morning", day(17)).is_err());
    assert_eq!(eco.reports.search("a: 1").len(), 1);
}

#[test]
fn of_two_for_one_day_the_one_with_the_right_name_counts() {
    let eco = Eco::new();
    eco.came("morning", 16, "a: 1");
    for name in ["morning_20251216 2.txt", "morning_20251216.json", "morning_20251215-copy.txt"] {
        eco.write(name, "a: 2", at(16, 6, 0));
    }
    let shown = eco.reports.report("morning", None, None).unwrap();
    let mut twins = shown.twins;
    twins.sort();
    assert_eq!(twins, ["morning_20251216 2.txt", "morning_20251216.json"]);
    assert_eq!(shown.figures[0].value, 1.0);
    assert_eq!(eco.reports.shown(None).oddities.len(), 3);
    // Where only the other is there, it does not stand in for the one that is missing.
    eco.came("morning", 14, "a: 1");
    assert_eq!(eco.state(15), (ReportWord::Missing, "There is only morning_20251215-copy.txt.".into()));
}

#[test]
fn folders_fifos_and_links_out_are_unknown_and_named() {
    let eco = Eco::new();
    let outside = eco.dir.path().join("outside.txt");
    std::fs::write(&outside, "Errors: 9").unwrap();
    std::fs::create_dir(eco.path("morning_20251216.txt")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let fifo = eco.path("morning_20251215.txt");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    symlink(&outside, eco.path("morning_20251214.txt")).unwrap();
    symlink("nowhere", eco.path("morning_20251213.txt")).unwrap();
    symlink("/dev/zero", eco.path("morning_20251212.txt")).unwrap();
    symlink(&fifo, eco.path("morning_20251211.txt")).unwrap();
    eco.write("elsewhere.txt", "Errors: 1", at(10, 6, 1));
    symlink("elsewhere.txt", eco.path("morning_20251210.txt")).unwrap();
    for (on, says) in [
        (16, "is a folder"),
        (15, "FIFO"),
        (14, "leads out"),
        (13, "leads nowhere"),
        (12, "leads out"),
        (11, "not a regular file"),
    ] {
        let (state, why) = eco.state(on);
        assert_eq!(state, ReportWord::Unknown, "{on}");
        assert!(why.contains(says), "{on}: {why}");
        let shown = eco.reports.report("morning", Some(day(on)), None).unwrap();
        assert_eq!((shown.text.as_str(), shown.figures.len()), ("", 0), "{on}");
    }
    assert_eq!(eco.state(10).0, ReportWord::Arrived, "a link within the ecosystem");
    assert_eq!(eco.reports.shown(None).oddities.len(), 6);
    assert_eq!(eco.reports.search("Errors: 9"), []);
}

#[test]
fn a_folder_of_reports_that_leads_out_or_is_none_is_unknown_not_missing() {
    let eco = Eco::new();
    eco.came("morning", 14, "a: 1");
    std::fs::rename(eco.dir.path().join("eco/reports"), eco.dir.path().join("moved")).unwrap();
    assert_eq!(eco.state(16).0, ReportWord::Late, "without its folder no report can be there");
    symlink(eco.dir.path().join("moved"), eco.dir.path().join("eco/reports")).unwrap();
    let (state, why) = eco.state(16);
    assert_eq!(state, ReportWord::Unknown);
    assert!(why.contains("leads out of"), "{why}");
    std::fs::remove_file(eco.dir.path().join("eco/reports")).unwrap();
    std::fs::write(eco.dir.path().join("eco/reports"), "a file").unwrap();
    assert_eq!(eco.state(16).0, ReportWord::Unknown);
    std::fs::remove_dir_all(eco.dir.path().join("eco").join("../eco")).unwrap();
    assert_eq!(eco.state(16).0, ReportWord::Unknown, "nor can anything be told without the root");
}

#[test]
fn a_report_is_held_against_those_before_it() {
    let eco = Eco::new();
    for on in 1..=15 {
        eco.came(
            "morning",
            on,
            "Key Metrics:\n  • Time Saved: 1.9 hours\n  • Tasks: 100\nAdvice:\n  • rest\n",
        );
    }
    eco.came("morning", 16, "Key Metrics:\n  • Time Saved: 2.5 hours\n  • Errors: 3\n");
    let one = eco.reports.of_day("morning", day(16)).unwrap();
    let saved = &one.shown.figures[0];
    assert_eq!((saved.label.as_str(), saved.unit.as_str()), ("Time Saved", "hours"));
    assert_eq!(saved.says, "2.5 hours, usually 1.9");
    assert_eq!((saved.before, saved.unusual), (Some(1.9), true));
    assert_eq!((saved.past.len(), saved.past[30], saved.past[0]), (31, Some(2.5), None));
    assert_eq!((one.shown.before.as_deref(), one.shown.of_reports), (Some("2025-12-15"), 15));
    assert_eq!(one.shown.missing_figures, ["Tasks"]);
    assert_eq!(one.shown.missing_sections, ["Advice"]);
    assert_eq!(one.sections, ["Key Metrics"]);
    assert_eq!(one.shown.figures[1].says, "3", "never given before");
    let finding = &one.shown.findings[0];
    assert_eq!((finding.line, finding.level, finding.text.as_str()), (3, Level::Red, "• Errors: 3"));
    assert_eq!(one.shown.row.unusual, ["Time Saved: 2.5 hours, usually 1.9"]);
    let figure = eco.reports.figure("morning", &["uptime", "time saved"]).unwrap();
    assert_eq!(figure.value, 2.5);
    assert_eq!(eco.reports.figure("morning", &["tasks"]), None, "the newest does not give it");
    eco.write("morning_20251216.txt", "Key Metrics:\n  • Time", at(16, 12, 0));
    let half = eco.reports.of_day("morning", day(16)).unwrap().shown;
    assert_eq!(half.row.state, ReportWord::Writing);
    assert!(half.missing_figures.is_empty() && half.missing_sections.is_empty(), "it may still come");
}

#[test]
fn reading_is_noted_once_and_only_of_what_is_there() {
    let eco = Eco::new();
    eco.came("morning", 16, "a: 1");
    assert!(eco.reports.review("morning", day(15)).is_err());
    assert!(eco.reports.review("mourning", day(16)).is_err());
    assert!(!eco.dir.path().join("state").exists(), "looking writes nothing");
    eco.reports.review("morning", day(16)).unwrap();
    eco.clock.advance(TimeDelta::hours(1));
    eco.reports.review("morning", day(16)).unwrap();
    assert_eq!(eco.row("morning", 16).unwrap().reviewed_at, Some(at(16, 12, 0)));
    assert_eq!(eco.reports.of_day("morning", day(16)).unwrap().shown.row.reviewed_at, Some(at(16, 12, 0)));
}

#[test]
fn the_module_that_writes_them_is_named_where_a_report_did_not_come() {
    let eco = Eco::new();
    eco.came("morning", 15, "a: 1");
    let module = |name: &str| Module {
        name: name.into(),
        level: Level::Red,
        status: Some("failed".into()),
        runs: None,
        errors: None,
        logged_errors: 0,
        cycle_seconds: None,
        last_run: None,
        reason: "It says that it failed.".into(),
    };
    let verdict = Verdict {
        at: at(16, 12, 0),
        light: Level::Red,
        summary: String::new(),
        since: None,
        remedy: None,
        cause: None,
        signals: Vec::new(),
        modules: vec![module("Meta-Learning Analysis"), module("Evolution Reporting System")],
        contradictions: Vec::new(),
        forecasts: Vec::new(),
    };
    let writer = |on| eco.reports.report("morning", Some(day(on)), Some(&verdict)).unwrap().writer;
    let late = writer(16).unwrap();
    assert_eq!((late.module.as_str(), late.level), ("Evolution Reporting System", Level::Red));
    assert_eq!(late.text, "It says that it failed.");
    assert_eq!(writer(15), None, "this one came as it should");
}

#[test]
fn a_text_is_found_in_whatever_case_newest_first_and_bounded() {
    let eco = Eco::new();
    eco.came("morning", 15, "one\nTop Improvement: Cache optimization\n");
    eco.came("evening", 15, &"CACHE test\n".repeat(300));
    eco.came("morning", 16, &format!("{} cache {}", "é".repeat(500), "x".repeat(500)));
    let hits = eco.reports.search(" cAcHe ");
    assert_eq!(hits.len(), 200);
    let first = &hits[0];
    assert_eq!((first.kind.as_str(), first.date.as_str(), first.line), ("morning", "2025-12-16", 1));
    assert!(first.text.contains(" cache ") && first.text.chars().count() <= 200, "{}", first.text);
    assert_eq!((hits[1].date.as_str(), hits[1].line), ("2025-12-15", 2));
    assert_eq!(eco.reports.search("  "), []);
    assert_eq!(eco.reports.search("nowhere to be found"), []);
}

#[test]
fn kinds_of_every_cadence_and_folders_by_day_are_found() {
    let eco = Eco::with(
        "[[reports]]\nkind = \"weekly\"\npattern = \"weekly_{date}.md\"\ndue = \"06:00\"\ndays = \"SUN\"\n\
         [[reports]]\nkind = \"nightly\"\npattern = \"reports/{date}/nightly.txt\"\ndue = \"\"\n",
    );
    std::fs::write(eco.dir.path().join("eco/weekly_20251207.md"), "# Week\nTasks: 5").unwrap();
    for on in ["20251203", "20251001", "20230101"] {
        std::fs::create_dir(eco.path(on)).unwrap();
        eco.write(&format!("{on}/nightly.txt"), "Errors: 1", at(3, 2, 0));
    }
    std::fs::create_dir(eco.path("20251204")).unwrap();
    let outside = eco.dir.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("nightly.txt"), "Errors: 9").unwrap();
    symlink(&outside, eco.path("20251205")).unwrap();
    let shown = eco.reports.shown(None);
    let days: Vec<(&str, &str, ReportWord)> = shown
        .days
        .iter()
        .flat_map(|one| one.reports.iter().map(|row| (row.kind.as_str(), row.date.as_str(), row.state)))
        .take(4)
        .collect();
    assert_eq!(
        days,
        [
            ("weekly", "2025-12-14", ReportWord::Missing),
            ("weekly", "2025-12-07", ReportWord::ArrivedLate),
            ("nightly", "2025-12-05", ReportWord::Unknown),
            ("nightly", "2025-12-03", ReportWord::Arrived),
        ]
    );
    assert_eq!(shown.days.last().map(|one| one.date.as_str()), Some("2023-01-01"));
    assert!(eco.reports.listed(14).days.iter().all(|one| one.date.as_str() >= "2025-12-03"));
}

#[test]
fn thirty_days_are_shown_at_once_and_the_next_thirty_after_them() {
    let eco = Eco::new();
    for back in 0..70 {
        let on = day(16) - Days::new(back);
        std::fs::write(eco.path(&format!("morning_{}.txt", on.format("%Y%m%d"))), "a: 1").unwrap();
    }
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let shown = eco.reports.shown(before);
        seen.push(shown.days.len());
        before = shown.days.last().map(|last| last.date.parse().unwrap());
        if !shown.has_earlier {
            break;
        }
    }
    assert_eq!(seen, [30, 30, 10]);
    assert_eq!(before, Some(day(16) - Days::new(69)));
    assert_eq!(eco.reports.listed(1).days.len(), 1);
}

fn facts(names: &mut Names, figures: &[(&str, f64, &str)]) -> Facts {
    let figure = |(label, value, unit): &(&str, f64, &str)| Figure {
        key: label.to_lowercase(),
        label: (*label).to_owned(),
        value: *value,
        unit: (*unit).to_owned(),
    };
    Facts { figures: names.figures(figures.iter().map(figure).collect()), ..Facts::default() }
}

#[test]
fn another_unit_is_another_figure_and_rarely_given_ones_are_not_missed() {
    let mut names = Names::default();
    let past: Vec<(NaiveDate, Facts)> = (1..=10)
        .map(|on| {
            let mut given = vec![("Time Saved", 90.0, "minutes")];
            given.extend((on % 2 == 0).then_some(("Rare", 1.0, "")));
            (day(on), facts(&mut names, &given))
        })
        .collect();
    let before: Vec<(NaiveDate, &Facts)> = past.iter().map(|(day, facts)| (*day, facts)).collect();
    let this = facts(&mut names, &[("time saved", 1.5, "hours")]);
    let compared = compare(day(11), &this, &before, true);
    assert_eq!((compared.figures[0].before, compared.figures[0].mean), (None, None));
    assert_eq!(compared.missing_figures, Vec::<String>::new());
    let nothing = compare(day(11), &Facts::default(), &before, true);
    assert_eq!(nothing.missing_figures, ["Time Saved"]);
    assert_eq!(compare(day(11), &Facts::default(), &before[..2], true).missing_figures, Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn comparing_is_of_the_thirty_days_before(
        values in prop::collection::vec(prop::option::of(-1e6_f64..1e6), 1..60),
        value in -1e6_f64..1e6,
        scale in prop::sample::select(vec![0.5_f64, 2.0, 4.0]),
    ) {
        let mut names = Names::default();
        let of = |names: &mut Names, scale: f64| -> Vec<(NaiveDate, Facts)> {
            let given = values.iter().enumerate().filter_map(|(on, value)| {
                let day = day(1).checked_add_days(Days::new(on as u64))?;
                Some((day, facts(names, &[("A", (*value)? * scale, "")])))
            });
            given.collect()
        };
        let today = day(1).checked_add_days(Days::new(values.len() as u64)).unwrap();
        let seen = |names: &mut Names, scale: f64| {
            let past = of(names, scale);
            let before: Vec<(NaiveDate, &Facts)> = past.iter().map(|(day, facts)| (*day, facts)).collect();
            compare(today, &facts(names, &[("A", value * scale, "")]), &before, true).figures.remove(0)
        };
        let one = seen(&mut names, 1.0);
        let lately: Vec<f64> = values[values.len().saturating_sub(30)..].iter().flatten().copied().collect();
        prop_assert_eq!(one.past.len(), 31);
        prop_assert_eq!(one.past[30], Some(value));
        prop_assert_eq!(one.past.iter().flatten().count(), lately.len() + 1);
        prop_assert_eq!(one.before, values.iter().flatten().last().copied());
        match one.mean {
            None => prop_assert!(lately.is_empty()),
            Some(mean) => {
                let (least, most) = lately.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
                prop_assert!(least - 1e-6 <= mean && mean <= most + 1e-6, "{mean} of {lately:?}");
            }
        }
        // Within what was seen nothing is unusual, nor by the size of the unit; without a past nothing ever is.
        if lately.iter().any(|v| *v <= value) && lately.iter().any(|v| *v >= value) && lately.len() < 10 {
            prop_assert!(!one.unusual);
        }
        prop_assert!(lately.len() >= 5 || !one.unusual);
        prop_assert_eq!(seen(&mut names, scale).unusual, one.unusual);
    }

    #[test]
    fn whatever_a_report_holds_is_read(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let text = String::from_utf8_lossy(&bytes);
        let parsed = caretaker_core::reports::parse(&text);
        prop_assert!(parsed.figures.iter().all(|figure| figure.value.is_finite()));
    }
}
