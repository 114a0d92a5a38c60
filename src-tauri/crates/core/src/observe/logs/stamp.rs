//! Times at the head of a record, read by hand: a log holds millions of them.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use crate::clock::{Instant, Zone};

/// Milliseconds since 1970 in UTC: what a time is while records are counted.
pub(super) type Millis = i64;

/// Turns milliseconds into an instant; `None` beyond what a calendar holds.
pub(super) fn instant(at: Millis) -> Option<Instant> {
    DateTime::from_timestamp_millis(at)
}

/// Reads times and remembers the last ten minutes of wall time that it looked up in the zone.
#[derive(Debug, Clone)]
pub(super) struct Stamps {
    zone: Zone,
    /// `YYYY-MM-DD HH:M` of the last look-up, and where those ten minutes begin.
    key: [u8; 15],
    begin: Option<Millis>,
}

impl Stamps {
    pub(super) fn new(zone: Zone) -> Self {
        Self { zone, key: [0; 15], begin: None }
    }

    /// Reads `YYYY-MM-DD HH:MM:SS` with an optional fraction and an optional offset from the head of `text`.
    ///
    /// Gives the time and how many bytes it took; the time is `None` where the shape is right but there
    /// is no such moment (month 13).
    pub(super) fn read(&mut self, text: &[u8]) -> Option<(Option<Millis>, usize)> {
        let head = text.first_chunk::<19>()?;
        if !has_shape(head) {
            return None;
        }
        let mut used = 19;
        let mut millis = 0;
        if let Some(b'.' | b',') = text.get(used) {
            let digits = text[used + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
            for place in 0..3 {
                let digit = if place < digits { text[used + 1 + place] - b'0' } else { 0 };
                millis = millis * 10 + i64::from(digit);
            }
            used += 1 + digits;
        }
        let (offset, length) = offset(&text[used..]);
        used += length;
        let at = match offset {
            Some(seconds) => wall(head).map(|w| w.and_utc().timestamp_millis() - i64::from(seconds) * 1000),
            None => self.local(head),
        };
        Some((at.map(|at| at + millis), used))
    }

    /// The instant of a wall time without an offset.
    fn local(&mut self, head: &[u8; 19]) -> Option<Millis> {
        let (minute, second) = (i64::from(head[15] - b'0'), i64::from(two(head, 17)));
        if second > 60 {
            return None;
        }
        // Zones change at full ten minutes, so within them wall time and real time run alike.
        if self.key != head[..15] || self.begin.is_none() {
            let mut first = *head;
            first[15..].copy_from_slice(b"0:00");
            self.begin = wall(&first).and_then(|w| self.zone.instant(w)).map(|t| t.timestamp_millis());
            self.key.copy_from_slice(&head[..15]);
        }
        self.begin.map(|begin| begin + (minute * 60 + second) * 1000)
    }

    /// Reads a number of seconds or milliseconds since 1970.
    pub(super) fn number(text: &[u8]) -> Option<Millis> {
        let value: f64 = std::str::from_utf8(text).ok()?.trim().parse().ok()?;
        if !(1e8..1e14).contains(&value) {
            return None;
        }
        // From 1e11 on it can only be milliseconds: as seconds that would be the year 5138.
        let millis = if value < 1e11 { value * 1000.0 } else { value };
        Some(millis as Millis)
    }

    /// Reads a time by a `strftime` format; one with an offset is honoured.
    pub(super) fn formatted(&self, text: &[u8], format: &str) -> Option<Millis> {
        let text = std::str::from_utf8(text).ok()?;
        if let Ok(at) = DateTime::parse_from_str(text, format) {
            return Some(at.timestamp_millis());
        }
        let wall = NaiveDateTime::parse_from_str(text, format).ok()?;
        self.zone.instant(wall).map(|t| t.timestamp_millis())
    }
}

/// Whether a line begins as a record does: with a date and a time.
pub(super) fn has_shape(head: &[u8; 19]) -> bool {
    head[4] == b'-'
        && head[7] == b'-'
        && (head[10] == b' ' || head[10] == b'T')
        && head[13] == b':'
        && head[16] == b':'
        && [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18].iter().all(|&i| head[i].is_ascii_digit())
}

fn two(text: &[u8; 19], at: usize) -> u32 {
    u32::from(text[at] - b'0') * 10 + u32::from(text[at + 1] - b'0')
}

fn wall(head: &[u8; 19]) -> Option<NaiveDateTime> {
    let year = i32::try_from(two(head, 0) * 100 + two(head, 2)).ok()?;
    // A leap second is counted as the one before it.
    let second = if two(head, 17) == 60 { 59 } else { two(head, 17) };
    NaiveDate::from_ymd_opt(year, two(head, 5), two(head, 8))?.and_hms_opt(
        two(head, 11),
        two(head, 14),
        second,
    )
}

/// Reads `Z`, `+02:00` or `+0200`: seconds east of UTC, and how many bytes it took.
fn offset(text: &[u8]) -> (Option<i32>, usize) {
    let sign = match text.first() {
        Some(b'Z') => return (Some(0), 1),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (None, 0),
    };
    let digit = |at: usize| text.get(at).filter(|b| b.is_ascii_digit()).map(|b| i32::from(b - b'0'));
    let minutes_at = if text.get(3) == Some(&b':') { 4 } else { 3 };
    let (Some(h1), Some(h2)) = (digit(1), digit(2)) else { return (None, 0) };
    let (Some(m1), Some(m2)) = (digit(minutes_at), digit(minutes_at + 1)) else { return (None, 0) };
    (Some(sign * ((h1 * 10 + h2) * 3600 + (m1 * 10 + m2) * 60)), minutes_at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::FixedOffset;

    fn read(text: &str) -> Option<(Option<String>, usize)> {
        let mut stamps = Stamps::new(Zone::Fixed(FixedOffset::east_opt(3600).unwrap()));
        let (at, used) = stamps.read(text.as_bytes())?;
        Some((at.and_then(instant).map(|t| t.format("%FT%T%.3f").to_string()), used))
    }

    #[test]
    fn reads_every_usual_way_to_write_a_time() {
        let utc = |t: &str| Some(t.to_owned());
        assert_eq!(read("2025-12-16 03:00:01,123 - X"), Some((utc("2025-12-16T02:00:01.123"), 23)));
        assert_eq!(read("2025-12-16T03:00:01.123456"), Some((utc("2025-12-16T02:00:01.123"), 26)));
        assert_eq!(read("2025-12-16T03:00:01"), Some((utc("2025-12-16T02:00:01.000"), 19)));
        assert_eq!(read("2025-12-16T03:00:01Z"), Some((utc("2025-12-16T03:00:01.000"), 20)));
        assert_eq!(read("2025-12-16T03:00:01.5-05:30"), Some((utc("2025-12-16T08:30:01.500"), 27)));
        assert_eq!(read("2025-12-16 03:00:01 - X"), Some((utc("2025-12-16T02:00:01.000"), 19)));
    }

    #[test]
    fn tells_no_time_from_an_impossible_one() {
        assert_eq!(read("Traceback (most recent call last):"), None);
        assert_eq!(read("2025-12-16"), None);
        assert_eq!(read("2025-13-16 03:00:01,123"), Some((None, 23)));
        assert_eq!(read("2025-12-16 25:00:01,123"), Some((None, 23)));
        assert_eq!(read("2025-12-16 23:00:61,123"), Some((None, 23)));
        assert_eq!(read("9999-12-31 23:59:59,999"), Some((Some("9999-12-31T22:59:59.999".into()), 23)));
    }

    #[test]
    fn goes_on_from_the_remembered_ten_minutes() {
        let mut stamps = Stamps::new(Zone::default());
        let one = |t: &str| Stamps::new(Zone::default()).read(t.as_bytes());
        for t in
            ["2025-03-30 01:59:59,9", "2025-03-30 02:00:00,0", "2025-03-30 02:09:59", "2025-03-30 03:10:00"]
        {
            assert_eq!(stamps.read(t.as_bytes()), one(t), "{t}");
        }
    }

    #[test]
    fn numbers_are_seconds_or_milliseconds() {
        assert_eq!(Stamps::number(b"1700000000.5"), Some(1_700_000_000_500));
        assert_eq!(Stamps::number(b"1700000000500"), Some(1_700_000_000_500));
        for bad in ["-1", "1e400", "18446744073709551616", "0", "nan", "x"] {
            assert_eq!(Stamps::number(bad.as_bytes()), None, "{bad}");
        }
    }
}
