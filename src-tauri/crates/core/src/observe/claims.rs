//! What the ecosystem says about itself, read from JSON that may be anything.

mod node;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta};

use self::node::Node;
use super::{Claims, ModuleClaim};
use crate::clock::{Instant, Zone};
use crate::program::clean;

/// Modules that are kept.
const MOST_MODULES: usize = 1_000;
/// Characters of a name or a word that are kept.
const LONGEST_NAME: usize = 200;
/// Implausible values that are named.
const MOST_IMPLAUSIBLE: usize = 50;
/// Beyond this a count cannot be told apart from its neighbour in JSON's numbers.
const LARGEST_COUNT: u64 = 1 << 53;

const WANTED: &[&str] = &[
    "timestamp",
    "generated_at",
    "state",
    "ecosystem_state",
    "status",
    "overall_health",
    "health",
    "uptime_hours",
    "metrics",
    "modules",
    "success_rate",
    "efficiency",
    "efficiency_score",
    "execution_time_ms",
    "avg_execution_time_ms",
    "total_cycles_completed",
    "errors_encountered",
    "errors_recovered",
];

/// Reads the claims in a state file or a health answer; whatever cannot be true is left out and named.
///
/// Times without a zone are meant in `zone`. The error says, without naming the source, what is wrong.
pub fn parse_claims(json: &[u8], zone: Zone, now: Instant) -> Result<Claims, String> {
    let text = String::from_utf8_lossy(json);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err("it is empty".into());
    }
    let (node, cut) = node::read(text, WANTED, true)?;
    Ok(Reader { zone, now, claims: Claims::default() }.read(&node, cut))
}

/// Finds the first JSON object in text that may begin with prose, and reads the claims in it.
pub(super) fn find_claims(bytes: &[u8], zone: Zone, now: Instant) -> Result<Claims, String> {
    /// Opening braces that are tried: prose may hold a few, a hostile answer a million.
    const TRIES: usize = 20;
    let text = String::from_utf8_lossy(bytes);
    let mut why = None;
    for (start, _) in text.match_indices('{').take(TRIES) {
        match node::read(&text[start..], WANTED, false) {
            // `{}` or a stray object in the prose says nothing.
            Ok((Node::Map(entries), _)) if entries.is_empty() => {}
            Ok((node, cut)) => return Ok(Reader { zone, now, claims: Claims::default() }.read(&node, cut)),
            Err(problem) => drop(why.get_or_insert(problem)),
        }
    }
    let shown = clean(text.trim(), 80);
    Err(match why {
        _ if shown.is_empty() => "the answer is empty".into(),
        Some(why) => format!("the answer is not readable as JSON ({why}): “{shown}”"),
        None => format!("the answer holds no health report in JSON: “{shown}”"),
    })
}

struct Reader {
    zone: Zone,
    now: Instant,
    claims: Claims,
}

impl Reader {
    fn read(mut self, top: &Node, cut: bool) -> Claims {
        if cut {
            self.doubt("size", "more values than are read, the rest was left out");
        }
        let empty = Node::Null;
        let metrics = get(top, &["metrics"]).unwrap_or(&empty);
        self.claims.state = self.word(top, "", &["ecosystem_state", "state", "status"]);
        self.claims.health = self.word(top, "", &["overall_health", "health"]);
        self.claims.timestamp = self.time(top, "", &["timestamp", "generated_at"]);
        for (prefix, place) in [("", top), ("metrics.", metrics)] {
            let hours = self.number(place, prefix, &["uptime_hours"], 1_000_000.0);
            let success = self.percent(place, prefix, &["success_rate"]);
            let efficiency = self.percent(place, prefix, &["efficiency", "efficiency_score"]);
            let millis = self.number(place, prefix, &["execution_time_ms", "avg_execution_time_ms"], 1e9);
            let cycles = self.count(place, prefix, &["total_cycles_completed"]);
            let errors = self.count(place, prefix, &["errors_encountered"]);
            let recovered = self.count(place, prefix, &["errors_recovered"]);
            let claims = &mut self.claims;
            claims.uptime_hours = claims.uptime_hours.or(hours);
            claims.success_rate = claims.success_rate.or(success);
            claims.efficiency = claims.efficiency.or(efficiency);
            claims.execution_ms = claims.execution_ms.or(millis);
            claims.cycles = claims.cycles.or(cycles);
            claims.errors = claims.errors.or(errors);
            claims.recovered = claims.recovered.or(recovered);
        }
        if let Some(modules) = get(top, &["modules"]) {
            self.modules(modules);
        }
        let untouched = |m: &ModuleClaim| {
            m.runs.unwrap_or(0) == 0 && matches!(m.status.as_deref(), None | Some("not_integrated"))
        };
        self.claims.fresh_instance = self.claims.state.as_deref() == Some("initializing")
            && !self.claims.modules.is_empty()
            && self.claims.modules.values().all(untouched);
        self.claims
    }

