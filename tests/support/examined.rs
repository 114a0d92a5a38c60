//! A small ecosystem without any mark of the demo, in which all is well, for one defect at a time.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use caretaker_core::clock::Zone;
use caretaker_core::profile::{Profile, parse};
use caretaker_core::progress::Unwatched;
use caretaker_core::upkeep::{ExaminationKind, KnownOfIt, Outcome, examine};
use chrono::Utc;
use tempfile::TempDir;

/// A token that nobody gave out.
pub const TOKEN: &str = "ghp_1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R";
const PROFILE: &str = "reports = [{ kind = \"morning\", pattern = \"reports/morning_{date}.txt\", due = \"06:00\" }]\n\
    modules = [{ name = \"Meta-Learning Analysis\", cycle = \"15m\" }]\n\
    [[logs]]\npath = \"logs/ecosystem.log\"\nformat = \"python\"\n\
    [state]\nfile = \"data/state.json\"\n[backups]\nfolder = \"~/backups\"\n";

/// A folder without any mark of the demo, in which all is well.
pub struct Eco {
    pub dir: TempDir,
    pub profile: Profile,
}

impl Eco {
    /// One in which all is well.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("eco");
        let text =
            format!("{PROFILE}[ecosystem]\nroot = {:?}\n[process]\nstart = [\"./run.sh\"]\n", root.display());
        let profile = parse(&text, &dir.path().join("caretaker.toml"), Some(dir.path()))
            .unwrap_or_else(|problems| panic!("{problems:?}"));
        let eco = Self { dir, profile };
        for folder in ["", "data", "config", "logs", "reports", "tests", "pack", "../backups", "../state"] {
            fs::create_dir_all(eco.path(folder)).unwrap();
            fs::set_permissions(eco.path(folder), Permissions::from_mode(0o700)).unwrap();
        }
        for (name, text) in [
            (
                "main.py",
                "\"\"\"What it is.\"\"\"\nimport os\nfrom pack import part\n\n\ndef run():\n    return part.x\n\n\nrun()\n",
            ),
            ("pack/__init__.py", ""),
            ("pack/part.py", "\"\"\"A part.\"\"\"\nfrom . import other\n\nx = 1\ny = 2\nz = 3\n"),
            ("pack/other.py", "\"\"\"Another.\"\"\"\nv = 1\nw = 2\n"),
            ("tests/test_main.py", "def test_it():\n    assert True\n"),
            ("run.sh", "#!/bin/sh\nexec python3 main.py\n"),
            ("README.md", "# It\n"),
            ("VERSION_HISTORY.md", "# 1\n"),
            (
                "config/meta_learning_config.yaml",
                "# Why.\nmodule: \"Meta-Learning Analysis\"\ncycle_minutes: 15\nmax_memory_mb: 64\n",
            ),
            ("config/more.json", "{\"max_entries\": 3}\n"),
            ("data/state.json", "{\"state\": \"running\"}\n"),
            ("data/h.jsonl", "{\"a\": 1}\n{\"a\": 2}\n{\"a\": "),
            ("logs/ecosystem.log", "2025-12-16 11:00:00,000 - X - INFO - here\n"),
            ("reports/morning_20251216.txt", "Morning\n"),
        ] {
            eco.put(name, text);
        }
        let db = rusqlite::Connection::open(eco.path("data/facts.db")).unwrap();
        db.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(50000));").unwrap();
        drop(db);
        fs::set_permissions(eco.path("data/facts.db"), Permissions::from_mode(0o600)).unwrap();
        eco
    }

    /// Where something lies.
    pub fn path(&self, below: &str) -> PathBuf {
        self.profile.root.join(below)
    }

    /// Writes a file that is its owner's alone.
    pub fn put(&self, below: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(below).parent().unwrap()).unwrap();
        fs::write(self.path(below), text).unwrap();
        self.mode(below, 0o600);
    }

    /// Sets who may do what.
    pub fn mode(&self, below: &str, mode: u32) {
        fs::set_permissions(self.path(below), Permissions::from_mode(mode)).unwrap();
    }

    /// Lets a file be so old.
    pub fn age(&self, below: &str, days: u64) {
        let at = SystemTime::now() - Duration::from_secs(days * 86_400);
        File::options().append(true).open(self.path(below)).unwrap().set_modified(at).unwrap();
    }

    /// What is known beside the files: nothing.
    pub fn known(&self) -> KnownOfIt<'_> {
        KnownOfIt {
            only_secrets: false,
            profile: &self.profile,
            now: Utc::now(),
            zone: Zone::Machine,
            state_dir: Path::new("/none"),
            verdict: None,
            process: Ok(None),
            restarts: None,
            log_growth: None,
            audit: None,
        }
    }

    /// Examines it.
    pub fn examine(&self, kind: ExaminationKind) -> Outcome {
        examine(kind, &self.known(), &Unwatched).unwrap()
    }
}
