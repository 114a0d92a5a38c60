//! Secrets in a real keychain: on Linux a Secret Service of its own, started for the test and gone with it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::process::Command;

use caretaker_core::error::ErrorKind;
use caretaker_core::profile::channels::SecretSource;
use caretaker_core::secrets::Secrets;

/// Set in the process that runs inside of the session with the keychain.
const INSIDE: &str = "CARETAKER_TEST_IN_SESSION";

/// Starts a bus and a keychain in a home of their own, and there the program that follows.
const SESSION: &str =
    "printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec \"$@\"";

#[test]
fn a_secret_is_kept_found_and_replaced() {
    if std::env::var_os(INSIDE).is_some() {
        inside();
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let me = std::env::current_exe().unwrap();
    let out = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", SESSION, "sh"])
        .arg(me)
        .args(["--exact", "a_secret_is_kept_found_and_replaced", "--nocapture"])
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env_remove("XDG_DATA_HOME")
        .env(INSIDE, "1")
        .output()
        .expect("dbus-run-session runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    assert!(home.path().join("done").exists(), "{}", String::from_utf8_lossy(&out.stderr));
}

fn inside() {
    let secrets = Secrets::new(|_| None);
    let named = |name: &str| SecretSource::Keychain(name.to_owned());
    let none = secrets.get(&named("nothing")).unwrap_err();
    assert_eq!(none.kind, ErrorKind::NotFound);
    assert!(none.hint.is_some());
    secrets.keep("channel-mail", "hush ✓").unwrap();
    assert_eq!(secrets.get(&named("channel-mail")).unwrap().reveal(), "hush ✓");
    secrets.keep("channel-mail", "other").unwrap();
    assert_eq!(secrets.get(&named("channel-mail")).unwrap().reveal(), "other");
    // Another process, which has nothing in memory.
    assert_eq!(Secrets::new(|_| None).get(&named("channel-mail")).unwrap().reveal(), "other");
    assert_eq!(secrets.keep("", "x").unwrap_err().kind, ErrorKind::Usage);
    let done = std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join("done"));
    std::fs::write(done.unwrap(), "").unwrap();
}