    fn modules(&mut self, modules: &Node) {
        match modules {
            Node::Map(entries) => {
                for (name, value) in entries.iter().take(MOST_MODULES) {
                    self.module(name, value);
                }
                self.too_many(entries.len());
            }
            Node::List(entries) => {
                for (index, value) in entries.iter().take(MOST_MODULES).enumerate() {
                    match (get(value, &["name", "module", "id"]), value) {
                        (Some(Node::Text(name)), _) => self.module(name, value),
                        (_, Node::Text(name)) => self.module(name, &Node::Null),
                        _ => self.doubt(&format!("modules[{index}]"), "it has no name"),
                    }
                }
                self.too_many(entries.len());
            }
            Node::Null => {}
            other => self.doubt("modules", &show(other)),
        }
    }

    fn too_many(&mut self, count: usize) {
        if count > MOST_MODULES {
            self.doubt("modules", &format!("more than {MOST_MODULES}, the rest was left out"));
        }
    }

    fn module(&mut self, name: &str, value: &Node) {
        let name = clean(name, LONGEST_NAME);
        let prefix = format!("modules.{name}.");
        let claim = match value {
            Node::Text(status) => ModuleClaim { status: plain_word(status), ..ModuleClaim::default() },
            Node::Map(_) => ModuleClaim {
                status: self.word(value, &prefix, &["status", "state"]),
                runs: self.count(value, &prefix, &["run_count", "runs"]),
                errors: self.count(value, &prefix, &["error_count", "errors"]),
                last_run: self.time(value, &prefix, &["last_run"]),
            },
            Node::Null => ModuleClaim::default(),
            other => {
                self.doubt(prefix.trim_end_matches('.'), &show(other));
                ModuleClaim::default()
            }
        };
        self.claims.modules.insert(name, claim);
    }

    fn word(&mut self, place: &Node, prefix: &str, keys: &[&str]) -> Option<String> {
        match find(place, keys)? {
            (_, Node::Text(text)) => plain_word(text),
            (_, Node::Null) => None,
            (key, other) => {
                self.doubt(&format!("{prefix}{key}"), &show(other));
                None
            }
        }
    }

    fn count(&mut self, place: &Node, prefix: &str, keys: &[&str]) -> Option<u64> {
        let (key, node) = find(place, keys)?;
        match node {
            Node::Unsigned(n) if *n <= LARGEST_COUNT => Some(*n),
            // Python divides into floats: 5.0 is a count, 5.5 is not.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounds were checked")]
            Node::Float(n) if n.fract() == 0.0 && (0.0..=LARGEST_COUNT as f64).contains(n) => Some(*n as u64),
            Node::Null => None,
            other => {
                self.doubt(&format!("{prefix}{key}"), &show(other));
                None
            }
        }
    }

