//! Errors of the last 24 hours by minute and module, bounded in every direction.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::grammar::cut;
use super::stamp::{Millis, instant};
use crate::clock::Instant;
use crate::observe::{ErrorTally, ModuleErrors};

/// How far back errors count.
pub(super) const WINDOW: Millis = 24 * 3600 * 1000;
/// How far ahead of the machine's clock a record may be.
pub(super) const AHEAD: Millis = 10 * 60 * 1000;
/// Modules that are told apart.
const MODULES_MAX: usize = 500;
/// Pairs of minute and module that are told apart.
const CELLS_MAX: usize = 50_000;
/// Where the rest goes.
const OTHERS: &str = "other modules";
const MINUTE: Millis = 60_000;
/// Characters of a message that are kept; four bytes each at most.
const MESSAGE_CHARS: usize = 300;

/// The errors of one log within the window.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(super) struct Tally {
    cells: BTreeMap<(i64, u32), u32>,
    modules: BTreeMap<u32, Module>,
    ids: HashMap<Vec<u8>, u32>,
    next_id: u32,
    last: Option<Millis>,
    oddities: BTreeMap<Oddity, Seen>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Module {
    name: String,
    #[serde(skip)]
    count: u64,
    last: Millis,
    #[serde(with = "as_text")]
    message: Vec<u8>,
}

/// What kept records from being counted rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Oddity {
    /// Errors from the future.
    Future,
    /// Errors without a readable time that were appended while Caretaker watched: counted when they were read.
    UntimedCounted,
    /// Errors without a readable time in what was there before: not counted.
    UntimedLeftOut,
    /// Lines of a JSON log that are no objects.
    NotJson,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Seen {
    count: u64,
    at: Millis,
}

/// The form that is kept over a restart.
#[derive(Serialize, Deserialize)]
struct Stored {
    cells: Vec<(i64, u32, u32)>,
    modules: BTreeMap<u32, Module>,
    last: Option<Millis>,
    oddities: Vec<(Oddity, Seen)>,
}

impl Tally {
    /// Counts one error of `module` written at `at`.
    pub(super) fn add(&mut self, at: Millis, module: &[u8], message: &[u8]) {
        let minute = at.div_euclid(MINUTE);
        let mut id = self.id(module);
        if self.cells.len() >= CELLS_MAX && !self.cells.contains_key(&(minute, id)) {
            id = self.id(OTHERS.as_bytes());
        }
        let cell = self.cells.entry((minute, id)).or_default();
        *cell = cell.saturating_add(1);
        if let Some(module) = self.modules.get_mut(&id) {
            module.count += 1;
            if at >= module.last {
                module.last = at;
                module.message.clear();
                module.message.extend_from_slice(cut(message, MESSAGE_CHARS * 4));
            }
        }
    }

    fn id(&mut self, module: &[u8]) -> u32 {
        if let Some(id) = self.ids.get(module) {
            return *id;
        }
        let module = if self.modules.len() >= MODULES_MAX { OTHERS.as_bytes() } else { module };
        if let Some(id) = self.ids.get(module) {
            return *id;
        }
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        self.ids.insert(module.to_vec(), id);
        let name = String::from_utf8_lossy(module).into_owned();
        self.modules.insert(id, Module { name, last: Millis::MIN, ..Module::default() });
        id
    }

    /// Notes the newest record of any level; one from the future is not believed.
    pub(super) fn note_last(&mut self, last: Option<Millis>, now: Millis) {
        if let Some(last) = last.filter(|last| *last <= now + AHEAD) {
            self.last = self.last.max(Some(last));
        }
    }

    /// Whether no record of any level was ever understood.
    pub(super) fn understood_nothing(&self) -> bool {
        self.last.is_none() && self.oddities.is_empty()
    }

    /// Notes `count` records that could not be counted rightly.
    pub(super) fn note(&mut self, oddity: Oddity, count: u64, now: Millis) {
        if count > 0 {
            let seen = self.oddities.entry(oddity).or_insert(Seen { count: 0, at: now });
            seen.count += count;
            seen.at = now;
        }
    }

    /// Forgets what is older than the window, to the minute.
    pub(super) fn prune(&mut self, now: Millis) {
        self.oddities.retain(|_, seen| seen.at > now - WINDOW);
        let mut emptied = false;
        while let Some(cell) = self.cells.first_entry() {
            let (minute, id) = *cell.key();
            if (minute + 1) * MINUTE > now - WINDOW {
                break;
            }
            let count = u64::from(cell.remove());
            if let Some(module) = self.modules.get_mut(&id) {
                module.count = module.count.saturating_sub(count);
                emptied |= module.count == 0;
            }
        }
        if emptied {
            self.modules.retain(|_, module| module.count > 0);
            let modules = &self.modules;
            self.ids.retain(|_, id| modules.contains_key(id));
        }
    }

