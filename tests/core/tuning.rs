//! The ecosystem's settings, changed: only the value that is meant, and back again byte for byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use caretaker_core::clock::Instant;
use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::profile::{Profile, load};
use caretaker_core::upkeep::Tuning;
use proptest::prelude::*;
use tempfile::TempDir;

const MODULE: &str = "# Mine.\r\nmodule: \"Meta-Learning Analysis\"\r\nenabled: true   # for now\r\n\r\n\
    cycle_minutes: 15\r\nlimits: {retries: 2, wait: 0.5} # both\r\nreports:\r\n  evening: \"18:00\"\r\n  noon: 12:00\r\n  note:   # none yet\r\n";
const SHARED: &str = "\u{feff}schedule:\n  continuous_learning: 5\n  realtime_adaptation: 30\npruning:\n  enabled: true\n  \
    retention_days: 90 # a quarter\ndisabled_modules: []\n# end";

/// An ecosystem of settings alone.
struct Eco {
    dir: TempDir,
    profile: Profile,
}

impl Eco {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("eco/config");
        std::fs::create_dir_all(&config).unwrap();
        for (name, text) in files {
            std::fs::write(config.join(name), text).unwrap();
        }
        let path = dir.path().join("caretaker.toml");
        let text = "ecosystem.root = 'eco'\n[[modules]]\nname = 'Meta-Learning Analysis'\ncycle = '15m'\n\
            [[modules]]\nname = 'Adaptive Architecture'\ncycle = '45m'\n";
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let profile = load(&path, None).unwrap();
        Self { dir, profile }
    }

    fn usual() -> Self {
        Self::new(&[("meta_learning_config.yaml", MODULE), ("shared.yaml", SHARED)])
    }

    fn tuning(&self) -> Tuning {
        Tuning::new(&self.profile, &self.state())
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join("eco/config").join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    /// Every file of the folder with its content.
    fn tree(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let all = std::fs::read_dir(self.dir.path().join("eco/config")).unwrap();
        all.map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    }

    /// Sets one key and gives what the file is then.
    fn set(&self, file: &str, key: &str, value: &str) -> Result<String, Error> {
        let plan = self.tuning().plan_key(file, key, value)?;
        self.tuning().apply(&plan, now())?;
        Ok(self.text(file))
    }
}

