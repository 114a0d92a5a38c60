//! Settings: read strictly, and line by line for what should not stand there.

use std::path::Path;
use std::sync::OnceLock;

use regex::Regex;

use super::known::KnownOfIt;
use super::seen::Seen;
use super::walk::Found;
use crate::error::Error;
use crate::upkeep::tuning::{Yaml, fault_of};

/// Settings longer than this are not taken apart.
const LARGEST: usize = 512 << 10;
/// A line longer than this is cut.
const LONGEST_LINE: usize = 2_000;
/// Keys that hold how often a module runs, and how many seconds one of them is.
const CYCLES: [(&str, u64); 8] = [
    ("cycle_minutes", 60),
    ("interval_minutes", 60),
    ("cycle_interval_minutes", 60),
    ("cycle_seconds", 1),
    ("interval_seconds", 1),
    ("cycle_hours", 3_600),
    ("interval_hours", 3_600),
    ("cycle_time_minutes", 60),
];

/// A settings file of the folder of settings.
#[derive(Debug)]
pub(super) struct SettingsFile {
    pub path: String,
    /// Whether it could be read as every reader takes it.
    pub understood: bool,
    /// The module that it says it is for.
    pub module: Option<String>,
    /// How often that is to run, in seconds, and where it says so.
    pub cycle: Option<(u64, u64)>,
    /// Whether anything in it is bounded.
    pub has_limits: bool,
    pub has_comments: bool,
}

/// What a line should not say: the check that fails by it.
struct Forbidden {
    id: &'static str,
    pattern: &'static str,
    says: &'static str,
}

const FORBIDDEN: &[Forbidden] = &[
    Forbidden {
        id: "configuration/listens-to-all",
        pattern: r#"(?i)\b(?:host|bind|listen|address)\w*["']?\s*[:=]\s*["']?(?:0\.0\.0\.0|::|\*)(?::\d+)?["']?\s*(?:[,#;].*)?$"#,
        says: "answers the whole network",
    },
    Forbidden {
        id: "configuration/unproven-peers",
        pattern: r#"(?i)(?:\b(?:verify|verify_ssl|ssl_verify|tls_verify|verify_tls|check_hostname|strict_ssl|validate_certs)["']?\s*[:=]\s*["']?(?:false|no|off|0)\b|\b(?:insecure|skip_verify|allow_insecure|insecure_skip_verify)["']?\s*[:=]\s*["']?(?:true|yes|on|1)\b)"#,
        says: "certificates are not looked at",
    },
    Forbidden {
        id: "configuration/known-password",
        pattern: r#"(?i)\b\w*(?:password|passwd|passphrase|secret)["']?\s*[:=]\s*["']?(?:admin|password|passw0rd|changeme|change_me|12345\d*|root|guest|letmein|default|secret|test|qwerty)["']?\s*(?:[,#;].*)?$"#,
        says: "a password that everybody tries first",
    },
    Forbidden {
        id: "errors/debug",
        pattern: r#"(?i)^\s*["']?(?:\w+[._-])?debug(?:_mode)?["']?\s*[:=]\s*["']?(?:true|yes|on|1)\b"#,
        says: "debugging is on",
    },
];

fn compiled(pattern: &str) -> Option<Regex> {
    // A pattern of ours that does not compile is seen by the tests of this file.
    Regex::new(pattern).ok()
}

