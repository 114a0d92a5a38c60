//! What a backup is called: its kind and the second it was begun, never a path.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

/// Every archive and folder of ours begins with this word, as those of the manual do.
pub const PREFIX: &str = "ecosystem";

/// Why a backup was made, and how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "BackupKind"))]
pub enum Kind {
    /// What changed since the one before, every day.
    Daily,
    /// Everything, on Sundays.
    Weekly,
    /// Everything, on the first Sunday of a month.
    Monthly,
    /// Everything, because somebody asked.
    Manual,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Daily, Self::Weekly, Self::Monthly, Self::Manual];

    /// The word in names.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Manual => "manual",
        }
    }

    /// The folder of its archives, below the folder of all backups.
    pub fn folder(self) -> String {
        format!("{PREFIX}-{}", self.word())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A backup's name: `weekly-20251214-200000`, local wall time; a second one of the same second ends in `-2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArchiveId {
    stamp: NaiveDateTime,
    kind: Kind,
    counter: u16,
}

impl ArchiveId {
    /// The name of a backup begun at `local`; `counter` tells those of one second apart, from 1 on.
    pub fn new(kind: Kind, local: NaiveDateTime, counter: u16) -> Self {
        use chrono::Timelike;
        let stamp = local.with_nanosecond(0).unwrap_or(local);
        Self { stamp, kind, counter: counter.max(1) }
    }

    /// Its kind.
    pub fn kind(self) -> Kind {
        self.kind
    }

    /// The local wall time in the name.
    pub fn stamp(self) -> NaiveDateTime {
        self.stamp
    }

    /// The archive's file name.
    pub fn file_name(self) -> String {
        format!("{PREFIX}-{self}.tar.gz")
    }

    /// The name of the manifest beside it.
    pub fn manifest_name(self) -> String {
        format!("{PREFIX}-{self}.manifest")
    }

    /// The name that a file name holds; `None` where it is not one of ours.
    pub fn of_file(name: &str) -> Option<Self> {
        name.strip_prefix(PREFIX)?.strip_prefix('-')?.strip_suffix(".tar.gz")?.parse().ok()
    }
}

impl fmt::Display for ArchiveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.kind, self.stamp.format("%Y%m%d-%H%M%S"))?;
        if self.counter > 1 { write!(f, "-{}", self.counter) } else { Ok(()) }
    }
}

/// A text that names no backup.
#[derive(Debug, PartialEq, Eq)]
pub struct NoId;

impl FromStr for ArchiveId {
    type Err = NoId;

    /// Reads exactly what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, NoId> {
        let (word, rest) = text.split_once('-').ok_or(NoId)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or(NoId)?;
        let mut parts = rest.split('-');
        let (date, time) = (parts.next().ok_or(NoId)?, parts.next().ok_or(NoId)?);
        let counter: u16 = parts.next().map_or(Ok(1), str::parse).map_err(|_| NoId)?;
        let number = |text: &str| -> Result<u32, NoId> { text.parse().map_err(|_| NoId) };
        let all_digits =
            |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(date, 8) || !all_digits(time, 6) || parts.next().is_some() {
            return Err(NoId);
        }
        let year: i32 = date[..4].parse().map_err(|_| NoId)?;
        let stamp = NaiveDate::from_ymd_opt(year, number(&date[4..6])?, number(&date[6..])?)
            .and_then(|day| {
                day.and_hms_opt(number(&time[..2]).ok()?, number(&time[2..4]).ok()?, number(&time[4..]).ok()?)
            })
            .ok_or(NoId)?;
        let id = Self { stamp, kind, counter };
        // `-01`, `-1`, `+2`: one name, one spelling.
        if id.to_string() == text { Ok(id) } else { Err(NoId) }
    }
}

impl Serialize for ArchiveId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ArchiveId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|NoId| serde::de::Error::custom("is no name of a backup"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written_and_nothing_else_is_one() {
        for text in ["weekly-20251214-200000", "daily-20260229-000000", "manual-20251214-235959-65535"] {
            match text.parse::<ArchiveId>() {
                Ok(id) => assert_eq!(id.to_string(), text),
                // 2026 is no leap year.
                Err(NoId) => assert!(text.contains("0229"), "{text}"),
            }
        }
        for text in [
            "",
            "-",
            "weekly",
            "weekly-20251214",
            "weekly-20251314-200000",
            "weekly-20251214-250000",
            "weekly-20251214-200000-1",
            "weekly-20251214-200000-02",
            "weekly-20251214-200000-x",
            "weekly-20251214-200000-2-3",
            "yearly-20251214-200000",
            "weekly-2025121４-200000",
            "../weekly-20251214-200000",
            "weekly-20251214-200000/..",
            "weekly-20251214-200000-70000",
            "weekly-+0251214-200000",
        ] {
            assert_eq!(text.parse::<ArchiveId>(), Err(NoId), "{text}");
        }
        let id: ArchiveId = "weekly-20251214-200000".parse().unwrap();
        assert_eq!(ArchiveId::of_file(&id.file_name()), Some(id));
        assert_eq!(ArchiveId::of_file("ecosystem-weekly-20251214.tar.gz"), None);
    }
}
