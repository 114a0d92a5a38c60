//! Volumes that are full at every stage of a job, and volumes mounted where folders should change places.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it tried"
)]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;
#[path = "../support/living.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod living;
#[path = "../support/noise.rs"]
mod pressless;
#[path = "../support/volume.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod volume;

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use caretaker_core::backup::{Archive, Expected};
use caretaker_core::progress::Unwatched;
use living::Living;
use volume::{Volume, may_mount};

const PAGE: u64 = 4_096;

/// What is left to be written on a volume, while it is held.
enum Left<'a> {
    /// So many bytes: a file takes all the rest.
    Bytes { filler: PathBuf },
    /// So many files.
    Files { volume: &'a Volume },
}

impl<'a> Left<'a> {
    fn bytes(place: &Path, left: u64) -> Self {
        let filler = place.join("filler");
        let mut file = fs::File::create(&filler).unwrap();
        while file.write_all(&[0xA5; 4_096]).is_ok() {}
        let length = file.metadata().unwrap().len() / PAGE * PAGE;
        file.set_len(length.saturating_sub(left)).unwrap();
        Self::Bytes { filler }
    }

    fn files(volume: &'a Volume, place: &Path, left: u64) -> Self {
        let used = String::from_utf8(
            std::process::Command::new("df").args(["--output=iused"]).arg(place).output().unwrap().stdout,
        )
        .unwrap();
        let used: u64 = used.lines().last().unwrap().trim().parse().unwrap();
        volume.change(&format!("nr_inodes={}", used + left));
        Self::Files { volume }
    }
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        match self {
            Self::Bytes { filler } => fs::remove_file(filler).unwrap(),
            Self::Files { volume } => volume.change("nr_inodes=100k"),
        }
    }
}

/// What lies in the folder of manual backups: archives, and everything else.
fn shelf(living: &Living) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let entries = fs::read_dir(living.home.path("backups/ecosystem-manual")).into_iter().flatten().flatten();
    let all = entries.map(|entry| entry.path()).filter(|path| !path.ends_with("filler"));
    all.partition(|path| path.to_string_lossy().ends_with(".tar.gz"))
}

fn is_proven(path: &Path) {
    let proven = Archive::open(path).and_then(|archive| archive.verify(Expected::default(), &Unwatched));
    proven.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// An error about a volume without room names a place on it and what to do.
fn says_what_helps(code: i32, said: &str, place: &Path) {
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(place.to_str().unwrap()), "{} is not named: {said}", place.display());
    assert!(said.contains("ake room"), "no remedy: {said}");
}

#[test]
fn a_backup_folder_without_room_at_any_stage() {
    if !may_mount("a_backup_folder_without_room_at_any_stage") {
        return;
    }
    let living = Living::new("");
    let backups = living.home.path("backups");
    let volume = Volume::at(&backups, "size=12m");
    // Packed in memory, and packed into the file.
    for large in [400_000, 4_400_000] {
        fs::write(living.root().join("data/large"), pressless::noise(0, large)).unwrap();
        living.back_up();
        let (archives, _) = shelf(&living);
        let size = archives[0].metadata().unwrap().len();
        archives.iter().for_each(|path| fs::remove_file(path).unwrap());
        assert_eq!(living.json(&["backup", "list"]).0, 0);
        assert!(shelf(&living).1.is_empty(), "a manifest alone is swept");
        let coarse = (0..5).map(|part| size * part / 5);
        let near = (0..6).map(|page| (size / PAGE + page).saturating_sub(1) * PAGE);
        let mut made = 0;
        let mut try_with = |left: Left<'_>, how: String| {
            let (code, done, said) = living.json(&["backup", "create"]);
            let (archives, rest) = shelf(&living);
            archives.iter().for_each(|path| is_proven(path));
            if code == 0 {
                made += 1;
                assert_eq!((archives.len(), rest.len()), (1, 1), "{how}: {done}");
            } else {
                says_what_helps(code, &said, &backups);
                assert!(archives.is_empty() && rest.is_empty(), "{how}: {rest:?}");
            }
            drop(left);
            // A drill needs room too: without it nothing is said against the archive.
            for path in archives {
                let full = Left::bytes(&backups, PAGE);
                let (code, _, said) = living.json(&["backup", "drill", done["id"].as_str().unwrap()]);
                says_what_helps(code, &said, &backups);
                drop(full);
                let (_, list, _) = living.json(&["backup", "list"]);
                assert_eq!(list["backups"].as_array().unwrap().last().unwrap()["state"], "good", "{list}");
                let scratch = fs::read_dir(&backups).unwrap().flatten();
                let scratch =
                    scratch.filter(|entry| entry.file_name().to_string_lossy().starts_with(".drill"));
                assert_eq!(scratch.count(), 0);
                fs::remove_file(&path).unwrap();
            }
            assert_eq!(living.json(&["backup", "list"]).0, 0);
        };
        for left in coarse.chain(near) {
            try_with(Left::bytes(&backups, left), format!("{left} bytes"));
        }
        for left in 0..5 {
            try_with(Left::files(&volume, &backups, left), format!("{left} files"));
        }
        assert!(made > 1, "some had room enough");
    }
}

