//! What a record of one log looks like: the level field decides, never the word "error" in a message.

use std::borrow::Cow;

use memchr::{memchr, memmem, memrchr};
use regex::bytes::Regex;

use super::json::{self, Raw};
use super::needles::{Needles, Search};
use super::stamp::{Millis, Stamps};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{LogFormat, LogSource};

/// Longest module name that is kept, in bytes.
const MODULE_MAX: usize = 120;

/// One error record, borrowed from the buffer it was read into.
#[derive(Debug)]
pub(super) struct Hit<'a> {
    /// When it was written; `None` where the record bears no readable time.
    pub at: Option<Millis>,
    /// The level as it is written; empty where the record has none.
    pub level: &'a [u8],
    /// The logger's name; may be empty.
    pub logger: Cow<'a, [u8]>,
    /// The module at fault; empty where neither the record nor its logger names one.
    pub module: Cow<'a, [u8]>,
    /// The message's first line.
    pub message: Cow<'a, [u8]>,
    /// What JSON records carry of a traceback.
    pub traceback: Cow<'a, [u8]>,
    /// Position just behind the record's line, within the region that was scanned.
    pub end: usize,
}

impl<'a> Hit<'a> {
    /// A record that stands on one line; whoever knows the region adds its end.
    fn of_line(
        at: Option<Millis>,
        level: &'a [u8],
        logger: &'a [u8],
        module: &'a [u8],
        message: &'a [u8],
    ) -> Self {
        Self {
            at,
            level,
            logger: Cow::Borrowed(logger),
            module: Cow::Borrowed(cut(module, MODULE_MAX)),
            message: Cow::Borrowed(message),
            traceback: Cow::Borrowed(b""),
            end: 0,
        }
    }
}

/// What was noticed in a region besides its error records.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Noticed {
    /// Time of the newest record of any level near the region's end.
    pub last: Option<Millis>,
    /// Lines of a JSON log that are no objects.
    pub odd: u64,
}

/// The compiled description of one log's records.
#[derive(Debug, Clone)]
pub(super) struct Grammar {
    shape: Shape,
    levels: Vec<Vec<u8>>,
    /// Finds where a level's name occurs at all; `None` where every line must be looked at.
    needles: Option<Needles>,
    patterns: Vec<(Vec<u8>, Vec<u8>)>,
}

#[derive(Debug, Clone)]
enum Shape {
    Python,
    Json { errors_only: bool },
    Pattern { regex: Box<Regex>, time_format: String },
}

impl Grammar {
    /// Compiles the description of a log; errors name the expression that is wrong.
    pub(super) fn new(source: &LogSource) -> Result<Self> {
        let wrong = |what: String| Error::new(ErrorKind::Usage, what).at(&source.path);
        let shape = match &source.format {
            LogFormat::Python => Shape::Python,
            LogFormat::JsonLines { errors_only } => Shape::Json { errors_only: *errors_only },
            LogFormat::Regex { pattern, time_format } => {
                let regex = Regex::new(pattern).map_err(|e| {
                    wrong(format!("the expression for {} is not valid", source.path.display())).because(e)
                })?;
                let names: Vec<&str> = regex.capture_names().flatten().collect();
                if let Some(missing) = ["time", "level", "message"].iter().find(|n| !names.contains(n)) {
                    return Err(wrong(format!(
                        "the expression for {} has no group (?<{missing}>…)",
                        source.path.display()
                    )));
                }
                Shape::Pattern { regex: Box::new(regex), time_format: time_format.clone() }
            }
        };
        let levels: Vec<Vec<u8>> =
            source.error_levels.iter().filter(|l| !l.is_empty()).map(|l| l.clone().into_bytes()).collect();
        let needles = match shape {
            Shape::Json { errors_only: true } => None,
            _ => Needles::of(&levels, matches!(shape, Shape::Python)),
        };
        let patterns = source
            .module_patterns
            .iter()
            .filter_map(|p| p.split_once("{module}"))
            .map(|(before, after)| (before.as_bytes().to_vec(), after.as_bytes().to_vec()))
            .collect();
        Ok(Self { shape, levels, needles, patterns })
    }

