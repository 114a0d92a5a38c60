//! Sealed before it leaves, and single files that come back without the rest.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/far.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod far;
#[path = "../support/s3.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod s3;
#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use caretaker_core::backup::{ArchiveId, Kind, Which, Wish, new_key};
use caretaker_core::error::ErrorKind;
use caretaker_core::progress::Unwatched;
use far::{at, only};
use s3::{KEY, Line, Store};
use trees::{Grove, noise, same_trees};

type Far = far::Far<Store>;

fn plain() -> Far {
    with("", &[])
}

fn with(more: &str, secrets: &[(&str, &str)]) -> Far {
    let (grove, store) = (Grove::new(), Store::start());
    let away = store.profile(more);
    Far::new(grove, store, &away, &[&[("SECRET", KEY.1)], secrets].concat())
}

/// Sealed to a key that is here.
fn sealed() -> (Far, String) {
    let (text, recipient) = new_key("today");
    let far = with(
        &format!("recipients = [\"{recipient}\"]\nidentity = \"env:IDENTITY\"\n"),
        &[("IDENTITY", &text)],
    );
    (far, text)
}

/// What `age -d -i KEY ARCHIVE | tar -xz` brings: without anything of ours.
#[cfg(target_os = "linux")]
fn by_hand(archive: &Path, key: &Path, out: &Path) {
    fs::create_dir_all(out).unwrap();
    let mut age = Command::new("age")
        .arg("-d")
        .arg("-i")
        .args([key, archive])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let tar =
        Command::new("tar").arg("-xz").current_dir(out).stdin(age.stdout.take().unwrap()).status().unwrap();
    assert!(age.wait().unwrap().success() && tar.success());
}

#[test]
fn what_is_sealed_comes_back_here_and_by_hand_and_says_nothing_there() {
    let (far, text) = sealed();
    let far = far.large();
    far.grove.put("data/telling-name.txt", b"a telling content");
    let (full, next) = (far.back_up(Kind::Weekly, 0), far.back_up(Kind::Daily, 1));
    assert_eq!(far.send(1).unwrap().sent, [full, next]);
    assert_eq!(far.send(1).unwrap().sent, [], "everything is there already");
    assert_eq!(far.faults(next), 0);
    let objects = far.place.objects();
    assert_eq!(objects.len(), 4, "{objects:?}");
    for name in &objects {
        assert!(name.ends_with(".age"), "{name}");
        let bytes = fs::read(far.place.folder.join(name)).unwrap();
        for telling in ["telling", far.grove.root().to_str().unwrap()] {
            assert!(
                !bytes.windows(telling.len()).any(|piece| piece == telling.as_bytes()),
                "{name}: {telling}"
            );
        }
    }
    // The waiting one is gone when it is through.
    let waiting = far::walk(&far.grove.scratch("state"));
    assert!(!waiting.iter().any(|name| name.ends_with(".age")), "{waiting:?}");

    // `age` is installed for the tests on Linux.
    #[cfg(target_os = "linux")]
    opened_by_hand(&far, full, &text);
    let _ = text;

    let copy = far.copy();
    far.lose_everything_here();
    far.lose_the_list();
    assert_eq!(far.fetch(next).unwrap(), [full, next], "found there without a word from here");
    same_trees(&copy, &far.comes_back(next, "out"));
}

#[cfg(target_os = "linux")]
fn opened_by_hand(far: &Far, full: ArchiveId, text: &str) {
    let key = far.grove.scratch("keys").join("key.txt");
    fs::write(&key, text).unwrap();
    let archive =
        far.place.folder.join("mac").join(full.kind().folder()).join(format!("{}.age", full.file_name()));
    by_hand(&archive, &key, &far.grove.scratch("by-hand"));
    let there = far.grove.scratch("by-hand").join("data/telling-name.txt");
    assert_eq!(fs::read(there).unwrap(), b"a telling content");
}

#[test]
fn an_upload_of_something_sealed_goes_on_with_the_bytes_it_began_with() {
    let (far, _) = sealed();
    far.grove.put("data/large.bin", &noise(44 << 20));
    let id = far.back_up(Kind::Manual, 0);
    // Four are under way at once: a fifth began, so that one of them has arrived.
    far.place.set(Line::DiesAfter(38 << 20));
    far.send(0).unwrap_err();
    let before = far.place.parts();
    far.place.set(Line::Good);
    assert_eq!(far.send(0).unwrap().sent, [id]);
    assert!(far.place.parts() - before < 6, "all parts were sent once more");
    assert_eq!(far.faults(id), 0);
}