    fn number(&mut self, place: &Node, prefix: &str, keys: &[&str], largest: f64) -> Option<f64> {
        let (key, node) = find(place, keys)?;
        let number = match node {
            Node::Unsigned(n) => *n as f64,
            Node::Float(n) => *n,
            Node::Null => return None,
            other => {
                self.doubt(&format!("{prefix}{key}"), &show(other));
                return None;
            }
        };
        if (0.0..=largest).contains(&number) {
            return Some(number);
        }
        self.doubt(&format!("{prefix}{key}"), &show(node));
        None
    }

    /// 0–100; a fraction such as 0.98 (a float of at most 1) is meant as a share.
    fn percent(&mut self, place: &Node, prefix: &str, keys: &[&str]) -> Option<f64> {
        let is_share = matches!(find(place, keys), Some((_, Node::Float(n))) if *n <= 1.0);
        let number = self.number(place, prefix, keys, 100.0)?;
        Some(if is_share { number * 100.0 } else { number })
    }

    fn time(&mut self, place: &Node, prefix: &str, keys: &[&str]) -> Option<Instant> {
        let (key, node) = find(place, keys)?;
        let time = match node {
            Node::Text(text) => parse_time(text, self.zone),
            Node::Null => return None,
            _ => None,
        };
        // A little ahead is a clock that differs; more cannot be.
        let believable = time.filter(|t| t.year() >= 2000 && *t <= self.now + TimeDelta::minutes(5));
        // Hours ahead is a time that was written without its zone: of no use, but no nonsense either.
        let other_zone = time.is_some_and(|t| t > self.now && t <= self.now + TimeDelta::hours(26));
        if believable.is_none() && !other_zone {
            self.doubt(&format!("{prefix}{key}"), &show(node));
        }
        believable
    }

    fn doubt(&mut self, key: &str, value: &str) {
        if self.claims.implausible.len() < MOST_IMPLAUSIBLE {
            self.claims.implausible.push(clean(&format!("{key}: {value}"), 300));
        }
    }
}

fn get<'a>(place: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    find(place, keys).map(|(_, node)| node)
}

/// The first of `keys` that is there; the last one counts where a key is there twice, as in Python.
fn find<'a, 'k>(place: &'a Node, keys: &[&'k str]) -> Option<(&'k str, &'a Node)> {
    let Node::Map(entries) = place else { return None };
    keys.iter().find_map(|key| {
        let (_, node) = entries.iter().rev().find(|(k, _)| k == key)?;
        Some((*key, node))
    })
}

/// Reads ISO 8601 with or without zone, `T` or a space, fractions or none.
fn parse_time(text: &str, zone: Zone) -> Option<Instant> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    if let Ok(time) = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%:z") {
        return Some(time.to_utc());
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .and_then(|local| zone.instant(local))
}

/// A state or status: lower case, and without the class in front that Python prints (`State.RUNNING`).
fn plain_word(text: &str) -> Option<String> {
    let word = clean(text.trim(), LONGEST_NAME);
    let word = match word.rsplit_once('.') {
        Some((class, last))
            if !last.is_empty() && class.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') =>
        {
            last.to_owned()
        }
        _ => word,
    };
    (!word.is_empty()).then(|| word.to_lowercase())
}