    /// Calls `each` with every error record of `region`, which must consist of whole lines.
    pub(super) fn scan(&self, region: &[u8], stamps: &mut Stamps, each: &mut impl FnMut(Hit<'_>)) -> Noticed {
        let mut noticed = Noticed::default();
        let mut search = self.needles.as_ref().map(|needles| Search::new(needles, region));
        // Always the beginning of a line.
        let mut from = 0;
        while from < region.len() {
            let start = match &mut search {
                None => from,
                Some(search) => match search.from(from) {
                    None => break,
                    Some(found) => memrchr(b'\n', &region[from..found]).map_or(from, |nl| from + nl + 1),
                },
            };
            let end = memchr(b'\n', &region[start..]).map_or(region.len(), |nl| start + nl + 1);
            let line = trim(&region[start..end]);
            let hit = match &self.shape {
                Shape::Python => self.python(line, stamps),
                Shape::Json { errors_only } => self.json(line, *errors_only, stamps, &mut noticed),
                Shape::Pattern { regex, time_format } => self.pattern(line, regex, time_format, stamps),
            };
            if let Some(mut hit) = hit {
                hit.end = end;
                each(hit);
            }
            from = end;
        }
        noticed.last = self.last(region, stamps);
        noticed
    }

    /// The time of the last record of any level, looked for in the last lines of the region.
    fn last(&self, region: &[u8], stamps: &mut Stamps) -> Option<Millis> {
        let mut end = region.len();
        for _ in 0..200 {
            if end == 0 {
                return None;
            }
            let start = memrchr(b'\n', &region[..end - 1]).map_or(0, |nl| nl + 1);
            if let Some(at) = self.time(trim(&region[start..end]), stamps) {
                return Some(at);
            }
            end = start;
        }
        None
    }

    /// The time of a line, if a record begins there.
    pub(super) fn time(&self, line: &[u8], stamps: &mut Stamps) -> Option<Millis> {
        match &self.shape {
            Shape::Python => stamps.read(line).and_then(|(at, _)| at),
            Shape::Json { .. } => {
                let mut at = None;
                json::fields(line, |key, value| {
                    if at.is_none() && is_time(key) {
                        at = json_time(value, stamps);
                    }
                });
                at
            }
            Shape::Pattern { regex, time_format } => {
                let time = regex.captures(line)?.name("time")?;
                stamps.formatted(time.as_bytes(), time_format)
            }
        }
    }

    /// Whether a record begins with this line; the lines that follow one until the next belong to it.
    pub(super) fn begins(&self, line: &[u8], stamps: &mut Stamps) -> bool {
        match &self.shape {
            Shape::Python => stamps.read(line).is_some(),
            Shape::Json { .. } => true,
            Shape::Pattern { regex, .. } => regex.is_match(line),
        }
    }

    fn is_error(&self, level: &[u8]) -> bool {
        self.levels.iter().any(|l| l.eq_ignore_ascii_case(level))
    }

    /// `time - name - LEVEL - message`. A name may hold ` - ` itself: the level is the first field behind
    /// the name that is written like one, so a level quoted in the message of an INFO record is not taken.
    fn python<'a>(&self, line: &'a [u8], stamps: &mut Stamps) -> Option<Hit<'a>> {
        let (at, used) = stamps.read(line)?;
        let rest = line[used..].strip_prefix(b" - ")?;
        let mut name_end = separator(rest, 0)?;
        for _ in 0..6 {
            let field = name_end + 3;
            let field_end = separator(rest, field).unwrap_or(rest.len());
            let level = rest[field..field_end].trim_ascii();
            if is_level(level) {
                if !self.is_error(level) {
                    return None;
                }
                let logger = &rest[..name_end];
                let message = rest.get(field_end + 3..).unwrap_or_default();
                let module = self.module(message).unwrap_or(logger);
                return Some(Hit::of_line(at, level, logger, module, message));
            }
            name_end = field_end;
            if field_end == rest.len() {
                return None;
            }
        }
        None
    }

    fn json<'a>(
        &self,
        line: &'a [u8],
        errors_only: bool,
        stamps: &mut Stamps,
        noticed: &mut Noticed,
    ) -> Option<Hit<'a>> {
        let (mut at, mut level, mut logger, mut module) = (None, None, None, None);
        let (mut kind, mut traceback) = (None, None);
        let mut message: (u8, Option<&[u8]>) = (u8::MAX, None);
        let is_object = json::fields(line, |key, value| {
            let text = match value {
                Raw::Text(text) if !text.is_empty() => Some(text),
                _ => None,
            };
            match key {
                key if is_time(key) => at = at.or_else(|| json_time(value, stamps)),
                b"level" | b"levelname" | b"severity" => level = level.or(text),
                b"logger" | b"name" => logger = logger.or(text),
                b"module" => module = module.or(text),
                b"error_type" => kind = kind.or(text),
                b"traceback" | b"exc_info" => traceback = traceback.or(text),
                _ => {
                    let rank = match key {
                        b"error_message" => 0,
                        b"message" => 1,
                        b"msg" => 2,
                        b"event" => 3,
                        _ => return,
                    };
                    if rank < message.0 && text.is_some() {
                        message = (rank, text);
                    }
                }
            }
        });
        if !is_object {
            noticed.odd += u64::from(!line.is_empty());
            return None;
        }
        if !errors_only && !level.is_some_and(|l| self.is_error(l)) {
            return None;
        }
        let text = message.1.map_or(Cow::Borrowed(&b""[..]), json::unescape);
        let logger = logger.map_or(Cow::Borrowed(&b""[..]), json::unescape);
        let module = match module {
            Some(module) => json::unescape(cut(module, MODULE_MAX)),
            None => match self.module(&text) {
                Some(module) => Cow::Owned(cut(module, MODULE_MAX).to_vec()),
                None => Cow::Owned(cut(&logger, MODULE_MAX).to_vec()),
            },
        };
        let message = match kind {
            Some(kind) if !text.is_empty() => {
                Cow::Owned([json::unescape(kind).as_ref(), b": ", &text].concat())
            }
            Some(kind) => json::unescape(kind),
            None => text,
        };
        Some(Hit {
            at,
            level: level.unwrap_or_default(),
            logger,
            module,
            message,
            traceback: traceback.map_or(Cow::Borrowed(&b""[..]), json::unescape),
            end: 0,
        })
    }

    fn pattern<'a>(
        &self,
        line: &'a [u8],
        regex: &Regex,
        time_format: &str,
        stamps: &mut Stamps,
    ) -> Option<Hit<'a>> {
        let groups = regex.captures(line)?;
        let group = |name: &str| groups.name(name).map(|g| g.as_bytes()).unwrap_or_default();
        let level = group("level").trim_ascii();
        if !self.is_error(level) {
            return None;
        }
        let (message, logger) = (group("message"), group("logger"));
        let module = match group("module") {
            b"" => self.module(message).unwrap_or(logger),
            module => module,
        };
        let at = stamps.formatted(group("time"), time_format);
        Some(Hit::of_line(at, level, logger, module, message))
    }

    /// The module that the message names by one of the profile's patterns.
    fn module<'a>(&self, message: &'a [u8]) -> Option<&'a [u8]> {
        self.patterns.iter().find_map(|(before, after)| {
            // A sign such as ❌ may stand in front.
            let blank = if before.first().is_some_and(u8::is_ascii_alphanumeric) {
                message.iter().take(16).take_while(|b| !b.is_ascii_alphanumeric()).count()
            } else {
                0
            };
            let rest = message[blank..].strip_prefix(before.as_slice())?;
            let end = if after.is_empty() { rest.len() } else { memmem::find(cut(rest, 512), after)? };
            let module = rest[..end].trim_ascii();
            (!module.is_empty()).then_some(module)
        })
    }
}

