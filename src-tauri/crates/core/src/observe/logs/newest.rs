//! The time of the newest record in the last part of a log.

use super::grammar::{is_time, json_time};
use super::json::fields;
use super::stamp::{Millis, Stamps, instant};
use crate::clock::{Instant, Zone};

/// The newest time of a record in `tail`, the last bytes of a log; its first line may be cut. `None` where no line has one.
///
/// Understands the usual time at the head of a line, and lines of JSON.
pub fn newest_time(tail: &[u8], zone: Zone) -> Option<Instant> {
    let mut stamps = Stamps::new(zone);
    let times = tail.split(|byte| *byte == b'\n').filter_map(|line| time_of(line, &mut stamps));
    times.max().and_then(instant)
}

fn time_of(line: &[u8], stamps: &mut Stamps) -> Option<Millis> {
    let line = line.strip_prefix(b"[").unwrap_or(line);
    if line.first() != Some(&b'{') {
        return stamps.read(line)?.0;
    }
    let mut found = None;
    fields(line, |key, value| {
        if found.is_none() && is_time(key) {
            found = json_time(value, stamps);
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_record_counts_wherever_it_stands() {
        let zone = Zone::Fixed(chrono::FixedOffset::east_opt(0).unwrap());
        let newest = |tail: &[u8]| newest_time(tail, zone).map(|at| at.format("%FT%T").to_string());
        let text =
            b"5-12-15 cut\n2025-12-16 03:00:01,123 - X - INFO - a\nTraceback\n2025-12-15 01:00:00 - b\n";
        assert_eq!(newest(text).as_deref(), Some("2025-12-16T03:00:01"));
        let json =
            b"{\"level\":\"INFO\",\"timestamp\":\"2025-12-16T04:00:00\"}\n{\"ts\":1700000000}\n{\"a\":1";
        assert_eq!(newest(json).as_deref(), Some("2025-12-16T04:00:00"));
        assert_eq!(newest(b"[2025-12-16 05:00:00] x").as_deref(), Some("2025-12-16T05:00:00"));
        for nothing in [&b""[..], b"\0\0\0", b"no time at all\n", b"2025-13-16 05:00:00", b"{\"time\":{}}"] {
            assert_eq!(newest(nothing), None);
        }
    }
}
