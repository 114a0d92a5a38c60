//! Folders and files that belong to somebody else, as after one run with `sudo`: named, with whose they are, and nothing harmed.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;
#[path = "../support/living.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod living;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use living::Living;
use serde_json::Value;

/// Runs the command line as an ordinary user, to whom everything belongs but `foreign`, which is root's, with this mode.
fn with_foreign(living: &Living, foreign: &[(&Path, u32)], args: &[&str]) -> (i32, Value, String) {
    // Everything is the user's from here on.
    let mut command = living.ordinary_user(args);
    for (path, mode) in foreign {
        fs::set_permissions(path, fs::Permissions::from_mode(*mode)).unwrap();
        chown(path, Some(0), Some(0)).unwrap();
    }
    living::run(&mut command)
}

fn says_whose(said: &str, path: &Path) {
    let text = format!("{} belongs to user 0, and this is user 65534", path.display());
    assert!(said.contains(&text) && said.contains("chown"), "{said}");
}

#[test]
fn what_belongs_to_somebody_else_is_said_and_nothing_is_harmed() {
    let living = Living::new("[backups]\ndaily = 1\n");
    let backups = living.home.path("backups");
    // Only root can give files away; for anybody else a folder that is root's serves.
    if fs::metadata(living.home.path("")).unwrap().uid() != 0 {
        let living = Living::new("[backups]\nfolder = \"/usr/lib\"\n");
        let (code, _, said) = living.json(&["backup", "create"]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("/usr/lib belongs to user 0") && said.contains("chown"), "{said}");
        return;
    }
    let (code, made, said) = with_foreign(&living, &[], &["backup", "create"]);
    assert_eq!(code, 0, "{said}");
    let id = made["id"].as_str().unwrap();
    let archive = Path::new(made["path"].as_str().unwrap());
    let list = archive.with_file_name(format!("ecosystem-{id}.manifest"));
    living.write(2);
    let holds = |count: usize| {
        let there = fs::read_dir(archive.parent().unwrap()).unwrap().count();
        assert_eq!((there, living.round()), (count, 2));
        assert!(living.aside().is_empty());
    };

    // The folder of these backups: looked at, not written.
    let shelf = archive.parent().unwrap();
    let (code, _, said) = with_foreign(&living, &[(shelf, 0o755)], &["backup", "create"]);
    assert_eq!(code, 1);
    says_whose(&said, shelf);
    let (code, _, said) = with_foreign(&living, &[(shelf, 0o755)], &["backup", "verify", id]);
    assert_eq!(code, 0, "what can be read can be proven: {said}");
    let (code, _, said) = with_foreign(&living, &[(shelf, 0o700)], &["backup", "verify", id]);
    assert_eq!(code, 1, "what cannot be looked at is neither good nor bad");
    says_whose(&said, shelf);
    holds(2);

    // The lock, after one run with `sudo`.
    let lock = backups.join(".caretaker.lock");
    for args in [&["backup", "create"][..], &["backup", "restore", id, "--yes"]] {
        let (code, _, said) = with_foreign(&living, &[(&lock, 0o600)], args);
        assert_eq!(code, 1);
        says_whose(&said, &lock);
    }
    holds(2);

    // The archive and its list: refused before anything is touched, and no increment builds upon them.
    let files = [(archive, 0o600), (list.as_path(), 0o600)];
    for args in [&["backup", "verify", id][..], &["backup", "restore", id, "--yes"], &["backup", "drill", id]]
    {
        let (code, _, said) = with_foreign(&living, &files, args);
        assert_eq!(code, 1, "{args:?} {said}");
        says_whose(&said, archive);
    }
    holds(2);
    let (code, made, said) = with_foreign(&living, &files, &["backup", "create", "--kind", "daily"]);
    assert_eq!(code, 0, "{said}");
    let alone = Path::new(made["path"].as_str().unwrap());
    assert_eq!(made["files"], 3, "it holds everything: {made}");
    let (code, list, said) = with_foreign(&living, &files, &["backup", "list"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(list["backups"][0]["state"], "good", "what may not be read is not called damaged: {list}");

    // Caretaker's own notes: an archive that cannot be entered there is whole all the same.
    let state = living.home.path("state/backups");
    let (code, _, said) = with_foreign(&living, &[(&state, 0o755)], &["backup", "create"]);
    assert_eq!(code, 1);
    says_whose(&said, &state);
    let (code, _, said) = with_foreign(&living, &[(&state, 0o755)], &["backup", "restore", id, "--yes"]);
    assert_eq!(code, 1);
    says_whose(&said, &state);
    assert_eq!(living.round(), 2);
    assert!(living.aside().is_empty());

    // Given back, all of it works, and what was made meanwhile is there.
    assert!(alone.exists());
    let (code, checked, said) = with_foreign(&living, &[], &["backup", "verify", id]);
    assert_eq!(code, 0, "{checked} {said}");
    let (code, _, said) = with_foreign(&living, &[], &["backup", "restore", id, "--yes"]);
    assert_eq!((code, living.round()), (0, 1), "{said}");
}