fn forbidden() -> &'static [(&'static Forbidden, Regex)] {
    static ALL: OnceLock<Vec<(&'static Forbidden, Regex)>> = OnceLock::new();
    ALL.get_or_init(|| FORBIDDEN.iter().filter_map(|one| Some((one, compiled(one.pattern)?))).collect())
}

fn plain_http() -> Option<&'static Regex> {
    static ONE: OnceLock<Option<Regex>> = OnceLock::new();
    ONE.get_or_init(|| compiled(r#"(?i)\bhttp://([^\s/"'<>:]+|\[[0-9a-f:]+\])"#)).as_ref()
}

/// An hour without quotes, which a reader of YAML 1.1 takes for a number: those that begin with a zero it does not.
fn bare_hour() -> Option<&'static Regex> {
    static ONE: OnceLock<Option<Regex>> = OnceLock::new();
    ONE.get_or_init(|| compiled(r"^[^#]*[:\-\[,]\s+([1-9]\d?(?::[0-5]?\d)+)\s*(?:[,\]#].*)?$")).as_ref()
}

/// Looks at a settings file that is in memory.
pub(super) fn look(bytes: &[u8], found: &Found<'_>, known: &KnownOfIt<'_>, seen: &mut Seen) {
    let shown = found.shown;
    let name = String::from_utf8_lossy(found.name).to_lowercase();
    let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    let is_ours = known.profile.demo && name == "caretaker.toml";
    if bytes.len() > LARGEST {
        return seen.cannot_read(super::seen::Of::Settings, shown, "is too long to be taken apart");
    }
    let text = String::from_utf8_lossy(bytes);
    if !is_ours {
        by_line(&text, is_yaml, shown, seen);
    }
    if !found.path.starts_with(&known.profile.config_dir) {
        if is_yaml && let Err(error) = Yaml::read(found.path, bytes.to_vec()) {
            note_fault(&error, found.path, shown, seen);
        }
        return;
    }
    let mut file = SettingsFile {
        path: shown.to_owned(),
        understood: true,
        module: None,
        cycle: None,
        has_limits: bounds(&text),
        has_comments: text.lines().any(|line| line.trim_start().starts_with('#') || line.contains(" #")),
    };
    if is_yaml {
        match Yaml::read(found.path, bytes.to_vec()) {
            Ok(yaml) => take(&yaml, &mut file),
            Err(error) => {
                file.understood = false;
                note_fault(&error, found.path, shown, seen);
            }
        }
    }
    seen.settings.push(file);
}

fn note_fault(error: &Error, path: &Path, shown: &str, seen: &mut Seen) {
    let (line, why) = fault_of(error, path);
    seen.note("configuration/yaml", shown, line, why);
}

fn take(yaml: &Yaml, file: &mut SettingsFile) {
    for (place, keys) in yaml.settings() {
        let [key] = keys[..] else { continue };
        let Some(node) = yaml.at(&place) else { continue };
        let Some(says) = node.says() else { continue };
        if key == "module" || key == "module_name" {
            file.module = Some(says.to_owned());
        }
        if let Some((_, unit)) = CYCLES.iter().find(|(name, _)| *name == key)
            && let Ok(number) = says.parse::<u64>()
        {
            file.cycle = Some((number.saturating_mul(*unit), node.line as u64));
        }
    }
}

fn bounds(text: &str) -> bool {
    const WORDS: [&str; 10] =
        ["max_", "max-", "maximum", "limit", "timeout", "ttl", "retention", "quota", "_mb:", "at_most"];
    let lower = text.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

fn by_line(text: &str, is_yaml: bool, shown: &str, seen: &mut Seen) {
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.char_indices().nth(LONGEST_LINE).map_or(line, |(end, _)| &line[..end]);
        if line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        for (rule, pattern) in forbidden() {
            if pattern.is_match(line) {
                // A password is not shown, however well known it is.
                let key = line.split([':', '=']).next().unwrap_or_default().trim().trim_matches(['"', '\'']);
                seen.note(rule.id, shown, Some(number), format!("{key}: {}", rule.says));
            }
        }
        if let Some(host) = plain_http().and_then(|one| one.captures(line)).and_then(|found| found.get(1))
            && !is_here(host.as_str())
        {
            seen.note("configuration/plain-http", shown, Some(number), format!("http://{}", host.as_str()));
        }
        if is_yaml
            && let Some(hour) = bare_hour().and_then(|one| one.captures(line)).and_then(|found| found.get(1))
        {
            let text = format!("{} is read as a number", hour.as_str());
            seen.note("configuration/bare-hours", shown, Some(number), text);
        }
    }
}

/// Whether a host is this machine, an example, or the name of a format rather than a place.
fn is_here(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_lowercase();
    const NAMES: [&str; 5] =
        ["www.w3.org", "json-schema.org", "schemas.xmlsoap.org", "www.apple.com", "example.com"];
    host == "localhost"
        || host == "::1"
        || host.starts_with("127.")
        || host == "0.0.0.0"
        || host.contains(['$', '{', '%', '@'])
        || host.ends_with(".localhost")
        || host.ends_with(".example.com")
        || host.ends_with(".example")
        || NAMES.contains(&host.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(text: &str) -> Vec<&'static str> {
        const IDS: [&str; 6] = [
            "configuration/listens-to-all",
            "configuration/unproven-peers",
            "configuration/known-password",
            "errors/debug",
            "configuration/plain-http",
            "configuration/bare-hours",
        ];
        let mut seen = Seen::default();
        by_line(text, true, "config/x.yaml", &mut seen);
        IDS.into_iter().filter(|id| seen.spots(id).count() > 0).collect()
    }

    #[test]
    fn lines_say_what_they_should_not() {
        assert_eq!(forbidden().len(), FORBIDDEN.len());
        for (line, id) in [
            ("host: 0.0.0.0", "configuration/listens-to-all"),
            ("bind_address: \"0.0.0.0:8080\"  # all", "configuration/listens-to-all"),
            ("  verify_ssl: false", "configuration/unproven-peers"),
            ("insecure = true", "configuration/unproven-peers"),
            ("db_password: changeme", "configuration/known-password"),
            ("\"password\": \"admin\",", "configuration/known-password"),
            ("debug: true", "errors/debug"),
            ("url: http://api.example.org/v1", "configuration/plain-http"),
            ("  evening: 18:00", "configuration/bare-hours"),
            ("times: [7:30, 18:00]", "configuration/bare-hours"),
        ] {
            assert_eq!(noted(line), [id], "{line}");
        }
        for line in [
            "host: 127.0.0.1",
            "host: 0.0.0.0.example",
            "verify_ssl: true",
            "password: ${DB_PASSWORD}",
            "debug: false",
            "# debug: true",
            "debugging_notes: none",
            "url: http://localhost:8080",
            "url: https://api.example.org",
            "evening: \"18:00\"",
            "evening: 06:00",
            "at: 2025-12-16 18:00:00",
            "level: DEBUG",
        ] {
            assert_eq!(noted(line), Vec::<&str>::new(), "{line}");
        }
    }
}
