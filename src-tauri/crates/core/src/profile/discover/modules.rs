//! Which modules there are and how often each runs: from the state file, from the settings, from what is known.

use serde_json::Value;

use super::folder::{Entry, Folder};
use crate::profile::FoundModule;

/// The cycles of the modules that such an ecosystem usually has, in minutes.
const USUAL: [(&str, u16); 10] = [
    ("Continuous Learning Engine", 5),
    ("Background Process Optimization", 10),
    ("Real-Time Adaptation System", 10),
    ("Meta-Learning Analysis", 15),
    ("Self-Improvement Cycle", 20),
    ("Knowledge Acquisition System", 30),
    ("Evolution Reporting System", 60),
    ("System Evolution Tracking", 60),
    ("Predictive Optimization", 30),
    ("Adaptive Architecture", 45),
];

/// Keys of a module's settings that hold its cycle, with the factor to minutes.
const CYCLES: [(&str, f64); 6] = [
    ("cycle_interval_minutes", 1.0),
    ("cycle_minutes", 1.0),
    ("interval_minutes", 1.0),
    ("cycle_interval_seconds", 1.0 / 60.0),
    ("cycle_seconds", 1.0 / 60.0),
    ("interval_seconds", 1.0 / 60.0),
];
const MOST: usize = 200;
const LARGEST_SETTINGS: u64 = 256 * 1024;
/// Settings lie at the top, or in a section or two below it.
const DEEPEST: usize = 3;

/// Merges the modules that the state names with those that the settings describe.
pub(super) fn look(folder: &mut Folder, state: Option<&Value>) -> Vec<FoundModule> {
    let mut modules = Vec::new();
    if let Some(Value::Object(named)) = state.and_then(|s| s.get("modules")) {
        for name in named.keys().filter(|name| is_name(name)).take(MOST) {
            modules.push(FoundModule {
                name: name.clone(),
                cycle_minutes: None,
                found_in: "state file".into(),
            });
        }
    }
    for entry in folder.files("config", 1000) {
        if entry.name.ends_with(".yaml") || entry.name.ends_with(".yml") {
            add(folder, &entry, &mut modules);
        }
    }
    for module in &mut modules {
        if module.cycle_minutes.is_none() {
            module.cycle_minutes = usual(&module.name).map(|(_, minutes)| f64::from(minutes));
        }
    }
    if modules.len() > MOST {
        folder.notes.push(format!("There are {} modules; the first {MOST} are listed.", modules.len()));
        modules.truncate(MOST);
    }
    let without: Vec<&str> =
        modules.iter().filter(|m| m.cycle_minutes.is_none()).map(|m| m.name.as_str()).collect();
    if modules.is_empty() {
        folder.notes.push("No modules were found, neither in the state file nor in config.".into());
    } else if !without.is_empty() {
        let some: Vec<&str> = without.iter().take(5).copied().collect();
        let more = if without.len() > some.len() { ", …" } else { "" };
        folder.notes.push(format!("How often these modules run is not known: {}{more}.", some.join(", ")));
    }
    modules
}

fn add(folder: &mut Folder, entry: &Entry, modules: &mut Vec<FoundModule>) {
    let Some(bytes) = folder.read(entry, LARGEST_SETTINGS) else {
        folder.notes.push(format!("{} cannot be read or is too large, so it was left out.", entry.path));
        return;
    };
    let Some(settings) = std::str::from_utf8(&bytes).ok().and_then(parse) else {
        folder.notes.push(format!("{} is not YAML that can be read, so it was left out.", entry.path));
        return;
    };
    let cycle =
        CYCLES.iter().find_map(|(key, factor)| Some(find(&settings, key, DEEPEST)?.as_f64()? * factor));
    let cycle = cycle.filter(|minutes| (1.0 / 60.0..=527_040.0).contains(minutes));
    let stem = entry.name.rsplit_once('.').map_or(entry.name.as_str(), |(stem, _)| stem);
    let module_stem = stem.strip_suffix("_config");
    let written = find(&settings, "module_name", DEEPEST)
        .or_else(|| module_stem.and_then(|_| settings.get("name")))
        .and_then(Value::as_str)
        .filter(|name| is_name(name))
        .map(str::to_owned);
    let titled = title(module_stem.unwrap_or(stem));
    // The state file's names are what the ecosystem itself uses; settings only add the cycle to them.
    let names = [written.as_deref(), Some(titled.as_str())];
    let known = names.iter().flatten().find_map(|name| modules.iter().position(|m| is_same(&m.name, name)));
    if let Some(index) = known {
        modules[index].cycle_minutes = modules[index].cycle_minutes.or(cycle);
        return;
    }
    let usual = usual(&titled).map(|(name, _)| name.to_owned());
    // Other settings lie in the same folder: only what says that it is a module is one.
    if written.is_none() && usual.is_none() && (cycle.is_none() || module_stem.is_none()) {
        return;
    }
    let name = written.or(usual).unwrap_or(titled);
    if is_name(&name) {
        modules.push(FoundModule { name, cycle_minutes: cycle, found_in: entry.path.clone() });
    }
}

/// Parses YAML within tight bounds; `None` where it is none, or goes beyond them.
fn parse(text: &str) -> Option<Value> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_nodes: 20_000,
            max_events: 60_000,
            max_aliases: 100,
            max_anchors: 100,
            max_documents: 1,
            max_total_scalar_bytes: 512 * 1024,
        },
    };
    serde_saphyr::from_str_with_options(text, options).ok()
}

/// The first value of `key`, near the top before far below.
fn find<'v>(value: &'v Value, key: &str, depth: usize) -> Option<&'v Value> {
    let table = value.as_object()?;
    if let Some(found) = table.get(key) {
        return Some(found);
    }
    (depth > 0).then(|| table.values().find_map(|below| find(below, key, depth - 1))).flatten()
}

/// A name that a line of a list can hold, whatever is in it.
fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= 200 && !name.contains('\0')
}

/// `meta_learning` as `Meta Learning`.
fn title(stem: &str) -> String {
    let words = stem.split(['_', '-', ' ']).filter(|word| !word.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn usual(name: &str) -> Option<(&'static str, u16)> {
    USUAL.iter().copied().find(|(usual, _)| is_same(usual, name))
}

/// Whether two names mean one module: `Meta Learning`, as a file's name has it, and `Meta-Learning Analysis`.
fn is_same(a: &str, b: &str) -> bool {
    let fold = |name: &str| {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let (a, b) = (fold(a), fold(b));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short == long || (short.len() >= 8 && long.starts_with(&short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_and_a_module_meet() {
        assert!(is_same("Meta-Learning Analysis", "meta_learning"));
        assert!(is_same(&title("continuous_learning_engine"), "Continuous Learning Engine"));
        assert!(!is_same("Adaptive Architecture", "Real-Time Adaptation System"));
        assert!(!is_same("Self", "Self-Improvement Cycle"));
        assert_eq!(usual("Predictive Optimization"), Some(("Predictive Optimization", 30)));
    }

    #[test]
    fn a_yaml_bomb_is_none() {
        let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for (this, that) in
            [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("f", "e"), ("g", "f"), ("h", "g")]
        {
            bomb.push_str(&format!(
                "{this}: &{this} [*{that},*{that},*{that},*{that},*{that},*{that},*{that},*{that}]\n"
            ));
        }
        assert_eq!(parse(&bomb), None);
        assert_eq!(parse(&"[".repeat(100_000)), None);
        assert_eq!(parse("a: 1\nb: {c: [2]}").and_then(|v| v["b"]["c"][0].as_i64()), Some(2));
    }
}
