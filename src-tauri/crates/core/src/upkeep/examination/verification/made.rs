//! What somebody made: code, tests, documents, settings.

use std::collections::BTreeSet;

use crate::judge::words;
use crate::upkeep::examination::check::Severity::{High, Low, Medium};
use crate::upkeep::examination::check::{Place, Sheet, ask};
use crate::upkeep::examination::python::PythonFile;
use crate::upkeep::examination::seen::Of;

/// Code longer than this is read by nobody.
const LONGEST: u64 = 1_500;
/// Of the files of code so many parts in a hundred should say what they are, and have a test.
const MOST_DOCUMENTED: usize = 50;
const MOST_TESTED: usize = 30;
/// A file of code shorter than this needs neither.
const SHORT: u64 = 5;

/// Words of a name, so that `Meta-Learning Analysis` is found in `meta_learning_config.yaml`.
fn words_of(name: &str) -> BTreeSet<String> {
    const COMMON: [&str; 10] =
        ["engine", "system", "module", "cycle", "analysis", "process", "config", "the", "yaml", "yml"];
    let lower = name.to_lowercase();
    let words =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty() && !COMMON.contains(word));
    words.map(str::to_owned).collect()
}

pub(super) fn modules(sheet: &mut Sheet<'_>) {
    whole(sheet);
    settings_of_each(sheet);
}

fn whole(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "modules/whole",
        High,
        "Every file of code is written to its end.",
        "Mend that line, or bring the file back from the last backup or from git.",
    );
    let (seen, mut places) = (sheet.seen, Vec::new());
    for file in &seen.python {
        if let Some((line, why)) = &file.broken {
            places.push(Place::new(&file.path, Some(*line), why));
        } else if file.lines == 0 && !file.path.ends_with("__init__.py") {
            places.push(Place::new(&file.path, None, "nothing is in it"));
        }
    }
    if places.is_empty() {
        let blind = seen.blind(Of::Code, asked.id);
        let ok = match (blind.count(), seen.python.len()) {
            (0, 1..) => Some(true),
            _ => None,
        };
        return sheet.put(&asked, ok, format!("{} files of code were looked at.", seen.python.len()), &blind);
    }
    sheet.places(&asked, places, "");
}

fn settings_of_each(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "modules/settings",
        Medium,
        "Every module has its settings.",
        "Write a file for it into the folder of settings, or take the module out of the profile.",
    );
    let profile = sheet.known.profile;
    if profile.modules.is_empty() {
        return sheet.told(&asked, None, "The profile names no module.");
    }
    if sheet.seen.settings.is_empty() {
        return sheet.told(&asked, None, "The folder of settings holds none.");
    }
    let files: Vec<(Option<&str>, BTreeSet<String>)> = sheet
        .seen
        .settings
        .iter()
        .map(|file| (file.module.as_deref(), words_of(file.path.rsplit('/').next().unwrap_or_default())))
        .collect();
    let has = |name: &str| {
        let wanted = words_of(name);
        // A file that says for whom it is counts for that one alone.
        files.iter().any(|(module, words)| match module {
            Some(module) => *module == name,
            None => !words.is_empty() && (words.is_subset(&wanted) || wanted.is_subset(words)),
        })
    };
    let missing = profile.modules.iter().filter(|module| !has(&module.name));
    let places = missing.map(|module| Place::new("", None, &module.name)).collect();
    sheet.places(&asked, places, format!("All {} modules have.", profile.modules.len()));
}

/// Files of code that are no tests and long enough to matter.
fn sources<'a>(sheet: &Sheet<'a>) -> Vec<&'a PythonFile> {
    sheet.seen.python.iter().filter(|file| !file.is_test && file.lines >= SHORT).collect()
}

pub(super) fn tests(sheet: &mut Sheet<'_>) {
    let there =
        ask("tests/there", Medium, "There are tests.", "Write one for what broke last; tests/test_NAME.py.");
    let hold = ask(
        "tests/hold-something",
        Low,
        "Every file of tests holds tests.",
        "Write one, or remove the file.",
    );
    let cover =
        ask("tests/cover", Low, "Code has tests of its name.", "Begin with the module that fails most.");
    let sources = sources(sheet);
    let tests: Vec<&PythonFile> = sheet.seen.python.iter().filter(|file| file.is_test).collect();
    if sheet.seen.python.is_empty() {
        for asked in [&there, &hold, &cover] {
            sheet.told(asked, None, "There is no code of Python here.");
        }
        return;
    }
    let count: u64 = tests.iter().map(|file| file.tests).sum();
    sheet.told(&there, Some(count > 0), format!("{count} tests in {} files.", tests.len()));
    if tests.is_empty() {
        sheet.told(&hold, None, "There are no files of tests.");
        return sheet.told(&cover, None, "There are no files of tests.");
    }
    let named = |file: &&&PythonFile| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        file.tests == 0
            && name != "__init__.py"
            && name != "conftest.py"
            && file.lines > 0
            && (name.starts_with("test_") || name.ends_with("_test.py"))
    };
    let empty =
        tests.iter().filter(named).map(|file| Place::new(&file.path, None, "no test is in it")).collect();
    sheet.places(&hold, empty, format!("All {} do.", tests.len()));
    let stem = |file: &PythonFile| {
        file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".py").to_owned()
    };
    let names: BTreeSet<String> = tests.iter().map(|file| stem(file)).collect();
    let tested = |file: &&&PythonFile| {
        let stem = stem(file);
        names.contains(&format!("test_{stem}")) || names.contains(&format!("{stem}_test"))
    };
    let covered = sources.iter().filter(tested).count();
    if sources.is_empty() {
        return sheet.told(&cover, None, "There is no code beside the tests.");
    }
    let ok = covered * 100 >= sources.len() * MOST_TESTED;
    sheet.told(&cover, Some(ok), format!("{covered} of {} files have one.", sources.len()));
}

