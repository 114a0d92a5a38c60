//! The verdict on whole observations: what the light says, and what it never says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/scene.rs"]
mod scene;

use caretaker_core::clock::{Instant, Zone};
use caretaker_core::judge::{Memory, Verdict, judge};
use caretaker_core::observe::reports::Figure;
use caretaker_core::observe::{
    BackupsSeen, Claims, ErrorTally, ModuleClaim, ModuleErrors, Observation, ProcessSeen, Reading, StateSeen,
};
use caretaker_core::profile::{Bands, LogFormat, LogSource, Profile};
use caretaker_core::signal::{Level, SignalId, Source};
use chrono::{FixedOffset, TimeDelta};
use proptest::prelude::*;
use scene::{healthy, now, profile};

fn zone() -> Zone {
    Zone::Fixed(FixedOffset::east_opt(0).unwrap())
}

fn verdict(profile: &Profile, seen: &Observation) -> Verdict {
    judge(profile, seen, &Memory::default(), now(), zone()).0
}

fn level(verdict: &Verdict, id: SignalId) -> Level {
    verdict.signals.iter().find(|signal| signal.id == id).unwrap_or_else(|| panic!("{id} is missing")).level
}

#[test]
fn all_is_well_says_how_well() {
    let verdict = verdict(&profile(), &healthy());
    assert_eq!((verdict.light, verdict.cause), (Level::Green, None), "{verdict:#?}");
    assert_eq!(verdict.summary, "All is well: one module, no errors in 24 h.");
}

#[test]
fn a_gone_process_is_the_one_cause() {
    let mut seen = healthy();
    seen.process = Reading::seen(ProcessSeen::Gone, now());
    let verdict = verdict(&profile(), &seen);
    assert_eq!((verdict.light, verdict.cause), (Level::Red, Some(SignalId::ProcessState)));
    assert_eq!(verdict.summary, "The process is gone.");
    for follows in [SignalId::ProcessCpu, SignalId::ProcessMemory, SignalId::ProcessUptime] {
        assert_eq!(level(&verdict, follows), Level::Unknown, "{follows}");
    }
    // The state file still says that it runs.
    assert_eq!(verdict.contradictions.len(), 1, "{:?}", verdict.contradictions);
}

#[test]
fn since_is_kept_while_the_level_lasts() {
    let mut seen = healthy();
    seen.process = Reading::seen(ProcessSeen::Gone, now());
    let (_, memory) = judge(&profile(), &seen, &Memory::default(), now(), zone());
    let later = now() + TimeDelta::minutes(90);
    seen.process = Reading::seen(ProcessSeen::Gone, later);
    let (second, _) = judge(&profile(), &seen, &memory, later, zone());
    assert!(second.summary.starts_with("The process is gone, since 12:00."), "{}", second.summary);
    assert_eq!(second.since, Some(now()));
    // The clock went back behind the memory: it is not believed.
    let before = now() - TimeDelta::days(1);
    let (third, _) = judge(&profile(), &seen, &memory, before, zone());
    assert_eq!(third.since, Some(before));
}

type Spoil = fn(&mut Observation, Instant);

#[test]
fn an_essential_reading_that_is_missing_or_old_is_never_green() {
    let old = now() - TimeDelta::minutes(10);
    let spoilt: [(&str, Spoil); 4] = [
        ("process", |seen, old| seen.process.at = Some(old)),
        ("disk", |seen, old| seen.disk.at = Some(old)),
        ("errors", |seen, _| seen.errors = Some(Reading::failed("permission denied"))),
        ("state", |seen, _| seen.state = Some(Reading::failed("the file is a FIFO"))),
    ];
    for (what, spoil) in spoilt {
        let mut seen = healthy();
        spoil(&mut seen, old);
        let verdict = verdict(&profile(), &seen);
        assert_eq!(verdict.light, Level::Unknown, "{what}: {}", verdict.summary);
        assert!(verdict.remedy.is_some(), "{what}");
    }
    let mut seen = healthy();
    seen.errors = Some(Reading::failed("permission denied"));
    assert!(verdict(&profile(), &seen).summary.contains("permission denied"));
}

