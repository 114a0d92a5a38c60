//! A value held against its thresholds, with hysteresis.

use crate::profile::Bands;
use crate::signal::{Level, Worse};

/// The level of `value`: yellow from the yellow threshold on, red beyond the red one.
///
/// A level that was reached (`before`) clears only when the value is better than its threshold by the margin, so
/// that a value at the threshold does not flicker. A value that is no number is unknown.
pub fn level(bands: &Bands, worse: Worse, value: f64, before: Option<Level>) -> Level {
    if !value.is_finite() {
        return Level::Unknown;
    }
    // Seen with larger as worse; for “smaller is worse” everything is mirrored.
    let (value, sign) = match worse {
        Worse::Higher => (value, 1.0),
        Worse::Lower => (-value, -1.0),
    };
    let clears_at = |threshold: f64| threshold * sign - (threshold * bands.margin).abs();
    let held = |reached: Level| before.is_some_and(|before| before >= reached && before != Level::Unknown);
    let red = bands.red.is_some_and(|red| value > red * sign || (held(Level::Red) && value > clears_at(red)));
    let yellow = bands
        .yellow
        .is_some_and(|yellow| value >= yellow * sign || (held(Level::Yellow) && value > clears_at(yellow)));
    match (red, yellow) {
        (true, _) => Level::Red,
        (false, true) => Level::Yellow,
        (false, false) => Level::Green,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CPU: Bands = Bands { yellow: Some(30.0), red: Some(50.0), margin: 0.1 };
    const DISK: Bands = Bands { yellow: Some(10.0), red: Some(5.0), margin: 0.1 };

    #[test]
    fn edges_are_those_of_the_manual() {
        let cpu = |value| level(&CPU, Worse::Higher, value, None);
        assert_eq!(
            [29.9, 30.0, 50.0, 50.1].map(cpu),
            [Level::Green, Level::Yellow, Level::Yellow, Level::Red]
        );
        let disk = |value| level(&DISK, Worse::Lower, value, None);
        assert_eq!(
            [10.1, 10.0, 5.0, 4.9].map(disk),
            [Level::Green, Level::Yellow, Level::Yellow, Level::Red]
        );
        let errors = Bands { yellow: Some(5.0), red: Some(20.0), margin: 0.1 };
        let errors = |value| level(&errors, Worse::Higher, value, None);
        assert_eq!(
            [4.0, 5.0, 20.0, 21.0].map(errors),
            [Level::Green, Level::Yellow, Level::Yellow, Level::Red]
        );
    }

    #[test]
    fn raised_at_fifty_clears_at_forty_five() {
        let cpu = |value| level(&CPU, Worse::Higher, value, Some(Level::Red));
        assert_eq!([49.0, 45.1, 45.0].map(cpu), [Level::Red, Level::Red, Level::Yellow]);
        let disk = |value| level(&DISK, Worse::Lower, value, Some(Level::Red));
        assert_eq!(
            [5.0, 5.4, 5.5, 10.9, 11.0].map(disk),
            [Level::Red, Level::Red, Level::Yellow, Level::Yellow, Level::Green]
        );
    }

    #[test]
    fn unknown_before_holds_nothing() {
        assert_eq!(level(&CPU, Worse::Higher, 29.0, Some(Level::Unknown)), Level::Green);
    }

    #[test]
    fn no_number_is_unknown() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(level(&CPU, Worse::Higher, value, None), Level::Unknown);
        }
    }

    fn before() -> impl Strategy<Value = Option<Level>> {
        prop::sample::select(vec![
            None,
            Some(Level::Green),
            Some(Level::Unknown),
            Some(Level::Yellow),
            Some(Level::Red),
        ])
    }

    proptest! {
        #[test]
        fn worse_values_never_get_better_levels(a in -1e12..1e12f64, b in -1e12..1e12f64, before in before()) {
            let (low, high) = if a <= b { (a, b) } else { (b, a) };
            prop_assert!(level(&CPU, Worse::Higher, low, before) <= level(&CPU, Worse::Higher, high, before));
            prop_assert!(level(&DISK, Worse::Lower, low, before) >= level(&DISK, Worse::Lower, high, before));
        }

        #[test]
        fn within_the_margin_nothing_flickers(values in prop::collection::vec(45.01..50.0f64, 1..50)) {
            let mut now = level(&CPU, Worse::Higher, 51.0, None);
            for value in values {
                now = level(&CPU, Worse::Higher, value, Some(now));
                prop_assert_eq!(now, Level::Red);
            }
        }
    }
}
