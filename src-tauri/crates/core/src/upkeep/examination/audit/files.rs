//! What lies in files: data that is whole, settings that are safe, code that does what it should, private things that stay so.

use std::os::unix::fs::PermissionsExt;

use crate::fsio;
use crate::observe::ProcessTree;
use crate::upkeep::examination::check::Severity::{Critical, High, Low, Medium};
use crate::upkeep::examination::check::{Asked, Place, Sheet, ask};
use crate::upkeep::examination::running;
use crate::upkeep::examination::seen::Of;

/// Bytes of git's list of files.
const LARGEST_INDEX: u64 = 64 << 20;

pub(super) fn data(sheet: &mut Sheet<'_>) {
    state_file(sheet);
    for (severity, id, of, text, remedy) in [
        (
            Critical,
            "data/databases",
            Of::Databases,
            "Every database is whole to its last page.",
            "Stop the process, keep the broken file aside, and restore it from the last proven backup.",
        ),
        (
            High,
            "data/json",
            Of::Json,
            "Every file of JSON, YAML and TOML among the data is whole.",
            "Restore it from the last proven backup, or remove it if the process makes it anew.",
        ),
        (
            Medium,
            "data/json-lines",
            Of::JsonLines,
            "Every line of JSON lines is whole.",
            "Remove the broken lines; they are what a crash cut off.",
        ),
        (
            High,
            "data/secrets",
            Of::Data,
            "No secret lies among the data.",
            "Change that secret first, then remove it: copies of it are in the backups.",
        ),
        (
            Low,
            "data/leftovers",
            Of::Anything,
            "Nothing is left behind: no half-written files, no crash dumps.",
            "Look what it is, then remove it.",
        ),
        (
            Low,
            "data/future",
            Of::Anything,
            "No file comes from the future.",
            "Set the clock right; what is kept for some time is kept too long otherwise.",
        ),
    ] {
        sheet.tree(of, &ask(id, severity, text, remedy));
    }
}

fn state_file(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "data/state-file",
        High,
        "The state that the process saves is whole.",
        "Stop the process, keep the file aside, and restore it from the last proven backup.",
    );
    let Some(state) = &sheet.known.profile.state else {
        return sheet.told(&asked, None, "The profile names no state file.");
    };
    match fsio::open_regular(&state.path) {
        Err(error) => sheet.told(&asked, None, format!("It cannot be looked at: {error}.")),
        Ok(_) => sheet.tree(Of::Json, &asked),
    }
}

pub(super) fn input(sheet: &mut Sheet<'_>) {
    for (severity, id, text, remedy) in [
        (
            High,
            "input/eval",
            "No text is run as a program: no eval, no exec.",
            "Read values with json or ast.literal_eval; import code instead of running a text.",
        ),
        (High, "input/yaml-load", "YAML is read without making objects.", "Use yaml.safe_load."),
        (
            Medium,
            "input/pickle",
            "No data is read that may run a program: no pickle, no marshal, no joblib.",
            "Keep data as JSON or in SQLite; read such files only where you wrote them yourself.",
        ),
        (
            Medium,
            "input/archives",
            "Archives are unpacked only where they should be.",
            "Give extractall the argument filter=\"data\".",
        ),
        (
            Medium,
            "input/sql",
            "Values go into SQL as values.",
            "Give them as parameters: execute(\"… WHERE x = ?\", (x,)).",
        ),
    ] {
        sheet.tree(Of::Code, &ask(id, severity, text, remedy));
    }
    let names = "Rename them; scripts take such names for something else.";
    sheet.tree(Of::Anything, &ask("input/names", Medium, "Names of files are plain text.", names));
}

pub(super) fn errors(sheet: &mut Sheet<'_>) {
    let swallowed = "Log it with logging.exception, and catch only what you expect.";
    sheet.tree(Of::Code, &ask("errors/swallowed", Medium, "No error vanishes.", swallowed));
    let debug = ask(
        "errors/debug",
        Medium,
        "Debugging is off: error pages tell strangers how it is made.",
        "Turn it off in the settings and in the code.",
    );
    sheet.tree(Of::Settings, &debug);
}