/// A line without its end, and without the NULs that a writer leaves behind in a log that was cut under it.
fn trim(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.first() != Some(&0) {
        return line;
    }
    &line[line.iter().take_while(|b| **b == 0).count()..]
}

fn separator(text: &[u8], from: usize) -> Option<usize> {
    memmem::find(text.get(from..)?, b" - ").map(|found| from + found)
}

/// Whether a field is written like a level: capitals and digits, or Python's `Level 25`.
fn is_level(field: &[u8]) -> bool {
    let name = field.strip_prefix(b"Level ").unwrap_or(field);
    (1..=32).contains(&name.len())
        && name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

pub(super) fn is_time(key: &[u8]) -> bool {
    matches!(key, b"timestamp" | b"time" | b"ts" | b"asctime" | b"@timestamp")
}

pub(super) fn json_time(value: Raw<'_>, stamps: &mut Stamps) -> Option<Millis> {
    match value {
        Raw::Text(text) => stamps.read(text).and_then(|(at, _)| at),
        Raw::Other(number) => Stamps::number(number),
    }
}

/// The first `max` bytes, less where that would cut a character in two.
pub(super) fn cut(text: &[u8], max: usize) -> &[u8] {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while end > 0 && text[end] & 0xC0 == 0x80 {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;

    fn source(format: LogFormat) -> LogSource {
        LogSource {
            path: "/x/ecosystem.log".into(),
            format,
            error_levels: vec!["ERROR".into(), "CRITICAL".into()],
            module_patterns: vec!["Error in {module}:".into(), "Failed to integrate {module}:".into()],
        }
    }

    fn hits(format: LogFormat, text: &str) -> Vec<(String, String, String)> {
        let grammar = Grammar::new(&source(format)).unwrap();
        let mut found = Vec::new();
        let text_of = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        grammar.scan(text.as_bytes(), &mut Stamps::new(Zone::default()), &mut |hit| {
            found.push((text_of(hit.level), text_of(&hit.module), text_of(&hit.message)));
        });
        found
    }

    fn python(line: &str) -> Vec<(String, String, String)> {
        hits(LogFormat::Python, &format!("2025-12-16 03:00:01,123 - {line}\n"))
    }

    #[test]
    fn the_level_field_decides_and_not_the_message() {
        assert_eq!(python("A - INFO - error_count: 0"), []);
        assert_eq!(python("A - INFO - repeated: 2025-12-16 03:00:01,123 - B - ERROR - old"), []);
        assert_eq!(python("A - INFO - x - ERROR - y"), []);
        assert_eq!(python("A - NOTICE - x - ERROR - y"), []);
        assert_eq!(python("A - Level 25 - x - ERROR - y"), []);
        assert_eq!(python("ERROR - INFO - x"), []);
        assert_eq!(python("ERROR"), []);
        assert_eq!(python("A - CRITICAL - x")[0].0, "CRITICAL");
        assert_eq!(python("A - ERROR    - x")[0].2, "x");
        assert_eq!(python("A - ERROR - ")[0].2, "");
    }

    #[test]
    fn the_module_at_fault_comes_from_the_message_or_else_the_logger() {
        assert_eq!(
            python("Eco - ERROR - Error in Meta-Learning Analysis: division by zero")[0].1,
            "Meta-Learning Analysis"
        );
        assert_eq!(
            python("Eco - ERROR - ❌ Failed to integrate Adaptive Architecture: x")[0].1,
            "Adaptive Architecture"
        );
        assert_eq!(python("Eco - ERROR - Error in nothing")[0].1, "Eco");
        assert_eq!(python("Eco - Sub - ERROR - plain")[0].1, "Eco - Sub");
    }

    #[test]
    fn lines_without_a_time_belong_to_the_record_above() {
        let text = "2025-12-16 03:00:01,123 - A - ERROR - x\nTraceback\n  y - ERROR - z\nERROR\n";
        assert_eq!(hits(LogFormat::Python, text).len(), 1);
    }

    #[test]
    fn json_is_read_by_its_usual_keys() {
        let all = LogFormat::JsonLines { errors_only: true };
        let found = hits(
            all,
            "{\"timestamp\":\"2025-12-16T03:00:01\",\"module\":\"M\",\"error_type\":\"ValueError\",\"error_message\":\"bad\"}\n",
        );
        assert_eq!(found, [(String::new(), "M".into(), "ValueError: bad".into())]);
        let by_level = LogFormat::JsonLines { errors_only: false };
        let text = "{\"level\":\"info\",\"msg\":\"level ERROR\"}\n{\"severity\":\"error\",\"logger\":\"L\",\"msg\":\"no\"}\n";
        assert_eq!(hits(by_level, text), [("error".into(), "L".into(), "no".into())]);
    }

    #[test]
    fn an_own_expression_names_its_groups() {
        let own = |pattern: &str| LogFormat::Regex {
            pattern: pattern.into(),
            time_format: "%d/%m/%Y %H:%M:%S".into(),
        };
        let found = hits(
            own(r"^\[(?<time>[^]]+)\] (?<level>\w+) (?<module>\w+): (?<message>.*)"),
            "[16/12/2025 03:00:01] Error Eco: x\n",
        );
        assert_eq!(found, [("Error".into(), "Eco".into(), "x".into())]);
        assert!(Grammar::new(&source(own("("))).is_err());
        let lacking = Grammar::new(&source(own("(?<time>x)"))).unwrap_err();
        assert!(lacking.message.contains("(?<level>"), "{lacking}");
    }
}