    /// Adds this log's errors to the tally over all logs.
    pub(super) fn add_to(&self, total: &mut Merged, log: &str) {
        for module in self.modules.values() {
            total.add(module);
        }
        total.last = total.last.max(self.last);
        for (oddity, seen) in &self.oddities {
            let (count, s) = (seen.count, if seen.count == 1 { "" } else { "s" });
            let gap = match oddity {
                Oddity::Future => {
                    total.hide(format!("{log}: {count} error{s} with a time in the future, not counted"));
                    continue;
                }
                Oddity::UntimedCounted => {
                    format!("{log}: {count} error{s} without a readable time, counted when they were read")
                }
                Oddity::UntimedLeftOut => {
                    format!("{log}: {count} older error{s} without a readable time, not counted")
                }
                Oddity::NotJson => format!("{log}: {count} line{s} that are not JSON, not counted"),
            };
            total.gaps.push(gap);
        }
    }
}

/// The errors of several logs put together.
#[derive(Debug, Default)]
pub(super) struct Merged {
    modules: BTreeMap<String, ModuleErrors>,
    last: Option<Millis>,
    /// What could not be read or counted.
    pub gaps: Vec<String>,
    /// Those of `gaps` that may hide errors of now.
    pub blind: Vec<String>,
}

impl Merged {
    /// Names a gap that may hide errors of now.
    pub(super) fn hide(&mut self, gap: String) {
        self.gaps.push(gap.clone());
        self.blind.push(gap);
    }

    fn add(&mut self, from: &Module) {
        let last_at = instant(from.last);
        match self.modules.get_mut(&from.name) {
            Some(into) => {
                into.count += from.count;
                if last_at >= into.last_at {
                    into.last_at = last_at;
                    into.last_message = shorten(&from.message);
                }
            }
            None => {
                let last_message = shorten(&from.message);
                let module = from.name.clone();
                self.modules.insert(
                    module.clone(),
                    ModuleErrors { module, count: from.count, last_at, last_message },
                );
            }
        }
    }

    /// The tally, worst module first.
    pub(super) fn finish(self) -> ErrorTally {
        let mut by_module: Vec<ModuleErrors> = self.modules.into_values().collect();
        sort(&mut by_module);
        ErrorTally {
            count: by_module.iter().map(|m| m.count).sum(),
            by_module,
            last_record_at: self.last.and_then(instant),
            gaps: self.gaps,
            blind: self.blind,
            after: None,
        }
    }
}

/// Sorts modules worst first, equals by name.
pub(super) fn sort(modules: &mut [ModuleErrors]) {
    modules.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.module.cmp(&b.module)));
}

/// A message as it is shown: as text, cut to 300 characters.
pub(super) fn shorten(message: &[u8]) -> String {
    String::from_utf8_lossy(message).trim_end().chars().take(MESSAGE_CHARS).collect()
}

/// Where an instant lies on the scale that records are counted on.
pub(super) fn millis(at: Instant) -> Millis {
    at.timestamp_millis()
}

impl From<Tally> for Stored {
    fn from(tally: Tally) -> Self {
        Self {
            cells: tally.cells.into_iter().map(|((minute, id), count)| (minute, id, count)).collect(),
            modules: tally.modules,
            last: tally.last,
            oddities: tally.oddities.into_iter().collect(),
        }
    }
}

impl From<Stored> for Tally {
    fn from(stored: Stored) -> Self {
        let mut modules = stored.modules;
        let mut cells = BTreeMap::new();
        for (minute, id, count) in stored.cells {
            if let Some(module) = modules.get_mut(&id) {
                module.count += u64::from(count);
                cells.insert((minute, id), count);
            }
        }
        modules.retain(|_, module| module.count > 0);
        let ids = modules.iter().map(|(id, module)| (module.name.clone().into_bytes(), *id)).collect();
        let next_id = modules.keys().next_back().map_or(0, |id| id.wrapping_add(1));
        Self {
            cells,
            modules,
            ids,
            next_id,
            last: stored.last,
            oddities: stored.oddities.into_iter().collect(),
        }
    }
}

/// Keeps a message as text: what is not UTF-8 in it is replaced.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&String::from_utf8_lossy(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        String::deserialize(from).map(String::into_bytes)
    }
}