pub(super) fn configuration(sheet: &mut Sheet<'_>) {
    for (severity, id, text, remedy) in [
        (
            Critical,
            "configuration/secrets",
            "No secret stands in the settings.",
            "Change that secret, then name it by an environment variable or keep it in the keychain.",
        ),
        (
            High,
            "configuration/yaml",
            "Every settings file in YAML says the same to every reader.",
            "Mend the line; the process may have read it as nothing.",
        ),
        (
            High,
            "configuration/json",
            "Every settings file in JSON and TOML can be read.",
            "Mend the line; the process may have read it as nothing.",
        ),
        (
            High,
            "configuration/listens-to-all",
            "No setting opens a port to the whole network.",
            "Write 127.0.0.1 instead.",
        ),
        (
            High,
            "configuration/unproven-peers",
            "Certificates of others are looked at.",
            "Turn the look at certificates on; add your own authority if there is one.",
        ),
        (
            High,
            "configuration/known-password",
            "No password is one that everybody tries first.",
            "Change it.",
        ),
        (
            Medium,
            "configuration/plain-http",
            "Nothing is fetched over a line that others can read and change.",
            "Write https.",
        ),
    ] {
        sheet.tree(Of::Settings, &ask(id, severity, text, remedy));
    }
    limits(sheet);
}

fn limits(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "configuration/limits",
        Low,
        "Every settings file bounds something: memory, time, entries or age.",
        "Write a limit into it, such as max_memory_mb or max_runtime_seconds.",
    );
    let files = &sheet.seen.settings;
    if files.is_empty() {
        return sheet.told(&asked, None, "The folder of settings holds none.");
    }
    let fine = format!("All {} settings files do.", files.len());
    let open = files.iter().filter(|file| !file.has_limits);
    let places = open.map(|file| Place::new(&file.path, None, "no limit")).collect();
    sheet.places(&asked, places, fine);
}

pub(super) fn code(sheet: &mut Sheet<'_>) {
    for (severity, id, of, text, remedy) in [
        (
            Critical,
            "code/secrets",
            Of::Code,
            "No secret stands in the code.",
            "Change that secret, then read it from an environment variable or the keychain.",
        ),
        (
            High,
            "code/shell",
            Of::Code,
            "No shell takes a line that is put together.",
            "Run programs by a list of arguments: subprocess.run([\"ls\", path]).",
        ),
        (
            High,
            "code/unproven-peers",
            Of::Code,
            "Certificates of others are looked at.",
            "Remove verify=False; add your own authority if there is one.",
        ),
        (
            High,
            "code/downloads",
            Of::Script,
            "Nothing that is loaded is run unseen.",
            "Load it, look at it or at its checksum, then run it.",
        ),
        (
            Medium,
            "code/binaries",
            Of::Anything,
            "Every program here has its source here.",
            "Look where it comes from; remove it if nobody knows.",
        ),
        (
            Low,
            "code/unsafe-temporary",
            Of::Code,
            "Temporary files are made under names that nobody else can take first.",
            "Use tempfile.mkstemp or NamedTemporaryFile.",
        ),
    ] {
        sheet.tree(of, &ask(id, severity, text, remedy));
    }
    changed(sheet);
    versioned(sheet);
}

/// What runs is what was there when it started.
fn changed(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "code/changed",
        Medium,
        "What runs is what lies there: no code changed since the process started.",
        "Look what changed; if it is meant, start the process again.",
    );
    let tree = match &sheet.known.process {
        Err(why) => return sheet.told(&asked, None, why.clone()),
        Ok(None) => return sheet.told(&asked, None, "It does not run."),
        Ok(Some(tree)) => tree,
    };
    let Some((at, path)) = &sheet.seen.newest_code else {
        return sheet.told(&asked, None, "There is no code here.");
    };
    let when = sheet.known.zone.local(*at).format("%Y-%m-%d %H:%M");
    let later = *at > tree.started_at;
    let places = later.then(|| Place::new(path, None, format!("changed {when}"))).into_iter().collect();
    sheet.places(&asked, places, format!("It changed last on {when}, before that."));
}