#[test]
fn an_ecosystem_without_room_for_a_restore_at_any_stage() {
    if !may_mount("an_ecosystem_without_room_for_a_restore_at_any_stage") {
        return;
    }
    let living = Living::new("");
    let root = living.root();
    let volume = Volume::at(&root, "size=8m");
    living.write(1);
    fs::write(root.join("data/large"), pressless::noise(0, 500_000)).unwrap();
    let id = living.back_up();
    living.write(2);
    let mut restored = 0;
    let mut try_with = |left: Left<'_>, how: String| {
        let (code, done, said) = living.restore(&id);
        if code == 0 {
            restored += 1;
            assert_eq!(living.round(), 1, "{how}: {done}");
            drop(left);
            assert_eq!(living.json(&["backup", "undo", "--yes"]).0, 0);
        } else {
            says_what_helps(code, &said, &root);
            assert!(living.aside().len() <= 1, "{how}: {:?}", living.aside());
        }
        assert_eq!(living.round(), 2, "{how}");
        assert_eq!(living.json(&["backup", "list"]).0, 0);
        assert_eq!(living.round(), 2, "{how}: nothing is finished later");
    };
    let all = 500_000 + 8 * PAGE;
    for left in (0..6).map(|part| all * part / 6).chain((0..6).map(|page| all + page * PAGE)) {
        try_with(Left::bytes(&root, left), format!("{left} bytes"));
    }
    for left in 0..10 {
        try_with(Left::files(&volume, &root, left), format!("{left} files"));
    }
    assert!(restored > 1, "some had room enough");
    // Beside it: a folder with half of a tree never seems whole.
    let small = living.home.path("small");
    let beside = Volume::at(&small, "size=2m");
    let to = small.join("tree");
    let mut restored = 0;
    let mut try_beside = |left: Left<'_>, how: String| {
        let (code, _, said) = living.json(&["backup", "restore", &id, "--to", to.to_str().unwrap(), "--yes"]);
        drop(left);
        if code == 0 {
            restored += 1;
            assert_eq!(fs::metadata(to.join("data/large")).unwrap().len(), 500_000);
            fs::remove_dir_all(&to).unwrap();
        } else {
            says_what_helps(code, &said, &small);
        }
        assert_eq!(fs::read_dir(&small).unwrap().count(), 0, "{how}");
    };
    for left in (0..6).map(|part| all * part / 5) {
        try_beside(Left::bytes(&small, left), format!("{left} bytes"));
    }
    for left in 0..11 {
        try_beside(Left::files(&beside, &small, left), format!("{left} files"));
    }
    assert!(restored > 1, "some had room enough");
}