#[test]
fn without_the_key_or_with_another_nothing_comes_back_and_the_words_say_why() {
    let (mut far, text) = sealed();
    let id = far.back_up(Kind::Weekly, 0);
    far.send(0).unwrap();
    far.lose_everything_here();
    let (other, _) = new_key("today");
    for (secrets, words) in [
        (vec![("SECRET".into(), KEY.1.into())], "IDENTITY"),
        (vec![("SECRET".into(), KEY.1.into()), ("IDENTITY".into(), other.clone())], "does not open"),
        (vec![("SECRET".into(), KEY.1.into()), ("IDENTITY".into(), "no key".into())], "is none"),
    ] {
        far.secrets = secrets;
        for error in [far.fetch(id).unwrap_err(), far.pick(id, "data").unwrap_err()] {
            assert!(error.to_string().contains(words) && error.hint.is_some(), "{error}: {:?}", error.hint);
            assert!(!error.to_string().contains("AGE-SECRET"), "{error}");
        }
        let there = far::walk(far.grove.shelf.folder());
        assert!(
            !there.iter().any(|name| name.ends_with(".tar.gz") || name.ends_with(".manifest")),
            "{there:?}"
        );
    }
    // Whether all of it lies there still can be told without a key.
    assert_eq!(far.faults(id), 0);
    // On a machine that knows nothing of it and has another key, the words are the same.
    let known = far.grove.scratch("known").join("backups");
    fs::rename(far.grove.scratch("state").join("backups"), &known).unwrap();
    assert_eq!(far.fetch(id).unwrap_err().kind, ErrorKind::Damaged, "“no key” is none");
    far.secrets.retain(|(name, _)| name != "IDENTITY");
    far.secrets.push(("IDENTITY".into(), other.clone()));
    assert_eq!(far.fetch(id).unwrap_err().kind, ErrorKind::Denied);
    let _ = fs::remove_dir_all(far.grove.scratch("state").join("backups"));
    fs::rename(&known, far.grove.scratch("state").join("backups")).unwrap();

    // A copy of the key is tried before it is needed.
    let secrets = far.known();
    let away = far.desk.away(far.profile.away.as_ref(), &secrets).unwrap();
    assert_eq!(away.try_key(&other, at(1)).unwrap_err().kind, ErrorKind::Denied);
    assert_eq!(far.list().key_opened, None);
    assert_eq!(away.try_key(&text, at(1)).unwrap(), id);
    assert_eq!(far.list().key_opened, Some(at(1)));
}

#[test]
fn a_passphrase_seals_and_opens() {
    let mut far = with("passphrase = \"env:PASS\"\n", &[("PASS", "correct horse")]);
    let id = far.back_up(Kind::Weekly, 0);
    far.send(0).unwrap();
    let copy = far.copy();
    far.lose_everything_here();
    far.secrets.retain(|(name, _)| name != "PASS");
    far.secrets.push(("PASS".into(), "wrong horse".into()));
    assert_eq!(far.fetch(id).unwrap_err().kind, ErrorKind::Denied);
    far.secrets.retain(|(name, _)| name != "PASS");
    far.secrets.push(("PASS".into(), "correct horse".into()));
    assert_eq!(far.fetch(id).unwrap(), [id]);
    same_trees(&copy, &far.comes_back(id, "out"));
}

/// Small files around a large one, some of them changed in an increment.
fn forest(far: &Far) -> (ArchiveId, ArchiveId) {
    for number in 0..400 {
        far.grove
            .put(&format!("data/small/{number:03}.txt"), format!("number {number}\n").repeat(900).as_bytes());
    }
    far.grove.put("data/large.bin", &noise(9 << 20));
    far.grove.put("data/other/deep/x.json", b"{}");
    let full = far.back_up(Kind::Weekly, 0);
    far.grove.put("data/small/017.txt", b"changed");
    let next = far.back_up(Kind::Daily, 1);
    far.send(1).unwrap();
    (full, next)
}

#[test]
fn single_files_come_back_from_there_and_little_else_is_read() {
    for far in [plain(), sealed().0] {
        let (full, next) = forest(&far);
        let copy = far.copy();
        far.lose_everything_here();
        let whole = far.list().find(full).unwrap().bytes_out;
        for (id, path, most) in [
            (next, "data/small/017.txt", 2_000),
            (next, "data/small/399.txt", 400_000),
            (next, "data/small/000.txt", 400_000),
            (next, "data/day.json", 2_000),
            (full, "data/other/deep/x.json", 400_000),
            (next, "data/other", 400_000),
            (next, "data/small", 2_000_000),
            (next, "data/large.bin", 10 << 20),
        ] {
            let picked = far.pick(id, path).unwrap();
            assert!(picked.read() <= most && picked.read() < whole, "{path}: {} of {whole}", picked.read());
            let out = far.grove.scratch("picked");
            let wish =
                Wish { which: Which::Picked(Arc::new(picked)), part: only(path), to: Some(out.clone()) };
            let (plan, restored) = far.desk.restore_beside(&wish, &out, &Unwatched).unwrap();
            assert_eq!(plan.files, restored.files, "{path}");
            let same =
                Command::new("diff").arg("-r").args([copy.join(path), out.join(path)]).output().unwrap();
            assert!(same.status.success(), "{path}: {}", String::from_utf8_lossy(&same.stdout));
            let times = |root: &Path| root.join(path).metadata().unwrap().modified().unwrap();
            assert_eq!(times(&copy), times(&out), "{path}");
            fs::remove_dir_all(&out).unwrap();
        }
        assert_eq!(far.pick(next, "data/nowhere").unwrap_err().kind, ErrorKind::NotFound);
        assert!(!far.grove.shelf.folder().join("ecosystem-weekly").exists(), "nothing was fetched for it");
    }
}

#[test]
fn a_file_that_is_another_there_does_not_come_back() {
    let far = plain();
    let (full, next) = forest(&far);
    far.lose_everything_here();
    let object = far.place.folder.join("mac").join(full.kind().folder()).join(full.file_name());
    let good = fs::read(&object).unwrap();
    for at in [good.len() / 3, good.len() / 2, good.len() - 2_000] {
        let mut bad = good.clone();
        for byte in &mut bad[at..at + 1_500] {
            *byte ^= 0x55;
        }
        fs::write(&object, &bad).unwrap();
        let error = far.pick(next, "data").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Damaged, "{error}");
    }
    fs::remove_file(&object).unwrap();
    let error = far.pick(next, "data/large.bin").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Damaged, "{error}");
    // Of an archive that is there still, files come back.
    far.pick(next, "data/day.json").unwrap();
}