fn show(node: &Node) -> String {
    match node {
        Node::Null => "null".into(),
        Node::Bool(b) => b.to_string(),
        Node::Unsigned(n) => n.to_string(),
        Node::Negative(n) => n.to_string(),
        Node::Float(n) => format!("{n:e}"),
        Node::Text(text) => clean(text, 60),
        Node::List(_) => "a list".into(),
        Node::Map(_) => "an object".into(),
        Node::Skipped => "nested too deep".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{FixedOffset, TimeZone, Utc};

    fn now() -> Instant {
        Utc.with_ymd_and_hms(2025, 12, 16, 12, 0, 0).unwrap()
    }

    fn zone() -> Zone {
        Zone::Fixed(FixedOffset::east_opt(3600).unwrap())
    }

    fn parse(json: &str) -> Result<Claims, String> {
        parse_claims(json.as_bytes(), zone(), now())
    }

    #[test]
    fn reads_a_state_file() {
        let claims = parse(
            r#"{"timestamp": "2025-12-16T12:59:00.5", "state": "running",
                "metrics": {"uptime_hours": 30.5, "total_cycles_completed": 812, "errors_encountered": 3, "errors_recovered": 2},
                "modules": {"Meta-Learning Analysis": {"status": "integrated", "run_count": 96, "error_count": 1, "last_run": "2025-12-16 12:45:00"}}}"#,
        )
        .unwrap();
        assert_eq!(claims.state.as_deref(), Some("running"));
        assert_eq!(claims.uptime_hours, Some(30.5));
        assert_eq!((claims.cycles, claims.errors, claims.recovered), (Some(812), Some(3), Some(2)));
        assert_eq!(claims.timestamp, Some(now() - TimeDelta::milliseconds(59_500)));
        let module = &claims.modules["Meta-Learning Analysis"];
        assert_eq!((module.runs, module.errors), (Some(96), Some(1)));
        assert_eq!(module.last_run, Some(now() - TimeDelta::minutes(15)));
        assert_eq!(claims.implausible, Vec::<String>::new());
        assert!(!claims.fresh_instance);
    }

    #[test]
    fn reads_a_health_answer_and_modules_in_a_list() {
        let claims = parse(
            r#"{"ecosystem_state": "EcosystemState.RUNNING", "overall_health": "Healthy", "uptime_hours": 2, "success_rate": 0.98,
                "efficiency_score": 85, "avg_execution_time_ms": 7.5, "modules": [{"name": "A", "status": "failed"}, "B", 7]}"#,
        )
        .unwrap();
        assert_eq!(claims.state.as_deref(), Some("running"));
        assert_eq!(claims.health.as_deref(), Some("healthy"));
        assert_eq!(
            (claims.success_rate, claims.efficiency, claims.execution_ms),
            (Some(98.0), Some(85.0), Some(7.5))
        );
        assert_eq!(claims.modules["A"].status.as_deref(), Some("failed"));
        assert!(claims.modules.contains_key("B"));
        assert_eq!(claims.implausible, ["modules[2]: it has no name"]);
    }

    #[test]
    fn what_cannot_be_true_is_left_out_and_named() {
        let claims = parse(
            r#"{"state": 7, "timestamp": "9999-01-01T00:00:00", "uptime_hours": NaN, "success_rate": 140,
                "metrics": {"errors_encountered": -1, "errors_recovered": 18446744073709551616, "total_cycles_completed": 1e400, "efficiency": -Infinity},
                "modules": {"M": {"status": "integrated", "run_count": -1, "error_count": 2.5, "last_run": "2026-06-01T00:00:00Z"}}}"#,
        )
        .unwrap();
        let module = &claims.modules["M"];
        assert_eq!((module.runs, module.errors, module.last_run), (None, None, None));
        assert_eq!(module.status.as_deref(), Some("integrated"));
        assert_eq!((claims.errors, claims.recovered, claims.cycles), (None, None, None));
        assert_eq!((claims.state.as_ref(), claims.timestamp, claims.uptime_hours), (None, None, None));
        let named = claims.implausible.join("\n");
        for part in [
            "state: 7",
            "timestamp: 9999",
            "uptime_hours: NaN",
            "success_rate: 140",
            "errors_encountered: -1",
            "errors_recovered: 1.8",
            "total_cycles_completed: 1e400",
            "efficiency: -Infinity",
            "modules.M.run_count: -1",
            "modules.M.error_count: 2.5",
            "modules.M.last_run: 2026",
        ] {
            assert!(named.contains(part), "{part} is missing in\n{named}");
        }
    }

    #[test]
    fn hostile_names_stay_text_and_control_characters_go() {
        let claims =
            parse(r#"{"modules": {"<img src=x onerror=alert(1)>": {}, "a\u001b[2Jb\u202ec": {}}}"#).unwrap();
        let names: Vec<&String> = claims.modules.keys().collect();
        assert_eq!(names, ["<img src=x onerror=alert(1)>", "a\u{fffd}[2Jb\u{fffd}c"]);
        let long = format!(r#"{{"modules": {{"{}": {{}}}}}}"#, "x".repeat(5_000));
        assert_eq!(parse(&long).unwrap().modules.keys().next().unwrap().len(), LONGEST_NAME);
    }

    #[test]
    fn a_hundred_thousand_levels_neither_crash_nor_hang() {
        let deep = 100_000;
        assert!(parse(&"[".repeat(deep)).is_err());
        assert!(parse(&"{\"a\":".repeat(deep)).is_err());
        let closed = format!("{}1{}", "{\"modules\":".repeat(deep), "}".repeat(deep));
        let _ = parse(&closed);
        let beside = format!(r#"{{"state": "running", "x": {}{}}}"#, "[".repeat(deep), "]".repeat(deep));
        assert_eq!(parse(&beside).unwrap().state.as_deref(), Some("running"));
    }

    #[test]
    fn a_million_modules_are_bounded_and_said() {
        let many: Vec<String> = (0..100_000).map(|i| format!("\"m{i}\":{{\"run_count\":{i}}}")).collect();
        let claims = parse(&format!("{{\"modules\":{{{}}}}}", many.join(","))).unwrap();
        assert_eq!(claims.modules.len(), MOST_MODULES);
        assert!(claims.implausible[0].contains("left out"), "{:?}", claims.implausible);
    }

    #[test]
    fn one_module_with_a_million_keys_does_not_hide_that_others_are_missing() {
        let keys: Vec<String> = (0..50_000).map(|i| format!("\"k{i}\":0")).collect();
        let claims =
            parse(&format!(r#"{{"modules":{{"A":{{{}}},"B":{{"status":"failed"}}}}}}"#, keys.join(",")))
                .unwrap();
        assert!(claims.modules.contains_key("A") && !claims.modules.contains_key("B"));
        assert!(claims.implausible[0].contains("left out"), "{:?}", claims.implausible);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[{}\\[\\]\",:a-zé\\\\ \\-0-9eNI.\u{0}-\u{1f}]{0,60}") {
            let _ = find_claims(text.as_bytes(), zone(), now());
            let _ = parse(&format!("{{\"modules\": {text}}}"));
            let _ = parse(&text);
        }

        #[test]
        fn no_time_makes_it_panic(text in "[+-]?[0-9]{0,9}-[0-9]{1,2}-[0-9]{1,2}[T ][0-9:.+Z-]{0,20}") {
            let _ = parse(&format!("{{\"timestamp\": \"{text}\"}}"));
        }
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for text in [
            "",
            "  ",
            "[]",
            "7",
            "null",
            "\"running\"",
            "{\"state\": \"run",
            "\0\0\0\0",
            "all is well",
            "{} {}",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_fresh_instance_is_told_from_one_that_has_run() {
        let fresh = r#"{"ecosystem_state": "initializing", "modules": {"A": {"status": "not_integrated", "run_count": 0}}}"#;
        assert!(parse(fresh).unwrap().fresh_instance);
        assert!(!parse(&fresh.replace("count\": 0", "count\": 4")).unwrap().fresh_instance);
        assert!(!parse(&fresh.replace("initializing", "running")).unwrap().fresh_instance);
    }

    #[test]
    fn finds_the_object_behind_prose() {
        let find = |text: &str| find_claims(text.as_bytes(), zone(), now());
        let claims = find("Checking {all} modules…\n{}\n{\"ecosystem_state\": \"paused\"}\nbye").unwrap();
        assert_eq!(claims.state.as_deref(), Some("paused"));
        assert!(find("All systems operational ✅").unwrap_err().contains("All systems operational"));
        assert!(find("").unwrap_err().contains("empty"));
        assert!(find(&"{".repeat(1_000_000)).is_err());
    }
}