#[test]
fn a_state_folder_without_room_at_any_stage() {
    if !may_mount("a_state_folder_without_room_at_any_stage") {
        return;
    }
    let mut living = Living::new("");
    let state = living.home.path("state");
    let volume = Volume::at(&state, "size=2m");
    let id = living.back_up();
    living.write(2);
    // There is something to take back, which a restore that fails must not lose.
    assert_eq!(living.restore(&id).0, 0);
    let mut codes = Vec::new();
    for (left, bytes) in (0..4).map(|page| (page * PAGE, true)).chain((0..3).map(|files| (files, false))) {
        let how = format!("{left} {}", if bytes { "bytes" } else { "files" });
        let room = || if bytes { Left::bytes(&state, left) } else { Left::files(&volume, &state, left) };
        living.write(3);
        for (args, new) in [(&["backup", "undo", "--yes"][..], 2), (&["backup", "restore", &id, "--yes"], 1)]
        {
            let before = living.round();
            let full = room();
            let (code, _, said) = living.json(args);
            drop(full);
            if code == 0 {
                assert_eq!(living.round(), new, "{how}");
            } else {
                says_what_helps(code, &said, &state);
                assert_eq!(living.round(), before, "{how}: {said}");
            }
            codes.push(code);
            let before = living.round();
            let (code, _, said) = living.json(&["backup", "list"]);
            assert_eq!((code, living.round()), (0, before), "{how}: nothing is finished later: {said}");
            assert!(living.aside().len() <= 1, "{how}: {:?}", living.aside());
        }
        // With room both work.
        living.write(2);
        assert_eq!(living.restore(&id).0, 0, "{how}");
        let (code, _, said) = living.json(&["backup", "undo", "--yes"]);
        assert_eq!((code, living.round()), (0, 2), "{how}: {said}");
        assert_eq!(living.restore(&id).0, 0, "{how}");
    }
    assert!(codes.contains(&0) && codes.contains(&1), "{codes:?}");
    // Where it is found out only after the process was stopped, it runs again.
    living.program("");
    living.start(&["python3", "ecosystem_integration.py"]);
    let before = living.round();
    for (args, left) in [(&["backup", "undo", "--yes"][..], 0), (&["backup", "restore", &id, "--yes"], PAGE)]
    {
        let _ = fs::remove_file(state.join("stopped"));
        let pid = living.pid().unwrap();
        let full = Left::bytes(&state, left);
        let (code, _, said) = living.json(args);
        says_what_helps(code, &said, &state);
        drop(full);
        let again = living.pid();
        assert!(again.is_some() && again != Some(pid), "{args:?}: it was stopped and runs again: {said}");
        assert_eq!(living.round(), before);
        assert_eq!(living.json(&["backup", "list"]).0, 0);
        assert_eq!(living.round(), before, "nothing is finished later");
    }
    // A backup that cannot be noted is said, and counts once it is found and proven.
    let full = Left::bytes(&state, 0);
    let (code, _, said) = living.json(&["backup", "create"]);
    says_what_helps(code, &said, &state);
    drop(full);
    shelf(&living).0.iter().for_each(|path| is_proven(path));
    let (_, list, _) = living.json(&["backup", "list"]);
    assert_eq!(list["backups"].as_array().unwrap().len(), shelf(&living).0.len(), "{list}");
}

#[test]
fn a_second_place_without_room_takes_nothing_away_from_the_first() {
    if !may_mount("a_second_place_without_room_takes_nothing_away_from_the_first") {
        return;
    }
    let living = Living::new("[backups]\nsecond = \"~/second\"\n");
    let second = living.home.path("second");
    let _volume = Volume::at(&second, "size=6m");
    fs::write(living.root().join("data/large"), pressless::noise(0, 500_000)).unwrap();
    let first = living.back_up();
    let size = shelf(&living).0[0].metadata().unwrap().len() / PAGE * PAGE;
    let others = || {
        let there = fs::read_dir(second.join("ecosystem-manual")).unwrap().flatten();
        let names = there.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let of_first = ["tar.gz", "manifest"].map(|end| format!("ecosystem-{first}.{end}"));
        names.filter(|name| !of_first.contains(name)).collect::<Vec<_>>()
    };
    // The last but one holds the archive, and not the list beside it.
    for left in [0, PAGE, size / 2, size, size + PAGE] {
        let full = Left::bytes(&second, left);
        let (code, made, said) = living.json(&["backup", "create"]);
        assert_eq!(code, 0, "{said}");
        drop(full);
        is_proven(Path::new(made["path"].as_str().unwrap()));
        assert_eq!(others(), [""; 0], "{left}");
    }
    living.back_up();
    let copies = fs::read_dir(second.join("ecosystem-manual")).unwrap().flatten().map(|entry| entry.path());
    let copies: Vec<PathBuf> = copies.filter(|path| path.to_string_lossy().ends_with(".gz")).collect();
    assert_eq!(copies.len(), 7, "what was missed is made up for");
    copies.iter().for_each(|path| is_proven(path));
}