pub(super) fn documents(sheet: &mut Sheet<'_>) {
    let at_root: Vec<String> = sheet.seen.at_root.iter().map(|name| name.to_lowercase()).collect();
    let begins =
        |names: &[&str]| at_root.iter().find(|name| names.iter().any(|one| name.starts_with(one))).cloned();
    for (id, names, text, remedy) in [
        (
            "documents/readme",
            &["readme", "docs/", "doc/", "manual"][..],
            "A document says what it is and how it is run.",
            "Write a README.md: what it does, how it is started and stopped, where its data lies.",
        ),
        (
            "documents/history",
            &["changelog", "version_history", "history", "releases", "news"][..],
            "A document says what changed.",
            "Keep a VERSION_HISTORY.md: a few lines a month.",
        ),
    ] {
        let found = begins(names);
        let evidence = found
            .as_ref()
            .map_or_else(|| "None lies in its folder.".to_owned(), |name| format!("{name} lies there."));
        sheet.told(&ask(id, Low, text, remedy), Some(found.is_some()), evidence);
    }
    let asked = ask(
        "documents/code",
        Low,
        "Code says at its beginning what it is.",
        "Write one line of text at the top of each file.",
    );
    let sources = sources(sheet);
    if sources.is_empty() {
        sheet.told(&asked, None, "There is no code of Python here.");
    } else {
        let documented = sources.iter().filter(|file| file.has_docstring).count();
        let ok = documented * 100 >= sources.len() * MOST_DOCUMENTED;
        sheet.told(&asked, Some(ok), format!("{documented} of {} files do.", sources.len()));
    }
    let asked = ask(
        "documents/settings",
        Low,
        "Settings say what they are for.",
        "Write a comment beside what is not plain.",
    );
    let files = &sheet.seen.settings;
    if files.is_empty() {
        return sheet.told(&asked, None, "The folder of settings holds none.");
    }
    let fine = format!("All {} do.", files.len());
    let silent = files.iter().filter(|file| !file.has_comments && !file.path.ends_with(".json"));
    let places = silent.map(|file| Place::new(&file.path, None, "no comment")).collect();
    sheet.places(&asked, places, fine);
}

pub(super) fn integration(sheet: &mut Sheet<'_>) {
    imports(sheet);
    cycles(sheet);
    known_modules(sheet);
    let contradictions = ask(
        "integration/contradictions",
        Medium,
        "What it says of itself is what is measured.",
        "Believe what is measured; mend what it says.",
    );
    sheet.signal(crate::signal::SignalId::Contradictions, &contradictions);
}

/// What code takes from the code beside it is there.
fn imports(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "integration/imports",
        High,
        "What code takes from the code beside it is there.",
        "Bring the file back from the last backup or from git, or mend the import.",
    );
    let seen = sheet.seen;
    if seen.python.is_empty() {
        return sheet.told(&asked, None, "There is no code of Python here.");
    }
    let files: BTreeSet<&str> = seen.python.iter().map(|file| file.path.as_str()).collect();
    let is_folder = |folder: &str| files.iter().any(|file| file.starts_with(&format!("{folder}/")));
    let mut places = Vec::new();
    for file in &seen.python {
        for import in file.imports.iter().filter(|import| import.dots > 0 && !import.is_optional) {
            let mut folder: Vec<&str> = file.path.split('/').collect();
            let up = import.dots.min(folder.len());
            folder.truncate(folder.len() - up);
            // What a package itself defines may be taken from it by its name.
            let is_of_package = !file.path.contains('/') || import.module.is_empty();
            let path = folder.iter().copied().chain(import.module.split('.')).collect::<Vec<_>>().join("/");
            let package = folder.iter().copied().chain(["__init__.py"]).collect::<Vec<_>>().join("/");
            let single = !import.module.contains('.') && files.contains(package.as_str());
            let there = files.contains(format!("{path}.py").as_str()) || is_folder(&path);
            if !there && !single && !is_of_package {
                let dots = ".".repeat(import.dots);
                places.push(Place::new(
                    &file.path,
                    Some(import.line),
                    format!("{dots}{} is not there", import.module),
                ));
            }
        }
    }
    sheet.places(&asked, places, format!("Looked at in {} files.", seen.python.len()));
}