#[test]
fn what_is_not_essential_may_be_unknown() {
    let mut seen = healthy();
    seen.data_size = Reading::default();
    seen.machine_cpu = Reading::failed("needs two samples");
    assert_eq!(verdict(&profile(), &seen).light, Level::Green);
}

#[test]
fn a_state_file_that_is_written_only_at_the_end_says_nothing_of_now() {
    let mut profile = profile();
    profile.state.as_mut().unwrap().stale_after = None;
    let mut seen = healthy();
    let state = seen.state.as_mut().unwrap().value.as_mut().unwrap();
    state.written_at = now() - TimeDelta::days(3);
    state.claims.state = Some("shutdown".into());
    let verdict = verdict(&profile, &seen);
    assert_eq!(verdict.light, Level::Green, "{}", verdict.summary);
    assert!(verdict.modules.iter().all(|module| module.level == Level::Unknown));
}

#[test]
fn a_state_file_that_is_written_all_the_time_goes_stale() {
    let mut seen = healthy();
    seen.state.as_mut().unwrap().value.as_mut().unwrap().written_at = now() - TimeDelta::minutes(20);
    let verdict = verdict(&profile(), &seen);
    assert_eq!(
        (verdict.light, verdict.cause),
        (Level::Yellow, Some(SignalId::StateAge)),
        "{}",
        verdict.summary
    );
}

#[test]
fn claims_make_it_worse() {
    for (state, expected) in
        [("paused", Level::Yellow), ("error", Level::Red), ("something new", Level::Green)]
    {
        let mut seen = healthy();
        seen.state.as_mut().unwrap().value.as_mut().unwrap().claims.state = Some(state.into());
        let verdict = verdict(&profile(), &seen);
        assert_eq!(verdict.light, expected, "{state}");
    }
}

#[test]
fn an_instance_made_for_the_question_is_not_believed() {
    let mut profile = profile();
    profile.probe = Some(scene::probe());
    let mut seen = healthy();
    let fresh = Claims { state: Some("initializing".into()), fresh_instance: true, ..Claims::default() };
    seen.probe = Some(Reading::seen(fresh, now()));
    assert_eq!(verdict(&profile, &seen).light, Level::Green);
}

#[test]
fn failed_modules_are_red_and_three_are_an_emergency() {
    let failed = |count: usize| {
        let mut seen = healthy();
        let claims = &mut seen.state.as_mut().unwrap().value.as_mut().unwrap().claims;
        for number in 0..count {
            let claim = ModuleClaim { status: Some("failed".into()), ..ModuleClaim::default() };
            claims.modules.insert(format!("Module {number}"), claim);
        }
        verdict(&profile(), &seen)
    };
    assert_eq!(failed(1).summary, "The module “Module 0” failed.");
    assert_eq!(failed(2).light, Level::Red);
    assert!(failed(3).summary.contains("emergency"), "{}", failed(3).summary);
}

#[test]
fn a_share_of_errors_needs_runs() {
    let shares =
        [(9, 9, Level::Green), (100, 4, Level::Green), (100, 5, Level::Yellow), (100, 11, Level::Red)];
    for (runs, errors, expected) in shares {
        let mut seen = healthy();
        let claims = &mut seen.state.as_mut().unwrap().value.as_mut().unwrap().claims;
        let claim = ModuleClaim { runs: Some(runs), errors: Some(errors), ..ModuleClaim::default() };
        claims.modules.insert("Meta-Learning Analysis".into(), claim);
        let verdict = verdict(&profile(), &seen);
        assert_eq!(verdict.light, expected, "{errors} of {runs}: {}", verdict.summary);
    }
}

