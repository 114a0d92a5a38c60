//! Trees to back up: small, with everything that real ones hold.

#[path = "noise.rs"]
mod pressless;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use caretaker_core::backup::tree::TreePath;
use caretaker_core::backup::{
    Archive, ArchiveId, BySystem, Cloner, Effort, Expected, Manifest, Order, Shelf, Written, write,
};
use caretaker_core::clock::Instant;
use caretaker_core::error::Result;
use caretaker_core::progress::{Progress, Unwatched};
use chrono::{NaiveDate, TimeZone, Utc};
use tempfile::TempDir;

/// An ecosystem's folder and a shelf beside it.
pub struct Grove {
    dir: TempDir,
    /// Where backups go.
    pub shelf: Shelf,
}

impl Grove {
    /// A tree with a few files of every sort.
    pub fn new() -> Self {
        Self::on(|_| {})
    }

    /// The same, in a folder that `mount` prepares first.
    pub fn on(mount: impl FnOnce(&Path)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let grove = Self { shelf: Shelf::new(dir.path().join("backups")), dir };
        fs::create_dir_all(grove.root()).unwrap();
        mount(&grove.root());
        grove.put("data/state.json", b"{\"state\": \"running\"}");
        grove.put("data/empty", b"");
        grove.put("data/deep/er/and deeper/notes.txt", b"notes\n");
        grove.put("data/name with\nline break \\ and ✓.json", b"[]");
        grove.put("data/log.jsonl", &b"{\"n\": 1}\n".repeat(30_000));
        grove.put("data/large.bin", &noise(3 * 1024 * 1024 + 17));
        grove.put("data/two-pieces", &[b'x'; 2 * 1024 * 1024]);
        grove.put("config/settings.yaml", b"limits:\n  cpu: 30 # percent\n");
        grove.mode("config/settings.yaml", 0o600);
        grove.mode("data/deep", 0o750);
        grove.mode("data/empty", 0o755);
        for number in 0..300 {
            grove.put(&format!("data/many/{number}.json"), format!("{{\"n\": {number}}}").as_bytes());
        }
        grove
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join("eco")
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.root().join(below)
    }

    pub fn scratch(&self, name: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    pub fn put(&self, below: &str, content: &[u8]) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn mode(&self, below: &str, mode: u32) {
        fs::set_permissions(self.path(below), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Makes the archive `id`, an increment where there is a parent.
    pub fn back_up(&self, id: &str, parent: Option<&Manifest>) -> Result<Written> {
        self.back_up_watched(id, parent, &BySystem, &Unwatched)
    }

    /// The same, with clones by `cloner` and somebody who watches.
    pub fn back_up_watched(
        &self,
        id: &str,
        parent: Option<&Manifest>,
        cloner: &dyn Cloner,
        progress: &dyn Progress,
    ) -> Result<Written> {
        let root = self.root();
        let tops = tops();
        let order = Order {
            root: &root,
            tops: &tops,
            id: id.parse().unwrap(),
            parent: &|| parent.cloned(),
            now: now(),
            effort: Effort::Normal,
            cloner,
        };
        let _lock = self.shelf.lock()?;
        write(&self.shelf, &order, progress)
    }

    /// What `tar` and `diff` say of an archive that holds everything.
    pub fn tar_gives_back(&self, archive: &Path) {
        let out = self.scratch("by-tar");
        let _ = fs::remove_dir_all(&out);
        fs::create_dir_all(&out).unwrap();
        let status = Command::new("tar").args(["-xzpf"]).arg(archive).arg("-C").arg(&out).status().unwrap();
        assert!(status.success());
        let sums = Command::new("sha256sum")
            .args(["-c", "--strict", "--quiet", "MANIFEST.sha256"])
            .current_dir(&out)
            .output()
            .unwrap();
        assert!(
            sums.status.success(),
            "{}{}",
            String::from_utf8_lossy(&sums.stdout),
            String::from_utf8_lossy(&sums.stderr)
        );
        fs::remove_file(out.join("MANIFEST.sha256")).unwrap();
        same_trees(&self.root(), &out);
    }
}

pub fn tops() -> [TreePath; 2] {
    ["data", "config"].map(|name| TreePath::new(name.as_bytes()).unwrap())
}

pub fn now() -> Instant {
    Utc.with_ymd_and_hms(2025, 12, 14, 20, 0, 0).unwrap()
}

pub fn id(kind: caretaker_core::backup::Kind, day: u32) -> ArchiveId {
    let local = NaiveDate::from_ymd_opt(2025, 12, day).unwrap().and_hms_opt(6, 0, 0).unwrap();
    ArchiveId::new(kind, local, 1)
}

pub fn verify(path: &Path) -> Result<()> {
    Archive::open(path)?.verify(Expected::default(), &Unwatched).map(|_| ())
}

/// Content, modes and times of two trees are the same, to the nanosecond.
pub fn same_trees(one: &Path, two: &Path) {
    for top in ["data", "config"] {
        let diff = Command::new("diff")
            .args(["-r", "--no-dereference"])
            .arg(one.join(top))
            .arg(two.join(top))
            .output()
            .unwrap();
        assert!(diff.status.success(), "{}", String::from_utf8_lossy(&diff.stdout));
    }
    let stats = |root: &Path| {
        let find = Command::new("find")
            .args(["data", "config", "-printf", "%p|%y|%m|%T@|%s\\0"])
            .current_dir(root)
            .output()
            .unwrap();
        let mut all: Vec<String> = String::from_utf8_lossy(&find.stdout)
            .split('\0')
            // The size of a folder is its volume's business.
            .map(|line| {
                if line.contains("|d|") {
                    line.rsplit_once('|').unwrap().0.to_owned()
                } else {
                    line.to_owned()
                }
            })
            .collect();
        all.sort();
        all
    };
    let (one, two) = (stats(one), stats(two));
    let differ: Vec<_> = one.iter().filter(|line| !two.contains(line)).take(5).collect();
    assert!(one == two, "{differ:?}");
}

/// Bytes that nothing presses.
pub fn noise(length: usize) -> Vec<u8> {
    pressless::noise(0, length)
}
