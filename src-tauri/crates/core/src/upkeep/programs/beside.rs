//! A program's figures beside those of the last run, of the baseline, the targets, and what was measured. Pure.

use serde::Serialize;

use super::claims::{ProgramClaims, ProgramFigure};
use crate::judge::words;
use crate::profile::{Target, number_with_unit};
use crate::signal::{SignalId, Unit, Worse};

/// A figure that a program claims, and what there is to compare it with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProgramFigureShown {
    /// The figure.
    #[serde(flatten)]
    pub figure: ProgramFigure,
    /// What it should be: `< 30 %`.
    pub target: Option<String>,
    /// Whether it is; `None` where there is no target, or its unit is another one.
    pub met: Option<bool>,
    /// The same figure of the last run, in the same unit.
    pub before: Option<f64>,
    /// The same of the baseline.
    pub baseline: Option<f64>,
    /// The signal that is about the same.
    pub signal: Option<SignalId>,
    /// What was measured of it lately, in the signal's unit.
    pub measured: Option<f64>,
    /// Why the measurement refutes it, in words.
    pub refuted: Option<String>,
}

/// A value in a unit that can be compared.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Size {
    Percent(f64),
    Bytes(f64),
    Milliseconds(f64),
    Plain(f64),
}

/// Puts the figures of `claims` beside all that there is to compare them with.
pub fn beside(
    claims: &ProgramClaims,
    targets: &[Target],
    before: Option<&ProgramClaims>,
    baseline: Option<&ProgramClaims>,
    measured: impl Fn(SignalId) -> Option<f64>,
) -> Vec<ProgramFigureShown> {
    let shown = |figure: &ProgramFigure| {
        let target = targets.iter().find(|target| is_about(&figure.key, &target.figure));
        let signal = signal_of(figure);
        let seen = signal.and_then(&measured);
        ProgramFigureShown {
            target: target.map(Target::says),
            met: target.and_then(|target| is_met(figure, target)),
            before: before.and_then(|then| same(then, figure)),
            baseline: baseline.and_then(|then| same(then, figure)),
            signal,
            measured: seen,
            refuted: signal.zip(seen).and_then(|(signal, seen)| refuted(figure, signal, seen)),
            figure: figure.clone(),
        }
    };
    claims.figures.iter().map(shown).collect()
}

/// Whether every figure is what it was: what is measured never is, to the last digit.
pub fn are_constants(claims: &ProgramClaims, before: &ProgramClaims) -> bool {
    const FEW: usize = 3;
    let all = claims.figures.len();
    all >= FEW
        && claims.figures == before.figures
        && claims.figures.iter().any(|one| one.value.fract() != 0.0)
}

/// The same figure of another time, in the unit of this one.
fn same(then: &ProgramClaims, figure: &ProgramFigure) -> Option<f64> {
    let other = then.figures.iter().find(|other| other.key == figure.key)?;
    if other.unit == figure.unit {
        return Some(other.value);
    }
    // 900 MB then and 1.1 GB now.
    let (now, then) = (size(figure.value, &figure.unit), size(other.value, &other.unit));
    let share = match (now, then) {
        (Size::Bytes(now), Size::Bytes(then)) | (Size::Milliseconds(now), Size::Milliseconds(then)) => {
            then / now
        }
        _ => return None,
    };
    Some(share * figure.value).filter(|value| value.is_finite())
}

/// Whether a figure's name holds all words of a target.
fn is_about(key: &str, words: &str) -> bool {
    let mut own = key.split(|c: char| !c.is_alphanumeric());
    words.split_whitespace().all(|word| own.clone().any(|own| own == word)) && own.next().is_some()
}

fn is_met(figure: &ProgramFigure, target: &Target) -> Option<bool> {
    let (value, bound) = match (size(figure.value, &figure.unit), size(target.bound, &target.unit)) {
        (Size::Percent(value), Size::Percent(bound))
        | (Size::Bytes(value), Size::Bytes(bound))
        | (Size::Milliseconds(value), Size::Milliseconds(bound)) => (value, bound),
        // `Success Rate: 97.2`: where nothing is said, the target's unit is meant, but never bytes or times of an unknown size.
        (Size::Plain(value), Size::Plain(bound) | Size::Percent(bound)) => (value, bound),
        _ => return None,
    };
    Some(if target.more { value > bound } else { value < bound })
}

fn size(value: f64, unit: &str) -> Size {
    match unit.trim_end_matches('.') {
        "%" | "percent" | "pct" => Size::Percent(value),
        "b" | "byte" | "bytes" => Size::Bytes(value),
        "kb" | "k" => Size::Bytes(value * 1e3),
        "mb" | "m" => Size::Bytes(value * 1e6),
        "gb" | "g" => Size::Bytes(value * 1e9),
        "tb" => Size::Bytes(value * 1e12),
        "kib" => Size::Bytes(value * 1024.0),
        "mib" => Size::Bytes(value * 1_048_576.0),
        "gib" => Size::Bytes(value * 1_073_741_824.0),
        "us" | "µs" | "μs" => Size::Milliseconds(value / 1e3),
        "ms" | "millisecond" | "milliseconds" => Size::Milliseconds(value),
        "s" | "sec" | "second" | "seconds" => Size::Milliseconds(value * 1e3),
        "min" | "minute" | "minutes" => Size::Milliseconds(value * 6e4),
        _ => Size::Plain(value),
    }
}