#[test]
fn one_look_that_fails_does_not_end_a_hysteresis() {
    let mut seen = healthy();
    let cpu = |seen: &mut Observation, percent: Option<f64>| {
        if let Some(ProcessSeen::Running(tree)) = seen.process.value.as_mut() {
            tree.cpu_percent = percent;
        }
    };
    let mut memory = Memory::default();
    let mut levels = Vec::new();
    for percent in [Some(60.0), None, Some(46.0), Some(44.0)] {
        cpu(&mut seen, percent);
        let (verdict, next) = judge(&profile(), &seen, &memory, now(), zone());
        memory = next;
        levels.push(level(&verdict, SignalId::ProcessCpu));
    }
    assert_eq!(levels, [Level::Red, Level::Unknown, Level::Red, Level::Yellow]);
}

#[test]
fn a_zombie_uses_nothing_that_is_green() {
    let mut seen = healthy();
    if let Some(ProcessSeen::Running(tree)) = seen.process.value.as_mut() {
        tree.run_state = "zombie".into();
    }
    let verdict = verdict(&profile(), &seen);
    assert_eq!(verdict.cause, Some(SignalId::ProcessState));
    assert_eq!(level(&verdict, SignalId::ProcessMemory), Level::Unknown);
}

#[test]
fn a_claim_of_more_uptime_than_was_measured_is_a_contradiction() {
    let mut seen = healthy();
    seen.state.as_mut().unwrap().value.as_mut().unwrap().claims.uptime_hours = Some(300.0);
    let verdict = verdict(&profile(), &seen);
    assert_eq!((verdict.light, verdict.cause), (Level::Yellow, Some(SignalId::Contradictions)));
}

/// The same ecosystem `later`, its process started anew `ago` before.
fn started_anew(seen: &mut Observation, later: Instant, ago: TimeDelta) {
    let Some(ProcessSeen::Running(tree)) = seen.process.value.as_mut() else { panic!("it runs") };
    (tree.pid, tree.started_at) = (tree.pid + 1, later - ago);
    seen.process.at = Some(later);
    seen.state = None;
}

#[test]
fn a_restart_that_nobody_saw_is_a_contradiction_for_an_hour() {
    let says = |verdict: &Verdict| verdict.contradictions.iter().any(|text| text.contains("uptime fell"));
    let (first, memory) = judge(&profile(), &healthy(), &Memory::default(), now(), zone());
    assert!(!says(&first));
    let mut seen = healthy();
    let later = now() + TimeDelta::seconds(30);
    started_anew(&mut seen, later, TimeDelta::seconds(10));
    let memory_before = memory.clone();
    let (second, memory) = judge(&profile(), &seen, &memory, later, zone());
    assert!(says(&second), "{:?}", second.contradictions);
    // Unless Caretaker did it itself.
    let ours = Memory { own_stop: Some(later - TimeDelta::seconds(12)), ..memory_before };
    assert!(!says(&judge(&profile(), &seen, &ours, later, zone()).0));
    // It stays worth knowing, though the next look sees nothing new, and ends.
    let mut at = |minutes: i64, memory: &Memory| {
        let later = later + TimeDelta::minutes(minutes);
        seen.process.at = Some(later);
        judge(&profile(), &seen, memory, later, zone())
    };
    let (third, memory) = at(30, &memory);
    assert!(says(&third));
    assert!(!says(&at(61, &memory).0));
}

#[test]
fn a_stop_on_purpose_is_called_so_until_it_has_run_again() {
    let mut gone = healthy();
    gone.process = Reading::seen(ProcessSeen::Gone, now());
    let stopped = now() - TimeDelta::minutes(2);
    let says = |started: Instant| {
        let memory = Memory { process: Some((7, started)), to_stay: Some(stopped), ..Memory::default() };
        judge(&profile(), &gone, &memory, now(), zone()).0.summary
    };
    assert!(says(stopped - TimeDelta::hours(1)).contains("stopped on purpose"), "{}", says(stopped));
    assert!(says(stopped + TimeDelta::minutes(1)).contains("The process is gone."));
}

