//! From TOML text to a complete profile, over the defaults; every mistake is collected.

mod alerts;
mod appearance;
mod away;
mod backups;
mod bands;
mod channels;
mod cleanup;
mod forecast;
mod metrics;
mod programs;
mod records;
mod routines;
mod values;

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use toml_edit::{Document, TomlError};

use super::findings::Findings;
use super::model::{Probe, ProbeTarget, ProcessMatch, Profile, Sampling, StateFile};
use super::problem::{ProfileProblem, whole_file};
use super::reader::Section;
use super::units::shown;
pub use channels::web_address as check_web_address;
use values::{Root, inside};

/// The defaults: every key there is, each with a comment.
pub const DEFAULTS: &str = include_str!("../../../../../config/default.toml");

/// The same, read once: to read them is most of what reading a profile takes.
static READ_DEFAULTS: LazyLock<Result<Document<&'static str>, TomlError>> =
    LazyLock::new(|| Document::parse(DEFAULTS));

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

/// Reads a profile from its text.
///
/// `path` is the profile's file: relative roots start in its folder. `home` stands for `~`.
///
/// # Errors
/// Every mistake in the order of the text; where the text is no TOML at all, the first place that is not.
pub fn parse(text: &str, path: &Path, home: Option<&Path>) -> Result<Profile, Vec<ProfileProblem>> {
    let findings = Findings::new(path, text);
    let profile = parse_into(&findings, text, path, home)?;
    match profile {
        Some(profile) if findings.none() => Ok(profile),
        _ => Err(findings.into_problems()),
    }
}

/// Reads what can be read; the mistakes go to `findings`.
fn parse_into(
    findings: &Findings<'_>,
    text: &str,
    path: &Path,
    home: Option<&Path>,
) -> Result<Option<Profile>, Vec<ProfileProblem>> {
    let user = match Document::parse(text) {
        Ok(document) => document,
        Err(_) => {
            syntax(findings, text);
            return Ok(None);
        }
    };
    // Part of the program: a test reads it. Even so nothing may fall over.
    let defaults = READ_DEFAULTS
        .as_ref()
        .map_err(|e| vec![whole_file(path, format!("the built-in defaults are not valid TOML: {e}"))])?;
    let findings: &Findings<'_> = findings;
    let top = Section::root(findings, user.as_table(), defaults.as_table());
    Ok(assemble(&top, path, home))
}

/// Notes where a text is no TOML.
///
/// The parser names one place only, and not always the first: it looks at brackets before it looks at values.
/// What stands before that place is therefore parsed again.
fn syntax(findings: &Findings<'_>, text: &str) {
    const MOST: usize = 20;
    let mut end = text.len();
    for _ in 0..MOST {
        let Err(error) = Document::parse(&text[..end]) else { return };
        let span = error.span().unwrap_or(0..0);
        let cut_open = end < text.len() && goes_on(&error);
        if !cut_open {
            findings.add(span.clone(), "", format!("is not valid TOML: {}", error.message().trim()));
        }
        // The line of the mistake, or the last one of what was cut open, is left out of the next try.
        let last = if cut_open { text[..end].trim_end().len() } else { span.start };
        match text.get(..last).and_then(|before| before.rfind('\n')) {
            Some(newline) => end = newline + 1,
            None => return,
        }
    }
}

/// Whether an error comes from cutting a text within a list, a table or a text of several lines.
///
/// The parser has no other name for them than its words; fixtures hold both kinds.
fn goes_on(error: &TomlError) -> bool {
    let message = error.message();
    ["unclosed array", "unclosed inline table", "invalid multi-line"]
        .iter()
        .any(|begin| message.starts_with(begin))
}