/// A secret that git knows is in every copy of the repository, whatever is done to the file.
fn versioned(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "code/secrets-in-git",
        Critical,
        "No file with a secret is kept by git: every copy of the repository has it, for good.",
        "Change the secret; removing the file does not take it out of the past.",
    );
    let index = sheet.known.profile.root.join(".git/index");
    let known =
        |bytes: &[u8]| [&b"DIRC\0\0\0\x02"[..], b"DIRC\0\0\0\x03"].iter().any(|head| bytes.starts_with(head));
    match fsio::read_bounded(&index, LARGEST_INDEX) {
        Err(error) if error.kind == crate::error::ErrorKind::NotFound => {
            sheet.told(&asked, Some(true), "It is not kept by git.");
        }
        Err(error) => sheet.told(&asked, None, format!("What git keeps cannot be read: {error}.")),
        // The fourth version shortens names.
        Ok(bytes) if !known(&bytes) => {
            sheet.told(&asked, None, "What git keeps is written in a form that is not known here.");
        }
        Ok(bytes) => {
            let name = |path: &str| [path.as_bytes(), b"\0"].concat();
            let kept = |path: &&String| memchr::memmem::find(&bytes, &name(path)).is_some();
            let mut places: Vec<Place> = sheet
                .seen
                .with_secrets
                .iter()
                .filter(kept)
                .map(|path| Place::new(path, None, "kept by git"))
                .collect();
            places.sort();
            places.dedup();
            sheet.places(&asked, places, "No file in which a secret was seen is kept by git.");
        }
    }
}

pub(super) fn privacy(sheet: &mut Sheet<'_>) {
    for (severity, id, of, text, remedy) in [
        (
            High,
            "privacy/secrets-in-logs",
            Of::Logs,
            "No secret stands in the logs.",
            "Change that secret, keep it out of what is logged, then remove the log.",
        ),
        (
            High,
            "privacy/secrets-in-reports",
            Of::Reports,
            "No secret stands in the reports.",
            "Change that secret, and look why the report shows it.",
        ),
        (
            Low,
            "privacy/retention",
            Of::Logs,
            "Nothing is kept longer than it should be: logs and reports have their age.",
            "caretaker cleanup puts them aside.",
        ),
    ] {
        sheet.tree(of, &ask(id, severity, text, remedy));
    }
    readable(sheet);
    let arguments = ask(
        "privacy/arguments",
        High,
        "No secret stands on the command line of the process: everybody on the machine can read it.",
        "Change it, and give it by an environment variable or a file.",
    );
    process(sheet, &arguments, running::arguments, "None stands there.");
    let environment = ask(
        "privacy/environment",
        Low,
        "The environment of the process holds no secrets: whatever it starts inherits them.",
        "Keep them in the keychain or in a file that it alone reads, or accept it where it is meant.",
    );
    process(sheet, &environment, running::environment, "None stands in it.");
}

/// Who cannot reach the root cannot read below it.
fn readable(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "privacy/readable",
        Low,
        "Data, logs and reports are read by nobody else on this machine.",
        "chmod 700 on the ecosystem's folder keeps all others out.",
    );
    let Ok(real) = sheet.known.profile.root.canonicalize() else {
        return sheet.told(&asked, None, "The way to its folder could not be followed.");
    };
    let is_shut =
        |folder: &std::path::Path| folder.metadata().is_ok_and(|one| one.permissions().mode() & 0o001 == 0);
    match real.ancestors().find(|folder| is_shut(folder)) {
        Some(folder) => sheet.told(&asked, Some(true), format!("{} keeps all others out.", folder.display())),
        None => sheet.tree(Of::Anything, &asked),
    }
}

fn process(
    sheet: &mut Sheet<'_>,
    asked: &Asked,
    look: impl Fn(&ProcessTree) -> Result<Vec<Place>, String>,
    fine: &str,
) {
    match &sheet.known.process {
        Err(why) => sheet.told(asked, None, why.clone()),
        Ok(None) => sheet.told(asked, None, "It does not run."),
        Ok(Some(tree)) => match look(tree) {
            Err(why) => sheet.told(asked, None, why),
            Ok(places) => sheet.places(asked, places, fine),
        },
    }
}