#[test]
fn a_restart_after_the_process_was_gone_or_while_nobody_looked_is_none() {
    let later = now() + TimeDelta::seconds(30);
    let mut gone = healthy();
    gone.process = Reading::seen(ProcessSeen::Gone, now());
    let mut seen = healthy();
    started_anew(&mut seen, later, TimeDelta::seconds(10));
    let (_, mut memory) = judge(&profile(), &gone, &Memory::default(), now(), zone());
    memory.process = Some((1, now() - TimeDelta::hours(9)));
    let after_gone = judge(&profile(), &seen, &memory, later, zone()).0;
    assert_eq!(after_gone.contradictions, Vec::<String>::new());
    let (_, memory) = judge(&profile(), &healthy(), &Memory::default(), now() - TimeDelta::hours(2), zone());
    let unseen = judge(&profile(), &seen, &memory, later, zone()).0;
    assert_eq!(unseen.contradictions, Vec::<String>::new());
}

#[test]
fn figures_of_a_report_are_held_against_the_log_and_the_process() {
    let figure = |key: &str, value: f64, unit: &str| Figure {
        key: key.into(),
        label: key.into(),
        value,
        unit: unit.into(),
    };
    let error_at = |at: Instant| {
        let by_module =
            vec![ModuleErrors { module: "A".into(), count: 1, last_at: Some(at), ..ModuleErrors::default() }];
        let last_record_at = Some(now());
        Some(Reading::seen(
            ErrorTally { count: 1, by_module, last_record_at, ..ErrorTally::default() },
            now(),
        ))
    };
    let written = healthy().reports[0].due_at;
    let found = |figures: Vec<Figure>, error: Instant| {
        let mut seen = healthy();
        seen.state = None;
        seen.reports[0].figures = figures;
        seen.errors = error_at(error);
        verdict(&profile(), &seen).contradictions
    };
    let hour = TimeDelta::hours(1);
    let refuted = found(vec![figure("errors", 0.0, "")], written - hour);
    assert_eq!(refuted.len(), 1, "{refuted:?}");
    assert!(refuted[0].starts_with("The morning report says there were no errors"), "{refuted:?}");
    // Errors it admits, errors that came later, and those of the day before.
    assert_eq!(found(vec![figure("errors", 2.0, "")], written - hour), Vec::<String>::new());
    assert_eq!(found(vec![figure("errors", 0.0, "")], written + hour), Vec::<String>::new());
    assert_eq!(found(vec![figure("errors", 0.0, "")], written - hour * 20), Vec::<String>::new());
    let refuted = found(vec![figure("uptime", 300.0, "days")], written + hour);
    assert!(refuted[0].starts_with("The morning report says it had run for"), "{refuted:?}");
    assert_eq!(found(vec![figure("uptime", 1.0, "minutes")], written + hour), Vec::<String>::new());
}

#[test]
fn a_silent_log_is_a_contradiction() {
    let mut seen = healthy();
    let last = Some(now() - TimeDelta::hours(3));
    seen.errors = Some(Reading::seen(ErrorTally { last_record_at: last, ..ErrorTally::default() }, now()));
    let verdict = verdict(&profile(), &seen);
    assert_eq!(verdict.cause, Some(SignalId::Contradictions));
    assert!(verdict.summary.contains("logged nothing for 3 h"), "{}", verdict.summary);
}

#[test]
fn a_logger_s_hostile_name_stays_text() {
    let mut seen = healthy();
    let module = "<img src=x onerror=alert(1)>".to_owned();
    let by_module = vec![ModuleErrors { module: module.clone(), count: 30, ..ModuleErrors::default() }];
    let last_record_at = Some(now());
    seen.errors = Some(Reading::seen(
        ErrorTally { count: 30, by_module, last_record_at, ..ErrorTally::default() },
        now(),
    ));
    assert!(verdict(&profile(), &seen).summary.contains(&module));
}

#[test]
fn absurd_figures_are_unknown_never_green() {
    let mut seen = healthy();
    if let Some(ProcessSeen::Running(tree)) = seen.process.value.as_mut() {
        tree.cpu_percent = Some(-1.0);
    }
    let claims = &mut seen.state.as_mut().unwrap().value.as_mut().unwrap().claims;
    (claims.success_rate, claims.efficiency) = (Some(1e308), Some(-1.0));
    let verdict = verdict(&profile(), &seen);
    for id in [SignalId::ProcessCpu, SignalId::SuccessRate, SignalId::EfficiencyScore] {
        assert_eq!(level(&verdict, id), Level::Unknown, "{id}");
    }
}