fn assemble(top: &Section<'_>, path: &Path, home: Option<&Path>) -> Option<Profile> {
    schema(top);
    let ecosystem = top.section("ecosystem");
    let name = ecosystem.text_or_none("name");
    let root = values::root(&ecosystem, path, home);
    let demo = ecosystem.flag("demo");
    ecosystem.refuse_others();

    let folders = top.section("folders");
    let data = inside(&folders, "data", &root).unwrap_or(None);
    let logs = inside(&folders, "logs", &root).unwrap_or(None);
    let config = inside(&folders, "config", &root).unwrap_or(None);
    for (key, value) in [("data", &data), ("logs", &logs), ("config", &config)] {
        if value.is_none() && folders.text(key).is_some_and(|t| t.trim().is_empty()) {
            folders.wrong(key, "is empty; name a folder inside the root");
        }
    }
    folders.refuse_others();

    let process = process(&top.section("process"), &root, home);
    let state = state(&top.section("state"), &root);
    let probe = probe(&top.section("probe"));
    let logs_read = records::logs(top, &root);
    let reports = records::reports(top, &root);
    let modules = records::modules(top);
    let programs = programs::programs(top, &root);
    let bands = bands::bands(&top.section("bands"));
    let sampling = sampling(&top.section("sampling"));
    let alerts = alerts::alerts(&top.section("alerts"));
    let forecast = forecast::forecast(&top.section("forecast"));
    let backups = backups::backups(&top.section("backups"), &top.section("drill"), &root, home);
    let away = away::away(&top.section("away"), home);
    let cleanup = cleanup::cleanup(&top.section("cleanup"));
    let routines = routines::routines(&top.section("routines"), path, home);
    let quiet = channels::quiet(&top.section("quiet"));
    let channels = channels::channels(top, home);
    let metrics = metrics::metrics(&top.section("metrics"), home);
    let appearance = appearance::appearance(&top.section("appearance"));
    top.refuse_others();

    let root = root.path?;
    let named_by_folder = root.file_name().map(|n| n.to_string_lossy().into_owned());
    Some(Profile {
        name: name.or(named_by_folder).unwrap_or_else(|| root.display().to_string()),
        demo,
        process: process?,
        state,
        probe,
        logs: logs_read,
        reports,
        modules,
        programs,
        data_dir: data.unwrap_or_else(|| root.clone()),
        logs_dir: logs.unwrap_or_else(|| root.clone()),
        config_dir: config.unwrap_or_else(|| root.clone()),
        bands,
        sampling: sampling?,
        alerts: alerts?,
        forecast,
        backups: backups?,
        away: away?,
        appearance: appearance?,
        metrics: metrics?,
        cleanup: cleanup?,
        routines: routines?,
        quiet,
        channels,
        root,
    })
}

fn schema(top: &Section<'_>) {
    let Some(found) = top.value("schema") else { return };
    match found.item.as_integer() {
        Some(1) => {}
        Some(newer) if newer > 1 => {
            top.wrong(
                "schema",
                format!("is {newer}: made for a newer Caretaker; update it, or write schema = 1"),
            );
        }
        _ => top.wrong("schema", "must be the number 1"),
    }
}

fn process(section: &Section<'_>, root: &Root, home: Option<&Path>) -> Option<ProcessMatch> {
    let argument = section.text_or_none("argument");
    let directory = values::working_directory(section, "directory", root);
    let own_only = match section.text("owner").as_deref() {
        Some("me") => true,
        Some("any") => false,
        Some(other) => {
            section.wrong("owner", format!("is {}; it must be \"me\" or \"any\"", shown(other)));
            true
        }
        None => true,
    };
    let start = section.words("start");
    if start.first().is_some_and(|program| program.trim().is_empty()) {
        section.wrong("start", "begins with an empty text; begin with the program, or write []");
    }
    let unclear = argument.is_none()
        && section.text("argument").is_some()
        && section.text("directory").is_some_and(|d| d.trim().is_empty());
    if unclear {
        let key = if section.sets("argument") { "argument" } else { "directory" };
        section
            .wrong(key, "argument and directory are both empty, so every process would fit; set one of them");
    }
    section.refuse_others();
    let agents = home.map(|home| home.join("Library/LaunchAgents"));
    Some(ProcessMatch { argument, directory: directory?, own_only, start, agents })
}

fn state(section: &Section<'_>, root: &Root) -> Option<StateFile> {
    let path = inside(section, "file", root);
    let stale_after = match section.text("stale_after") {
        Some(text) if text.trim().is_empty() => None,
        Some(_) => section.time("stale_after", SECOND..=DAY * 366),
        None => None,
    };
    section.refuse_others();
    path.flatten().map(|path| StateFile { path, stale_after })
}

