use super::*;
use chrono::{TimeZone, Utc};

fn now() -> Instant {
    Utc.with_ymd_and_hms(2026, 12, 6, 3, 0, 0).unwrap()
}

struct Eco {
    dir: tempfile::TempDir,
    known: Known,
}

impl Eco {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let eco = Self { dir, known: Known::default() };
        for (name, text) in [
            ("main.py", "import time\n"),
            ("feature-01/src/engine.py", "x = 1\n"),
            ("config/a_config.yaml", "a: 1\n"),
            ("config/notes.md", "no settings\n"),
            ("data/state.json", "{}"),
            ("data/made.py", "written by the process\n"),
            ("logs/x.log", ""),
            ("venv/lib/foreign.py", ""),
            ("feature-01/__pycache__/engine.py", ""),
        ] {
            eco.write(name, text);
        }
        eco
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("eco")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn announcements(&self) -> Announcements {
        let root = self.root();
        let ground = Ground::at(&root, &root.join("config"), &[root.join("data"), root.join("logs")]);
        Announcements::new(ground, &self.dir.path().join("state"))
    }

    fn look(&mut self) -> Drift {
        let announcements = self.announcements();
        announcements.look(&mut self.known, true, now()).unwrap().unwrap()
    }

    fn drifted(&mut self) -> Vec<(String, How)> {
        self.look().files.into_iter().map(|file| (file.path, file.how)).collect()
    }
}

#[test]
fn a_fresh_ecosystem_is_taken_as_it_is_but_only_by_who_may() {
    let mut eco = Eco::new();
    assert_eq!(eco.announcements().look(&mut eco.known, false, now()), Ok(None));
    assert!(!eco.dir.path().join("state").exists());
    assert_eq!(eco.look(), Drift::default());
    assert_eq!(eco.look().count, 0);
}

#[test]
fn what_changes_is_named_and_what_is_only_touched_is_not() {
    let mut eco = Eco::new();
    eco.look();
    // Written anew with the same content: another inode, another time.
    let main = eco.root().join("main.py");
    std::fs::remove_file(&main).unwrap();
    eco.write("main.py", "import time\n");
    std::fs::File::open(&main).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    eco.write("data/made.py", "anything else\n");
    eco.write("config/notes.md", "other notes\n");
    assert_eq!(eco.drifted(), []);
    eco.write("feature-01/src/engine.py", "x = 2\n");
    eco.write("feature-01/src/more.py", "y = 1\n");
    std::fs::remove_file(eco.root().join("config/a_config.yaml")).unwrap();
    let all = [
        ("config/a_config.yaml".to_owned(), How::Gone),
        ("feature-01/src/engine.py".to_owned(), How::Changed),
        ("feature-01/src/more.py".to_owned(), How::New),
    ];
    assert_eq!(eco.drifted(), all);
    // What Caretaker changed itself is announced, and nothing else.
    eco.write("config/a_config.yaml", "a: 2\n");
    eco.announcements().announce(&[eco.root().join("config")]);
    assert_eq!(eco.drifted(), all[1..]);
    eco.announcements().announce_all(now()).unwrap();
    assert_eq!(eco.drifted(), []);
    // Back again is drift too: it is not what was reviewed.
    eco.write("feature-01/src/engine.py", "x = 1\n");
    assert_eq!(eco.drifted().len(), 1);
}

#[test]
fn a_change_back_to_what_was_announced_is_none() {
    let mut eco = Eco::new();
    eco.look();
    eco.write("main.py", "import os\n");
    assert_eq!(eco.look().count, 1);
    eco.write("main.py", "import time\n");
    assert_eq!(eco.look().count, 0);
}

#[test]
fn a_commit_is_named_only_for_what_it_holds() {
    let mut eco = Eco::new();
    let git = |eco: &Eco, words: &[&str]| {
        let done = std::process::Command::new("git")
            .current_dir(eco.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
            .args(words)
            .output()
            .unwrap();
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    git(&eco, &["init", "-q"]);
    git(&eco, &["add", "."]);
    git(&eco, &["commit", "-q", "-m", "begin"]);
    eco.look();
    eco.write("main.py", "import os\n");
    assert_eq!(eco.look().commit, None, "nobody committed it");
    git(&eco, &["commit", "-q", "-am", "main: another way"]);
    let said = eco.look().commit.unwrap();
    assert!(said.starts_with("commit ") && said.ends_with(" by Ada: main: another way"), "{said}");
    git(&eco, &["pack-refs", "--all"]);
    assert_eq!(eco.look().commit, Some(said));
    eco.write("feature-01/src/engine.py", "x = 3\n");
    assert_eq!(eco.look().commit, None, "one of the two is not in it");
}

#[test]
fn what_is_kept_is_private_and_a_damaged_one_says_so() {
    let mut eco = Eco::new();
    eco.look();
    let file = eco.announcements().file;
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    std::fs::write(&file, "{").unwrap();
    let why = eco.announcements().look(&mut eco.known, true, now()).unwrap_err();
    assert!(why.contains("damaged"), "{why}");
}