#[test]
fn what_the_profile_names_but_nobody_looked_at_is_unknown() {
    let mut seen = healthy();
    seen.state = None;
    assert_eq!(verdict(&profile(), &seen).light, Level::Unknown, "state file");
    let mut logged = profile();
    logged.logs.push(LogSource {
        path: "/eco/logs/ecosystem.log".into(),
        format: LogFormat::Python,
        error_levels: vec!["ERROR".into()],
        module_patterns: Vec::new(),
    });
    let mut seen = healthy();
    seen.errors = None;
    assert_eq!(verdict(&logged, &seen).light, Level::Unknown, "logs");
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), 0.0..100.0f64, Just(f64::NAN), Just(-1.0), Just(1e308)]
}

prop_compose! {
    fn any_claims()(
        state in prop::option::of(prop_oneof![Just("running".to_owned()), Just("paused".to_owned()), Just("error".to_owned()), ".{0,12}"]),
        health in prop::option::of(prop_oneof![Just("healthy".to_owned()), Just("critical".to_owned()), ".{0,12}"]),
        uptime_hours in prop::option::of(any_number()),
        cycles in prop::option::of(any::<u64>()),
        errors in prop::option::of(any::<u64>()),
        success_rate in prop::option::of(any_number()),
        efficiency in prop::option::of(any_number()),
        modules in prop::collection::btree_map(".{0,8}", (prop::option::of(".{0,8}"), any::<Option<u64>>(), any::<Option<u64>>()), 0..4),
    ) -> Claims {
        let modules = modules
            .into_iter()
            .map(|(name, (status, runs, errors))| (name, ModuleClaim { status, runs, errors, last_run: None }))
            .collect();
        Claims { state, health, uptime_hours, cycles, errors, success_rate, efficiency, modules, ..Claims::default() }
    }
}

proptest! {
    #[test]
    fn no_claim_can_better_the_light(claims in any_claims(), cpu in any_number(), free in any::<u64>(), errors in 0u64..50) {
        let mut seen = healthy();
        if let Some(ProcessSeen::Running(tree)) = seen.process.value.as_mut() {
            tree.cpu_percent = Some(cpu);
        }
        seen.disk.value.as_mut().unwrap().free = free;
        seen.errors.as_mut().unwrap().value.as_mut().unwrap().count = errors;
        let mut silent = seen.clone();
        silent.state = Some(Reading::seen(StateSeen { written_at: now(), claims: Claims::default() }, now()));
        seen.state = Some(Reading::seen(StateSeen { written_at: now(), claims }, now()));
        let with_claims = verdict(&profile(), &seen);
        let without = verdict(&profile(), &silent);
        prop_assert!(with_claims.light >= without.light, "{} < {}", with_claims.summary, without.summary);
        for signal in with_claims.signals.iter().filter(|signal| signal.source == Source::Measured) {
            prop_assert!(signal.value.is_none_or(f64::is_finite));
        }
        let worst = with_claims.signals.iter().map(|signal| signal.level).filter(|l| *l != Level::Unknown).max().unwrap();
        prop_assert!(with_claims.light >= worst);
    }
}

#[test]
fn a_module_that_says_it_never_failed_is_held_against_the_log() {
    let logged = |module: &str, ago: TimeDelta| {
        let mut seen = healthy();
        let by_module = vec![ModuleErrors {
            module: module.into(),
            count: 1,
            last_at: Some(now() - ago),
            last_message: "division by zero".into(),
        }];
        let last_record_at = Some(now());
        seen.errors = Some(Reading::seen(
            ErrorTally { count: 1, by_module, last_record_at, ..ErrorTally::default() },
            now(),
        ));
        verdict(&profile(), &seen)
    };
    let found = logged("Meta-Learning Analysis", TimeDelta::hours(1));
    assert_eq!(found.light, Level::Yellow, "{}", found.summary);
    assert!(found.contradictions[0].contains("Meta-Learning Analysis"), "{:?}", found.contradictions);
    // Logged just before the statement, after it, before the process started, or by one who claims nothing.
    for (module, ago) in [
        ("Meta-Learning Analysis", TimeDelta::seconds(30)),
        ("Meta-Learning Analysis", TimeDelta::seconds(5)),
        ("Meta-Learning Analysis", TimeDelta::days(3)),
        ("EcosystemIntegration", TimeDelta::hours(1)),
    ] {
        let found = logged(module, ago);
        assert_eq!(found.light, Level::Green, "{module} {ago}: {}", found.summary);
    }
}