/// The signal that a figure is about.
pub(super) fn signal_of(figure: &ProgramFigure) -> Option<SignalId> {
    let has = |words: &str| is_about(&figure.key, words);
    let machine = has("system") || has("machine") || has("host");
    let kind = size(figure.value, &figure.unit);
    let is = |unit: Unit| {
        matches!(
            (unit, kind),
            (Unit::Percent, Size::Percent(_))
                | (Unit::Bytes, Size::Bytes(_))
                | (Unit::Milliseconds, Size::Milliseconds(_))
                | (Unit::Count | Unit::Percent, Size::Plain(_))
        )
    };
    let signal = if has("cpu") {
        if machine { SignalId::MachineCpu } else { SignalId::ProcessCpu }
    } else if has("memory") {
        match kind {
            Size::Percent(_) => SignalId::MachineMemory,
            _ => SignalId::ProcessMemory,
        }
    } else if has("error rate") {
        SignalId::ErrorsRate
    } else if has("errors") {
        SignalId::LogsErrors24h
    } else if has("execution time") {
        SignalId::ExecutionTime
    } else if has("success") {
        SignalId::SuccessRate
    } else if has("efficiency") {
        SignalId::EfficiencyScore
    } else {
        return None;
    };
    is(signal.unit()).then_some(signal)
}

/// Why what was measured cannot be what is claimed.
fn refuted(figure: &ProgramFigure, signal: SignalId, seen: f64) -> Option<String> {
    let says = match (size(figure.value, &figure.unit), signal.unit()) {
        (Size::Percent(says), Unit::Percent) | (Size::Bytes(says), Unit::Bytes) => says,
        (Size::Plain(says), Unit::Count | Unit::Percent) => says,
        (Size::Milliseconds(says), Unit::Milliseconds) => says,
        _ => return None,
    };
    // Both are means of different times: only what is worse by far is no matter of that.
    let far = match signal {
        SignalId::ProcessCpu | SignalId::MachineCpu | SignalId::MachineMemory => 15.0,
        SignalId::ProcessMemory => 512e6,
        SignalId::LogsErrors24h => 5.0,
        // The ecosystem's own words again: one claim refutes no other.
        _ => return None,
    };
    let worse = match signal.worse() {
        Worse::Higher => seen - says,
        Worse::Lower => says - seen,
    };
    (worse >= far && seen >= says * 1.5).then(|| {
        let says = number_with_unit(figure.value, &figure.unit);
        let seen = words::value(seen, signal.unit());
        format!("It says {} is {says}, but {seen} were measured.", figure.label)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, target: &str, before: &str, measured: Option<f64>) -> ProgramFigureShown {
        let targets = [Target::parse(target).unwrap()];
        let then = ProgramClaims::of(before);
        beside(&ProgramClaims::of(text), &targets, Some(&then), None, |_| measured).remove(0)
    }

    #[test]
    fn targets_are_held_in_their_own_units() {
        for (text, target, met) in [
            ("CPU Usage: 15.5%", "cpu < 30 %", Some(true)),
            ("Average CPU: 30 %", "cpu < 30 %", Some(false)),
            ("Memory Usage: 3900 MB", "memory < 4 GB", Some(true)),
            ("Memory Usage: 4.1 GB", "memory < 4 GB", Some(false)),
            ("Memory Usage: 12%", "memory < 4 GB", None),
            ("Average Execution Time: 0.02 s", "execution time < 10 ms", Some(false)),
            ("Execution Time: 4.2 ms", "execution time < 10 ms", Some(true)),
            ("Execution Time: 4.2", "execution time < 10 ms", None),
            ("Success Rate: 97.2", "success > 95 %", Some(true)),
            ("Items: 12", "items > 20", Some(false)),
            ("Unsuccessful: 3", "success > 95 %", None),
        ] {
            assert_eq!(shown(text, target, "", None).met, met, "{text} {target}");
        }
    }

    #[test]
    fn the_last_run_and_the_measurement_stand_beside() {
        let one = shown("Memory Usage: 1.0 GB", "memory < 4 GB", "Memory usage: 900 MB", Some(5e9));
        assert!((one.before.unwrap() - 0.9).abs() < 1e-9);
        assert_eq!(one.signal, Some(SignalId::ProcessMemory));
        assert_eq!(one.refuted.as_deref(), Some("It says Memory Usage is 1 GB, but 5 GB were measured."));
        let cpu = |measured| shown("CPU Usage: 12 %", "cpu < 30 %", "", Some(measured)).refuted;
        assert_eq!(cpu(60.0).as_deref(), Some("It says CPU Usage is 12 %, but 60 % were measured."));
        assert_eq!(cpu(20.0), None);
        assert_eq!(cpu(1.0), None, "better than it says");
        assert_eq!(shown("Success Rate: 99 %", "success > 95 %", "", Some(50.0)).refuted, None);
        assert!(shown("Errors: 0", "errors < 5", "", Some(12.0)).refuted.is_some());
    }

    #[test]
    fn figures_that_never_change_are_constants() {
        let of = ProgramClaims::of;
        let text = "CPU: 15.5 %\nMemory: 2.1 GB\nTime: 4.2 ms\n";
        assert!(are_constants(&of(text), &of(text)));
        assert!(!are_constants(&of(text), &of("CPU: 15.6 %\nMemory: 2.1 GB\nTime: 4.2 ms\n")));
        assert!(
            !are_constants(&of("a: 1\nb: 2\nc: 3"), &of("a: 1\nb: 2\nc: 3")),
            "whole numbers may well stay"
        );
    }
}