fn now() -> Instant {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

#[test]
fn only_the_value_changes_whatever_is_around_it() {
    for (key, value, from, to) in [
        ("cycle_minutes", "20", "cycle_minutes: 15", "cycle_minutes: 20"),
        ("enabled", "false", "enabled: true   #", "enabled: false   #"),
        ("limits.retries", "3", "{retries: 2,", "{retries: 3,"),
        ("limits.wait", "1.25", "wait: 0.5}", "wait: 1.25}"),
        ("reports.evening", "19:30", "\"18:00\"", "\"19:30\""),
        // Plain it would be 1170 to the ecosystem.
        ("reports.noon", "19:30", "noon: 12:00", "noon: \"19:30\""),
        ("reports.note", "a \"b\" # c", "note:   #", "note: \"a \\\"b\\\" # c\"   #"),
        ("module", "Räder: 1", "\"Meta-Learning Analysis\"", "\"Räder: 1\""),
    ] {
        let eco = Eco::usual();
        let before = eco.text("meta_learning_config.yaml");
        let after = eco.set("meta_learning_config.yaml", key, value).unwrap();
        assert!(before.contains(from), "{key}");
        assert_eq!(after, before.replace(from, to), "{key}");
        eco.tuning().revert().unwrap();
        assert_eq!(eco.text("meta_learning_config.yaml"), before, "{key}");
    }
}

#[test]
fn a_value_of_another_kind_is_refused_with_its_line() {
    let eco = Eco::usual();
    for (key, value, says) in [
        ("cycle_minutes", "often", "line 5: this is a number"),
        ("cycle_minutes", "015", "line 5: this is a number"),
        ("enabled", "no", "line 3: this is true or false"),
        ("limits", "1", "line 6: this is a section"),
        ("nowhere", "1", "has no key “nowhere”"),
    ] {
        let error = eco.tuning().plan_key("meta_learning_config.yaml", key, value).unwrap_err();
        assert!(error.message.contains(says), "{key}: {error}");
        assert!(error.hint.is_some(), "{key}");
    }
    for name in ["../caretaker.toml", "/etc/passwd", "none.yaml", "config/../../x.yaml", "", "."] {
        let error = eco.tuning().plan_key(name, "a", "1").unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{name}");
    }
}

#[test]
fn what_readers_of_yaml_do_not_take_alike_is_refused_with_file_line_and_remedy() {
    let bomb = "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
        d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nkey: 1\n";
    let deep = format!("key: 1\nx: {}{}\n", "[".repeat(40), "]".repeat(40));
    let very_deep = format!("key: 1\nx: {}\n", "[".repeat(100_000));
    for (defect, line, text) in [
        ("duplicate key", 3, "key: 1\nother: 2\nkey: 3\n"),
        ("duplicate key in quotes", 2, "key: 1\n\"key\": 3\n"),
        ("duplicate key in a section", 4, "key: 1\ns:\n  a: 1\n  a: 2\n"),
        ("duplicate key in brackets", 2, "key: 1\ns: {a: 1, a: 2}\n"),
        ("aliases without end", 6, bomb),
        ("alias of itself", 2, "key: 1\nx: &x [*x]\n"),
        ("alias of nothing", 2, "key: 1\nx: *nothing\n"),
        ("tab as indent", 3, "key: 1\ns:\n\ta: 1\n"),
        ("tab below a value", 2, "key: 1\n\tb: 2\n"),
        ("tab after the colon", 1, "key:\t1\n"),
        ("tab behind a value", 2, "a: 1\nkey: 1\t\n"),
        ("tab before a comment", 1, "key: 1\t# c\n"),
        ("two documents", 2, "key: 1\n---\nkey: 2\n"),
        ("not closed", 2, "key: 1\nx: [1, 2\n"),
        ("not in its place", 2, "key: 1\n  a: 2\n"),
        ("a list", 1, "- key\n"),
        ("a text", 1, "key\n"),
        ("nested too deeply", 2, &deep),
        ("nested far too deeply", 2, &very_deep),
        ("a NUL", 2, "key: 1\n\u{0}: 2\n"),
        ("an escape", 1, "key: 1 # \u{1b}[31m\n"),
        ("a line separator", 1, "key: 1 # c\u{2028}other: 2\n"),
        ("a second byte order mark", 2, "\u{feff}key: 1\n\u{feff}a: 2\n"),
    ] {
        let eco = Eco::new(&[("bad.yaml", text)]);
        let error = eco.tuning().plan_key("bad.yaml", "key", "5").expect_err(defect);
        assert_eq!(error.kind, ErrorKind::Damaged, "{defect}: {error}");
        let file = eco.file("bad.yaml");
        let place = format!("{}, line {line}: ", file.display());
        assert!(error.message.starts_with(&place), "{defect}: {error}");
        assert!(error.hint.is_some(), "{defect}");
        assert_eq!(eco.text("bad.yaml"), text, "{defect}");
    }
    let eco = Eco::usual();
    std::fs::write(eco.file("bad.yaml"), b"a: 1\nkey: \xff\n").unwrap();
    let error = eco.tuning().plan_key("bad.yaml", "key", "5").unwrap_err();
    assert!(error.message.contains("line 2: this is no text in UTF-8"), "{error}");
    // A preset passes over it, and says so.
    let plan = eco.tuning().plan("prune-more").unwrap();
    assert_eq!(plan.changes.len(), 1);
    assert!(plan.problems[0].contains("bad.yaml, line 2"), "{:?}", plan.problems);
}

#[test]
fn what_cannot_be_changed_alone_is_left_to_a_person() {
    for (defect, text) in [
        ("repeated by an alias", "key: &k 1\nother: *k\n"),
        ("an alias", "a: &k 1\nkey: *k\n"),
        ("with a tag", "key: !!int \"1\"\n"),
        ("of several lines", "key: |\n  one\n  two\n"),
        ("folded", "key: >-\n  one\n"),
        ("plain over two lines", "key: one\n  two\n"),
        ("a list", "key: [1]\n"),
        ("without a colon", "? key\n"),
    ] {
        let eco = Eco::new(&[("a.yaml", text)]);
        let error = eco.tuning().plan_key("a.yaml", "key", "5").expect_err(defect);
        assert_eq!(error.kind, ErrorKind::Usage, "{defect}: {error}");
        assert!(error.message.contains("line "), "{defect}: {error}");
    }
    // The anchor of a section that is repeated: the other place would change too.
    let eco = Eco::new(&[("a.yaml", "base: &b\n  key: 1\nother:\n  <<: *b\n")]);
    assert!(eco.tuning().plan_key("a.yaml", "base.key", "5").is_err());
    // What an alias does not reach is free.
    let eco = Eco::new(&[("a.yaml", "base: &b\n  key: 1\nother:\n  <<: *b\n  own: 2\n")]);
    assert_eq!(
        eco.set("a.yaml", "other.own", "5").unwrap(),
        "base: &b\n  key: 1\nother:\n  <<: *b\n  own: 5\n"
    );
}

#[test]
fn a_preset_changes_what_is_there_and_names_what_is_not() {
    let eco = Eco::usual();
    let plan = eco.tuning().plan("calmer").unwrap();
    let rows: Vec<_> = plan.changes.iter().map(|c| (c.file.as_str(), c.key.as_str(), c.line)).collect();
    assert_eq!(rows, [("config/shared.yaml", "schedule.continuous_learning", 2)]);
    assert_eq!(plan.missing, ["background_optimization"]);
    assert_eq!(plan.already, ["config/shared.yaml schedule.realtime_adaptation: 30"]);
    assert_eq!(
        plan.diff(),
        "config/shared.yaml\n    2 - schedule.continuous_learning: 5\n    2 + schedule.continuous_learning: 10"
    );
    assert_eq!(eco.text("shared.yaml"), SHARED, "a plan changes nothing");
    eco.tuning().apply(&plan, now()).unwrap();
    assert_eq!(eco.text("shared.yaml"), SHARED.replace("learning: 5", "learning: 10"));
    assert!(eco.tuning().plan("calmer").unwrap().changes.is_empty());
    assert_eq!(eco.tuning().plan("hotter").unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn tunings_are_taken_back_one_after_the_other_with_mode_and_every_byte() {
    let eco = Eco::usual();
    std::fs::set_permissions(eco.file("shared.yaml"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let begin = eco.tree();
    for preset in ["calmer", "prune-more"] {
        eco.tuning().apply(&eco.tuning().plan(preset).unwrap(), now()).unwrap();
    }
    let mode = || eco.file("shared.yaml").metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(), 0o640);
    let back = eco.tuning().plan_revert().unwrap().unwrap();
    assert_eq!(back.title, "Prune more");
    assert_eq!(
        (back.changes[0].before.as_deref(), back.changes[0].after.as_deref()),
        (Some("30"), Some("90"))
    );
    eco.tuning().revert().unwrap();
    assert!(eco.text("shared.yaml").contains("continuous_learning: 10"));
    eco.tuning().revert().unwrap();
    assert_eq!((eco.tree(), mode()), (begin, 0o640));
    assert!(eco.tuning().plan_revert().unwrap().is_none());
    assert_eq!(eco.tuning().revert().unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn what_is_kept_is_private() {
    let eco = Eco::usual();
    eco.set("shared.yaml", "pruning.enabled", "false").unwrap();
    let own = eco.state().join("tuning/000001");
    assert_eq!(own.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    for entry in std::fs::read_dir(&own).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn who_changed_a_file_meanwhile_is_not_written_over() {
    let eco = Eco::usual();
    let plan = eco.tuning().plan("calmer").unwrap();
    let mine = SHARED.replace("90", "60");
    std::fs::write(eco.file("shared.yaml"), &mine).unwrap();
    assert_eq!(eco.tuning().apply(&plan, now()).unwrap_err().kind, ErrorKind::Busy);
    assert_eq!(eco.text("shared.yaml"), mine);

    eco.tuning().apply(&eco.tuning().plan("calmer").unwrap(), now()).unwrap();
    let mine = eco.text("shared.yaml").replace("60", "61").replace("[]", "[\"x\"]");
    std::fs::write(eco.file("shared.yaml"), &mine).unwrap();
    for error in [eco.tuning().plan_revert().unwrap_err(), eco.tuning().revert().unwrap_err()] {
        assert_eq!(error.kind, ErrorKind::Busy);
        assert!(error.message.ends_with("(disabled_modules, pruning.retention_days)"), "{error}");
    }
    assert_eq!(eco.text("shared.yaml"), mine);
}

/// The files of two tunings in one: one of them in each file.
fn two() -> Eco {
    Eco::new(&[("a.yaml", "max_patterns: 1000 # a\n"), ("b.yaml", "max_interactions: 10000\n")])
}

#[test]
fn a_crash_between_two_files_is_taken_back_by_whoever_comes_next() {
    for written in 0..=2 {
        let eco = two();
        let begin = eco.tree();
        eco.tuning().apply(&eco.tuning().plan("less-memory").unwrap(), now()).unwrap();
        let after = eco.tree();
        assert_eq!(after.iter().filter(|(path, text)| begin[*path] != **text).count(), 2);
        // As a crash leaves it: the journal says that it is under way, some files are written, one is half written aside.
        let journal = eco.state().join("tuning/000001/tuning.json");
        let text = std::fs::read_to_string(&journal).unwrap();
        std::fs::write(&journal, text.replace("\"applied\"", "\"applying\"")).unwrap();
        for (path, text) in begin.iter().skip(written) {
            std::fs::write(path, text).unwrap();
        }
        std::fs::write(eco.file(".caretaker-x1.tmp"), "max_inter").unwrap();
        std::fs::write(eco.file(".caretaker-x2.tmp"), "somebody else's").unwrap();
        let said = eco.tuning().end_interrupted().unwrap().expect("something is said");
        assert!(said.contains("“Less memory” was ended in its middle"), "{said}");
        assert!(eco.file(".caretaker-x2.tmp").exists(), "what is not ours stays");
        std::fs::remove_file(eco.file(".caretaker-x2.tmp")).unwrap();
        assert_eq!(eco.tree(), begin, "{written} written");
        assert_eq!(eco.tuning().end_interrupted().unwrap(), None);
        assert!(eco.tuning().plan_revert().unwrap().is_none());
    }
}

#[test]
fn a_file_with_a_second_name_is_refused_before_anything_is_written() {
    let eco = two();
    let plan = eco.tuning().plan("less-memory").unwrap();
    let begin = eco.tree();
    std::fs::hard_link(eco.file("b.yaml"), eco.dir.path().join("second")).unwrap();
    assert_eq!(eco.tuning().apply(&plan, now()).unwrap_err().kind, ErrorKind::Denied);
    assert_eq!(eco.tree(), begin);
}

#[test]
fn two_at_once_are_one_after_the_other() {
    let eco = two();
    let plan = eco.tuning().plan("less-memory").unwrap();
    std::fs::create_dir_all(eco.state().join("tuning")).unwrap();
    let lock = std::fs::File::create(eco.state().join("tuning/lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(eco.tuning().apply(&plan, now()).unwrap_err().kind, ErrorKind::Busy);
    drop(lock);
    eco.tuning().apply(&plan, now()).unwrap();
}

#[test]
fn links_and_what_leads_out_are_not_followed() {
    let eco = two();
    std::os::unix::fs::symlink(eco.file("a.yaml"), eco.file("link.yaml")).unwrap();
    assert!(eco.tuning().plan_key("link.yaml", "max_patterns", "5").is_err());
    let plan = eco.tuning().plan("less-memory").unwrap();
    assert_eq!((plan.changes.len(), plan.problems.len()), (2, 1), "{:?}", plan.problems);
    let config = eco.dir.path().join("eco/config");
    std::fs::rename(&config, eco.dir.path().join("outside")).unwrap();
    std::os::unix::fs::symlink(eco.dir.path().join("outside"), &config).unwrap();
    assert_eq!(eco.tuning().plan("less-memory").unwrap_err().kind, ErrorKind::Denied);
}

/// Switches a module and gives the file then.
fn switch(eco: &Eco, name: &str, module: &str, on: bool) -> Result<String, Error> {
    let plan = if on { eco.tuning().plan_enable(module)? } else { eco.tuning().plan_disable(module)? };
    eco.tuning().apply(&plan, now())?;
    Ok(eco.text(name))
}

fn enabled(eco: &Eco) -> Vec<Option<bool>> {
    eco.tuning().modules().unwrap().0.iter().map(|module| module.enabled).collect()
}

#[test]
fn a_module_is_switched_in_its_own_file_or_in_the_list() {
    let eco = Eco::usual();
    assert_eq!(enabled(&eco), [Some(true), Some(true)]);
    let own = switch(&eco, "meta_learning_config.yaml", "meta-learning analysis", false).unwrap();
    assert_eq!(own, MODULE.replace("enabled: true", "enabled: false"));
    let list = switch(&eco, "shared.yaml", "Adaptive Architecture", false).unwrap();
    assert_eq!(list, SHARED.replace("[]", "[\"Adaptive Architecture\"]"));
    assert_eq!(enabled(&eco), [Some(false), Some(false)]);
    assert!(eco.tuning().plan_disable("Adaptive Architecture").unwrap().changes.is_empty());
    switch(&eco, "shared.yaml", "Meta-Learning Analysis", true).unwrap();
    assert_eq!(switch(&eco, "shared.yaml", "Adaptive Architecture", true).unwrap(), SHARED);
    assert_eq!(eco.text("meta_learning_config.yaml"), MODULE);
    let error = eco.tuning().plan_disable("Nobody").unwrap_err();
    assert!(error.hint.unwrap().contains("Adaptive Architecture"));
}

#[test]
fn a_name_goes_into_every_kind_of_list_and_out_again() {
    const NAME: &str = "\"Adaptive Architecture\"";
    for (kind, before, after) in [
        ("empty", "disabled_modules: []\n", "disabled_modules: [N]\n"),
        ("nothing", "disabled_modules: # none\na: 1\n", "disabled_modules: [N] # none\na: 1\n"),
        ("null", "disabled_modules: ~\n", "disabled_modules: [N]\n"),
        ("in brackets", "disabled_modules: [ 'B' ] # c\n", "disabled_modules: [ 'B', N ] # c\n"),
        ("over lines", "disabled_modules: [\n  B\n]\n", "disabled_modules: [\n  B, N\n]\n"),
        (
            "by lines",
            "disabled_modules:\n  - B # c\n# d\na: 1\n",
            "disabled_modules:\n  - B # c\n  - N\n# d\na: 1\n",
        ),
        (
            "by lines, CRLF",
            "disabled_modules:\r\n-   B\r\na: 1\r\n",
            "disabled_modules:\r\n-   B\r\n-   N\r\na: 1\r\n",
        ),
        ("without an end", "a: 1\ndisabled_modules:\n  - B", "a: 1\ndisabled_modules:\n  - B\n  - N"),
        (
            "in a section",
            "s:\n  disabled_modules:\n    - B\n  b: 2\n",
            "s:\n  disabled_modules:\n    - B\n    - N\n  b: 2\n",
        ),
    ] {
        let eco = Eco::new(&[("x.yaml", before)]);
        let off =
            switch(&eco, "x.yaml", "Adaptive Architecture", false).unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!(off, after.replace('N', NAME), "{kind}");
        let on =
            switch(&eco, "x.yaml", "Adaptive Architecture", true).unwrap_or_else(|e| panic!("{kind}: {e}"));
        // Once there was a list, it stays one.
        assert_eq!(on, before.replace(": #", ": [] #").replace(": ~", ": []"), "{kind}");
    }
}

#[test]
fn the_last_name_of_a_list_leaves_an_empty_list() {
    let eco = Eco::new(&[("x.yaml", "disabled_modules: # why\n  - Adaptive Architecture\na: 1\n")]);
    let on = switch(&eco, "x.yaml", "Adaptive Architecture", true).unwrap();
    assert_eq!(on, "disabled_modules: [] # why\na: 1\n");
    eco.tuning().revert().unwrap();
    assert!(eco.text("x.yaml").contains("  - Adaptive"));
}

#[test]
fn where_there_is_no_switch_one_is_made_in_the_main_file_only() {
    let eco = Eco::new(&[("ecosystem_config.yaml", "a: 1 # b"), ("other.yaml", "c: 2\n")]);
    assert_eq!(enabled(&eco), [None, None]);
    let off = switch(&eco, "ecosystem_config.yaml", "Adaptive Architecture", false).unwrap();
    assert_eq!(off, "a: 1 # b\ndisabled_modules: [\"Adaptive Architecture\"]");
    eco.tuning().revert().unwrap();
    assert_eq!(eco.text("ecosystem_config.yaml"), "a: 1 # b");

    let eco = Eco::new(&[("other.yaml", "c: 2\n")]);
    let error = eco.tuning().plan_disable("Adaptive Architecture").unwrap_err();
    assert!(error.hint.unwrap().contains("disabled_modules: []"));

    let eco = Eco::new(&[("a.yaml", "disabled_modules: []\n"), ("b.yaml", "disabled_modules: []\n")]);
    assert_eq!(eco.tuning().plan_disable("Adaptive Architecture").unwrap_err().kind, ErrorKind::Usage);
    let eco = Eco::new(&[("a.yaml", "disabled_modules: []\n"), ("b.yaml", "a: 1\na: 2\n")]);
    assert_eq!(eco.tuning().plan_disable("Adaptive Architecture").unwrap_err().kind, ErrorKind::Damaged);
}

#[test]
fn a_change_that_would_change_its_neighbour_is_refused() {
    // A line end behind the last text would be one more character of it.
    for text in ["a: |\n  x", "a: |+\n  x", "a: 1\n...\n", "{a: 1}\n"] {
        let eco = Eco::new(&[("config.yaml", text)]);
        let error = eco.tuning().plan_disable("Adaptive Architecture").expect_err(text);
        assert_eq!(error.kind, ErrorKind::Usage, "{error}");
        assert!(error.message.contains("cannot be changed without changing what is around it"), "{error}");
    }
}

/// Settings as people write them: keys in order, values of all kinds, comments, blank lines.
fn settings() -> impl Strategy<Value = (String, usize)> {
    let value = prop_oneof![
        "-?[1-9][0-9]{0,5}",
        "0\\.[0-9]{1,3}",
        Just("true".to_owned()),
        Just("no".to_owned()),
        Just("18:00".to_owned()),
        Just(String::new()),
        "[a-zäß][a-z0-9 ]{0,10}[a-z]",
        "\"[a-z#: \\[\\]{}']{0,12}\"",
        "'[a-z#: \\[\\]{}\"]{0,12}'",
    ];
    let line = (value, prop_oneof![Just(""), Just("   # a: 1"), Just(" #")], 0_usize..3);
    (
        prop::collection::vec(line, 1..20),
        any::<prop::sample::Index>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(lines, pick, crlf, bom, end)| {
            let mut text = String::from(if bom { "\u{feff}" } else { "" });
            for (index, (value, comment, blank)) in lines.iter().enumerate() {
                let space = if value.is_empty() { "" } else { " " };
                text.push_str(&"\n".repeat(*blank));
                text.push_str(&format!("# Of k{index}: \tx\nk{index}:\n  v:{space}{value}{comment}\n"));
            }
            if !end {
                text.pop();
            }
            (if crlf { text.replace('\n', "\r\n") } else { text }, pick.index(lines.len()))
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_keeps_every_other_byte_and_is_taken_back(
        (text, index) in settings(),
        new in prop_oneof!["[1-9][0-9]{0,4}", Just("true".to_owned()), "\\PC{0,12}"],
    ) {
        let eco = Eco::new(&[("x.yaml", &text)]);
        let key = format!("k{index}.v");
        let Ok(plan) = eco.tuning().plan_key("x.yaml", &key, &new) else { return Ok(()) };
        eco.tuning().apply(&plan, now()).unwrap();
        let after = eco.text("x.yaml");
        if let [change] = &plan.changes[..] {
            let head = text.find(&format!("\nk{index}:")).unwrap_or_else(|| text.find(&format!("k{index}:")).unwrap());
            let place = head + text[head..].find("  v:").unwrap() + 4;
            prop_assert_eq!(&after[..place], &text[..place]);
            let old = change.before.as_ref().map_or(0, |old| old.len() + 1);
            let written = change.after.as_ref().unwrap().len() + 1;
            prop_assert_eq!(&after[place + 1..place + written], change.after.as_ref().unwrap());
            prop_assert_eq!(&after[place + written..], &text[place + old..]);
            // What was written is what is read: doing it again changes nothing.
            prop_assert!(eco.tuning().plan_key("x.yaml", &key, &new).unwrap().changes.is_empty());
            eco.tuning().revert().unwrap();
        }
        prop_assert_eq!(eco.text("x.yaml"), text);
    }

    #[test]
    fn nothing_falls_over_whatever_a_file_holds(text in "[ -~\t\n\r:\\-\\[\\]{}#&*!|>'\"%@`äß\u{feff}]{0,200}") {
        let eco = Eco::new(&[("x.yaml", &text)]);
        for preset in ["calmer", "prune-more"] {
            drop(eco.tuning().plan(preset).unwrap());
        }
        drop(eco.tuning().plan_disable("Adaptive Architecture"));
        prop_assert_eq!(eco.text("x.yaml"), text);
    }
}

#[test]
fn the_state_folder_is_made_only_when_something_is_changed() {
    let eco = Eco::usual();
    drop(eco.tuning().plan("calmer").unwrap());
    assert!(eco.tuning().end_interrupted().unwrap().is_none());
    assert!(eco.tuning().plan_revert().unwrap().is_none());
    assert!(!Path::new(&eco.state()).exists());
}

#[test]
fn whether_it_helped_is_told_beside_the_hour_before_and_entered_once_it_is_over() {
    use caretaker_core::clock::{Clock, FixedClock, Zone};
    use caretaker_core::keeper::{Engine, Journal, Setup, Shared, helped};
    use caretaker_core::signal::{Level, SignalId};
    use caretaker_core::store::Store;
    use chrono::{FixedOffset, TimeDelta};

    let eco = Eco::usual();
    let (tuning, at, state) = (eco.tuning(), now(), eco.state());
    let mut store = Store::open(&state).unwrap().store;
    let ecosystem = store.ecosystem(&eco.profile.root).unwrap();
    let mut record = |minutes: std::ops::Range<i64>, cpu: f64, uptime: f64| {
        for minute in minutes {
            let samples = [
                (SignalId::ProcessCpu, Some(cpu), Level::Green),
                (SignalId::ProcessUptime, Some(uptime + minute as f64 * 60.0), Level::Green),
            ];
            store.record(ecosystem, at + TimeDelta::minutes(minute), Level::Green, &samples).unwrap();
        }
    };
    record(-60..0, 41.0, 90_000.0);
    tuning.apply(&tuning.plan("calmer").unwrap(), at).unwrap();
    record(1..5, 40.0, 90_000.0);
    let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
    let told = |after: i64| helped(&eco.profile, &state, at + TimeDelta::minutes(after), zone).unwrap();
    // The preset names CPU alone; of five minutes nothing can be said yet.
    let early = told(5);
    assert_eq!((early.len(), early[0].signal, early[0].over), (1, SignalId::ProcessCpu, false));
    assert!(early[0].text.contains("too little"), "{early:?}");
    record(5..60, 27.0, -300.0);
    let late = told(61);
    assert_eq!((late[0].before, late[0].over, late[0].restarted), (Some(41.0), true, true), "{late:?}");
    assert_eq!(late[0].title, "Slower cycles");
    assert!(
        late[0].text.starts_with("CPU 41 % → 2") && late[0].text.ends_with("in the hour after"),
        "{late:?}"
    );

    // The loop enters it, once.
    let clock = Arc::new(FixedClock::new(at + TimeDelta::minutes(61)));
    let mut engine = Engine::new(Setup {
        profile: Some(eco.dir.path().join("caretaker.toml")),
        state_dir: state.clone(),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        zone,
        home: None,
        native: None,
        secrets: caretaker_core::secrets::Secrets::new(|_| None),
        power: Arc::new(caretaker_core::observe::power::MachinePower),
        every: None,
        shared: Shared::default(),
    });
    for _ in 0..3 {
        engine.tick(clock.now());
        clock.advance(TimeDelta::minutes(6));
    }
    let journal = Journal::new(&state, &eco.profile.root);
    let entries = journal.entries(at, "in the hour after").unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert!(entries[0].text.starts_with("“Slower cycles”: CPU 41 % → 2"), "{entries:?}");

    // What was taken back helped nobody.
    tuning.revert().unwrap();
    assert!(told(90).is_empty());
}