#[test]
fn what_is_mounted_is_backed_up_and_never_exchanged() {
    if !may_mount("what_is_mounted_is_backed_up_and_never_exchanged") {
        return;
    }
    let mut living = Living::new("");
    living.program("");
    let pid = living.start(&["python3", "ecosystem_integration.py"]);
    let whole = living.back_up();
    let data = living.root().join("data");
    let elsewhere = living.home.path("elsewhere");
    let refused = |id: &str, only: &[&str], word: &str| {
        let before = fs::metadata(&data).unwrap().ino();
        for dry in ["--yes", "--dry-run"] {
            let (code, _, said) = living.json(&[&["backup", "restore", id, dry], only].concat());
            assert!(code == 1 || code == 64, "{word}: {code} {said}");
            assert!(said.contains(word) && said.contains("--to"), "{word}: {said}");
        }
        assert_eq!(living.pid(), Some(pid.into()), "{word}: it was not stopped");
        assert!(living.aside().is_empty(), "{word}");
        assert_eq!(fs::metadata(&data).unwrap().ino(), before, "{word}");
    };
    // Another volume.
    {
        let _volume = Volume::at(&data, "size=4m");
        living.write(2);
        let id = living.back_up();
        living.write(3);
        refused(&id, &[], "another volume");
        refused(&id, &["--only", "data/state.json"], "another volume");
        let beside = living.home.path("beside");
        let (code, _, said) =
            living.json(&["backup", "restore", &id, "--to", beside.to_str().unwrap(), "--yes"]);
        assert_eq!(code, 0, "{said}");
        assert_eq!(fs::read_to_string(beside.join("data/state.json")).unwrap(), "{\"round\": 2}");
        // What lies on this volume alone comes back.
        let (code, _, said) = living.json(&["backup", "restore", &id, "--only", "config", "--yes"]);
        assert_eq!(code, 0, "{said}");
        let kept = living.json(&["backup", "undo", "--yes"]).1["safety_copy"].as_str().unwrap().to_owned();
        fs::remove_dir_all(kept).unwrap();
    }
    let pid = living.pid().unwrap();
    let refused = |id: &str, word: &str| {
        let (code, _, said) = living.json(&["backup", "restore", id, "--yes"]);
        assert!(code == 1 || code == 64, "{word}: {code} {said}");
        assert!(said.contains(word) && !said.contains("cannot exchange"), "{word}: {said}");
        assert_eq!(living.pid(), Some(pid), "{word}: it was not stopped");
        assert!(living.aside().is_empty(), "{word}");
    };
    // The same volume, shown at another place: no number of a device tells.
    {
        fs::create_dir_all(elsewhere.join("sub")).unwrap();
        let _shown = Volume::shown(&elsewhere, &data);
        living.write(4);
        refused(&whole, "another volume");
        assert_eq!(living.json(&["backup", "create"]).0, 0);
    }
    // Something mounted below: it would move away with the old tree.
    {
        let _volume = Volume::at(&data.join("cache"), "size=1m");
        fs::write(data.join("cache/kept"), "kept").unwrap();
        refused(&whole, "data/cache is a volume of its own");
        assert_eq!(fs::read_to_string(data.join("cache/kept")).unwrap(), "kept");
    }
    fs::remove_dir(data.join("cache")).unwrap();
    // A link to another volume, and one whose volume is missing.
    let away = living.home.path("away");
    fs::rename(&data, living.home.path("old-data")).unwrap();
    std::os::unix::fs::symlink(&away, &data).unwrap();
    {
        let _volume = Volume::at(&away, "size=4m");
        living.write(5);
        let (code, made, said) = living.json(&["backup", "create"]);
        assert_eq!(code, 0, "{said}");
        refused(made["id"].as_str().unwrap(), "another volume");
    }
    fs::remove_dir(&away).unwrap();
    refused(&whole, "leads nowhere");
    let (code, _, said) = living.json(&["backup", "create"]);
    assert_eq!(code, 1, "what is missing is not taken for empty");
    assert!(said.contains("data"), "{said}");
    assert!(data.symlink_metadata().unwrap().is_symlink(), "the link stays");
    // The volume is back, on the same one as the ecosystem: it is replaced where the link leads.
    fs::rename(living.home.path("old-data"), &away).unwrap();
    living.write(6);
    assert_eq!(living.restore(&whole).0, 0);
    assert_eq!(living.round(), 1);
    assert!(data.symlink_metadata().unwrap().is_symlink());
}