/// Cycles in the settings and in the profile are the same, or Caretaker waits for the wrong times.
fn cycles(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "integration/cycles",
        Medium,
        "Modules run as often as the profile says.",
        "Write the cycle of the settings into the profile, or the other way round.",
    );
    let (profile, mut compared, mut places) = (sheet.known.profile, 0, Vec::new());
    for file in &sheet.seen.settings {
        let Some((seconds, line)) = file.cycle else { continue };
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let fits = |module: &&crate::profile::ModuleCycle| match &file.module {
            Some(own) => *own == module.name,
            None => words_of(name) == words_of(&module.name),
        };
        let Some(module) = profile.modules.iter().find(fits) else { continue };
        compared += 1;
        if module.cycle.as_secs() != seconds {
            #[allow(clippy::cast_precision_loss, reason = "a cycle in words")]
            let says = |seconds: u64| words::span(seconds as f64);
            let text = format!("{} here, {} in the profile", says(seconds), says(module.cycle.as_secs()));
            places.push(Place::new(&file.path, Some(line), text));
        }
    }
    if compared == 0 {
        return sheet.told(&asked, None, "The settings say nothing that could be held against the profile.");
    }
    sheet.places(&asked, places, format!("Held against each other in {compared} files."));
}

/// The modules that it speaks of are those that the profile knows.
fn known_modules(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "integration/modules",
        Low,
        "The profile knows every module that it speaks of, and it speaks of every module that the profile knows.",
        "Bring the profile up to date.",
    );
    let Some(verdict) = sheet.known.verdict else {
        return sheet.told(&asked, None, "Nobody has looked at it yet.");
    };
    let claimed: Vec<_> = verdict.modules.iter().filter(|module| module.status.is_some()).collect();
    if claimed.is_empty() {
        return sheet.told(&asked, None, "It says nothing of its modules.");
    }
    let profile = &sheet.known.profile.modules;
    let strange = claimed.iter().filter(|module| !profile.iter().any(|known| known.name == module.name));
    let silent = profile.iter().filter(|known| !claimed.iter().any(|module| module.name == known.name));
    let mut places: Vec<Place> = strange
        .map(|module| Place::new("", None, format!("{} is not in the profile", module.name)))
        .collect();
    places.extend(silent.map(|known| Place::new("", None, format!("of {} it says nothing", known.name))));
    sheet.places(&asked, places, format!("It speaks of {} modules.", claimed.len()));
}

pub(super) fn configuration(sheet: &mut Sheet<'_>) {
    let there = ask(
        "configuration/there",
        High,
        "There are settings.",
        "Name their folder as folders.config in the profile.",
    );
    let files = &sheet.seen.settings;
    let folder = sheet.known.profile.config_dir.display().to_string();
    match files.len() {
        0 => sheet.told(&there, Some(false), format!("There is none in {folder}.")),
        count => sheet.told(&there, Some(true), format!("{count} files in {folder}.")),
    }
    let understood = ask(
        "configuration/understood",
        High,
        "Every settings file can be read.",
        "Mend the line; caretaker audit names it.",
    );
    if files.is_empty() {
        sheet.told(&understood, None, "There is none.");
    } else {
        let fine = format!("All {} can.", files.len());
        let broken = files.iter().filter(|file| !file.understood);
        let places = broken.map(|file| Place::new(&file.path, None, "cannot be read")).collect();
        sheet.places(&understood, places, fine);
    }
    let hours = ask(
        "configuration/bare-hours",
        Medium,
        "Hours are quoted: 18:00 alone is read as the number 1080.",
        "Put quotes around it.",
    );
    sheet.tree(Of::Settings, &hours);
}

pub(super) fn maintenance(sheet: &mut Sheet<'_>) {
    let long = ask(
        "maintenance/length",
        Low,
        "No file of code is longer than 1500 lines.",
        "Take it apart where two thoughts meet.",
    );
    if sheet.seen.python.is_empty() {
        sheet.told(&long, None, "There is no code of Python here.");
    } else {
        let too_long = sheet.seen.python.iter().filter(|file| file.lines > LONGEST);
        let places = too_long
            .map(|file| Place::new(&file.path, None, format!("{} lines of code", file.lines)))
            .collect();
        sheet.places(&long, places, format!("{} files were looked at.", sheet.seen.python.len()));
    }
    let kept = ask(
        "maintenance/versions",
        Low,
        "The past of the code is kept.",
        "git init, then commit what is there.",
    );
    let found =
        sheet.seen.at_root.iter().any(|name| matches!(name.as_str(), ".git/" | ".hg/" | ".svn/" | ".git"));
    // It may lie in a repository of something larger.
    let above = sheet.known.profile.root.ancestors().skip(1).any(|folder| folder.join(".git").exists());
    let evidence = match (found, above) {
        (true, _) => "It is a repository.",
        (false, true) => "It lies in a repository.",
        (false, false) => "No repository holds it.",
    };
    sheet.told(&kept, Some(found || above), evidence);
}