fn probe(section: &Section<'_>) -> Option<Probe> {
    let command = section.words("command");
    let url = section.text_or_none("url");
    let timeout = section.time("timeout", Duration::from_millis(100)..=Duration::from_secs(600));
    let every = section.time("every", SECOND..=DAY);
    let max_output = section.size("max_output", 16_000_000);
    section.refuse_others();
    if !command.is_empty() && url.is_some() {
        section.wrong("url", "`command` and `url` are both set; keep one of them");
    }
    let target = if let Some(url) = url {
        if let Err(wrong) = values::loopback(&url) {
            section.wrong("url", wrong);
        }
        ProbeTarget::Http(url)
    } else if let Some(program) = command.first() {
        if program.trim().is_empty() {
            section.wrong("command", "begins with an empty text; begin with the program, or write []");
        }
        ProbeTarget::Command(command)
    } else {
        return None;
    };
    Some(Probe { target, timeout: timeout?, max_output: max_output?, every: every? })
}

fn sampling(section: &Section<'_>) -> Option<Sampling> {
    let shortest = Duration::from_millis(100);
    let open = section.time("open", shortest..=DAY);
    let closed = section.time("closed", shortest..=DAY);
    let discovery = section.time("discovery", shortest..=DAY);
    let sizes = section.time("sizes", SECOND..=DAY * 7);
    let cpu_window = section.time("cpu_window", SECOND..=DAY);
    section.refuse_others();
    Some(Sampling {
        open: open?,
        closed: closed?,
        discovery: discovery?,
        sizes: sizes?,
        cpu_window: cpu_window?,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use toml_edit::{Item, TableLike};

    use super::*;
    use crate::signal::{SignalId, Unit};

    const PATH: &str = "/p/caretaker.toml";

    /// Every key of a text, lists as `logs[].path`.
    fn keys(table: &dyn TableLike, prefix: &str, into: &mut BTreeSet<String>) {
        for (key, item) in table.iter() {
            let key = if key.contains('.') { format!("\"{key}\"") } else { key.to_owned() };
            let full = format!("{prefix}{key}");
            match item {
                Item::ArrayOfTables(tables) => {
                    for table in tables {
                        keys(table, &format!("{full}[]."), into);
                    }
                }
                Item::Table(table) => keys(table, &format!("{full}."), into),
                _ => {}
            }
            into.insert(full);
        }
    }

    #[test]
    fn the_defaults_lack_nothing_but_the_root() {
        let problems = parse(DEFAULTS, Path::new(PATH), None).unwrap_err();
        assert_eq!(problems.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["ecosystem.root"]);
        let with_root = DEFAULTS.replace("root = \"\"", "root = \"/eco\"");
        let profile = parse(&with_root, Path::new(PATH), None).unwrap();
        let smallest = parse("ecosystem.root = '/eco'", Path::new(PATH), None).unwrap();
        assert_eq!(profile, smallest, "what is left out is as in the defaults");
    }

    #[test]
    fn by_default_an_error_that_is_written_into_two_logs_counts_once() {
        let profile = parse("ecosystem.root = '/eco'", Path::new(PATH), None).unwrap();
        assert_eq!(
            profile.logs.iter().map(|log| log.path.as_path()).collect::<Vec<_>>(),
            [Path::new("/eco/logs/ecosystem.log")]
        );
    }

    #[test]
    fn the_parser_and_the_defaults_know_the_same_keys() {
        let findings = Findings::new(Path::new(PATH), DEFAULTS);
        let _ = parse_into(&findings, DEFAULTS, Path::new(PATH), None);
        let asked: BTreeSet<String> = findings.asked();
        let document = Document::parse(DEFAULTS).unwrap();
        let mut written = BTreeSet::new();
        keys(document.as_table(), "", &mut written);
        assert_eq!(asked, written);
    }

    #[test]
    fn every_key_of_the_defaults_has_a_comment() {
        let mut commented = false;
        let mut sections = BTreeSet::new();
        for line in DEFAULTS.lines() {
            let is_key = line.contains(" = ") && !line.starts_with('#');
            let repeated =
                !line.starts_with('[') || (!sections.insert(line.to_owned()) && line.starts_with("[["));
            if is_key && !repeated {
                assert!(commented, "{line}");
            }
            commented = line.starts_with('#') || (commented && !line.is_empty());
        }
    }

    #[test]
    fn every_signal_with_a_number_has_bands_to_set() {
        for id in SignalId::ALL.iter().filter(|id| id.unit() != Unit::None) {
            assert!(DEFAULTS.contains(&format!("[bands.\"{id}\"]")), "{id}");
        }
    }
}
