//! Whether the data can be read as what it is: every JSON file, every line of a JSON log, every database, to its end.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;
use std::time::{Duration, Instant as Stopwatch};

use serde::Serialize;
use serde::de::IgnoredAny;

use super::places::{Tree, open_file};
use super::visit::visit;
use crate::database::{MAGIC, Wholeness, wholeness};
use crate::error::Result;
use crate::profile::Profile;
use crate::program::clean;
use crate::progress::Progress;

/// How long a database's writer is waited for.
const WRITER: Duration = Duration::from_secs(2);
/// Of a longer JSON file nobody can say in time whether it is whole.
const LONGEST: u64 = 256 << 20;
/// Broken files that are named.
const MOST: usize = 100;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Soundness {
    /// JSON files, JSON logs and databases that were read to their end.
    pub read: u64,
    /// Those that cannot be read as what they are, and why; a hundred at most.
    pub broken: Vec<String>,
    /// How many more of them there are.
    pub more: u64,
    /// What could not be looked at, and why.
    pub unknown: Vec<String>,
}

impl Soundness {
    /// In one sentence.
    pub fn says(&self) -> String {
        let broken = self.broken.len() as u64 + self.more;
        let unknown = match self.unknown.len() {
            0 => String::new(),
            1 => " One could not be looked at.".into(),
            many => format!(" {many} could not be looked at."),
        };
        match broken {
            0 => format!("{} JSON files and databases are whole.{unknown}", self.read),
            1 => format!("One of {} JSON files and databases is broken.{unknown}", self.read + 1),
            many => format!("{many} of {} JSON files and databases are broken.{unknown}", self.read + many),
        }
    }
}

/// Reads all of them below the data folder of `profile`; stops after `patience` and says so.
///
/// # Errors
/// When the ecosystem's folder cannot be opened, or it was cancelled.
pub fn soundness(profile: &Profile, patience: Duration, progress: &dyn Progress) -> Result<Soundness> {
    let tree = Tree::open(&profile.root)?;
    let top = profile.data_dir.strip_prefix(&profile.root).map(Path::to_owned).unwrap_or_default();
    let begun = Stopwatch::now();
    let mut found = Soundness::default();
    let mut lost: Vec<String> = Vec::new();
    let mut late = false;
    progress.step("Reading the data");
    visit(
        &tree,
        &top,
        &mut |seen| {
            progress.go_on()?;
            late |= begun.elapsed() > patience;
            if late || !seen.sight.is_file() {
                return Ok(());
            }
            let Some(name) = seen.name.to_str() else { return Ok(()) };
            match open_file(seen.folder, name) {
                Ok((file, sight)) => found.take(seen.path, file, sight.size, &profile.root),
                Err(errno) => lost.push(format!("{}: {}", seen.path.display(), std::io::Error::from(errno))),
            }
            Ok(())
        },
        &mut |_, _| {},
    )?;
    if late {
        lost.push(format!("what was left after {} s", patience.as_secs()));
    }
    found.unknown.extend(lost);
    Ok(found)
}

impl Soundness {
    fn take(&mut self, path: &Path, mut file: File, size: u64, root: &Path) {
        let ending = path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_lowercase();
        let mut magic = [0; MAGIC.len()];
        let is_database = file.read_exact(&mut magic).is_ok() && &magic == MAGIC;
        let judged = match ending.as_str() {
            _ if is_database => match wholeness(&root.join(path), WRITER) {
                Wholeness::Whole => Ok(()),
                Wholeness::Broken(why) => Err(why),
                Wholeness::Unknown(why) => {
                    self.unknown.push(format!("{}: {}", path.display(), clean(&why, 200)));
                    return;
                }
            },
            "db" | "sqlite" | "sqlite3" if size > 0 => Err("does not begin as a database does".to_owned()),
            "json" if size > LONGEST => {
                self.unknown.push(format!("{}: is longer than 256 MB", path.display()));
                return;
            }
            "json" => file.rewind().map_err(|error| error.to_string()).and_then(|()| json(file)),
            "jsonl" | "ndjson" => {
                file.rewind().map_err(|error| error.to_string()).and_then(|()| json_lines(file))
            }
            _ => return,
        };
        match judged {
            Ok(()) => self.read += 1,
            Err(_) if self.broken.len() >= MOST => self.more += 1,
            Err(why) => self.broken.push(format!("{}: {}", path.display(), clean(&why, 200))),
        }
    }
}

fn json(file: File) -> Result<(), String> {
    // Whoever writes it in place is met half-way now and then: what counts is what is wrong for longer.
    let mut reader = BufReader::new(file);
    match serde_json::from_reader::<_, IgnoredAny>(&mut reader) {
        Ok(_) => Ok(()),
        Err(_) => {
            std::thread::sleep(Duration::from_millis(50));
            let mut file = reader.into_inner();
            file.rewind().map_err(|error| error.to_string())?;
            serde_json::from_reader::<_, IgnoredAny>(BufReader::new(file))
                .map(|_| ())
                .map_err(|error| error.to_string())
        }
    }
}

fn json_lines(file: File) -> Result<(), String> {
    let mut line = Vec::new();
    let mut reader = BufReader::new(file);
    for number in 1_u64.. {
        line.clear();
        let read =
            reader.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
        // A last line without its end is being written.
        if read == 0 || line.last() != Some(&b'\n') {
            return Ok(());
        }
        if !line.trim_ascii().is_empty()
            && let Err(error) = serde_json::from_slice::<IgnoredAny>(&line)
        {
            return Err(format!("line {number}: {error}"));
        }
    }
    Ok(())
}