#[test]
fn backups_grow_old_fail_and_lose_files() {
    let ago = |hours: i64| now() - TimeDelta::hours(hours);
    let seen = |change: &dyn Fn(&mut BackupsSeen)| {
        let mut backups = BackupsSeen {
            newest: Some((ago(5), "daily-20251216-020000".into())),
            full: Some((ago(50), "weekly-20251214-200000".into())),
            drilled: Some((ago(300), 12.0)),
            ..BackupsSeen::default()
        };
        change(&mut backups);
        let mut seen = healthy();
        seen.backups = Some(backups);
        let mut profile = profile();
        let hours = |yellow: f64, red: Option<f64>| Bands {
            yellow: Some(yellow * 3_600.0),
            red: red.map(|red| red * 3_600.0),
            margin: 0.1,
        };
        profile.bands.insert(SignalId::BackupDaily, hours(26.0, Some(72.0)));
        profile.bands.insert(SignalId::BackupWeekly, hours(192.0, None));
        verdict(&profile, &seen)
    };
    let well = seen(&|_| {});
    assert_eq!(well.light, Level::Green, "{}", well.summary);
    assert_eq!(
        level(&seen(&|b| b.newest = Some((ago(27), "x".into()))), SignalId::BackupDaily),
        Level::Yellow
    );
    assert_eq!(level(&seen(&|b| b.newest = Some((ago(80), "x".into()))), SignalId::BackupDaily), Level::Red);
    assert_eq!(
        level(&seen(&|b| b.full = Some((ago(200), "x".into()))), SignalId::BackupWeekly),
        Level::Yellow
    );
    let failed = seen(&|b| b.problem = Some("the disk is full".into()));
    assert!(failed.summary.contains("The last backup failed: the disk is full"), "{}", failed.summary);
    assert_eq!(seen(&|b| b.losses = 2).light, Level::Yellow);
    assert_eq!(seen(&|b| b.damaged = Some("weekly-20251214-200000".into())).light, Level::Yellow);
    // A drill that failed counts until another one is good.
    let why = "the verification program failed (exit status: 1): module 7 is broken";
    let failed =
        |at| seen(&|b| b.drill_failed = Some((ago(at), "weekly-20251214-200000".into(), why.into())));
    assert_eq!((failed(1).light, level(&failed(1), SignalId::BackupDrill)), (Level::Yellow, Level::Yellow));
    assert!(failed(1).summary.contains("module 7 is broken"), "{}", failed(1).summary);
    assert_eq!(failed(301).light, Level::Green);
    // The second place may be missing for a while.
    assert_eq!(seen(&|b| b.copied = Some(Some(ago(70)))).light, Level::Green);
    assert_eq!(seen(&|b| b.copied = Some(Some(ago(80)))).light, Level::Yellow);
    assert_eq!(seen(&|b| b.copied = Some(None)).light, Level::Green);
    // None yet, never drilled, or made in the future: grey, and the light is not.
    let none = seen(&|b| b.newest = None);
    assert_eq!((none.light, level(&none, SignalId::BackupDaily)), (Level::Green, Level::Unknown));
    let future = seen(&|b| b.newest = Some((ago(-5), "x".into())));
    assert_eq!((future.light, level(&future, SignalId::BackupDaily)), (Level::Green, Level::Unknown));
    assert!(verdict(&profile(), &healthy()).signals.iter().all(|signal| signal.id != SignalId::BackupDaily));
}
