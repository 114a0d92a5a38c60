//! The process started, stopped and started anew: exactly once, seen to stay, and why where it does not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/home.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod home;
#[path = "../support/living.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod living;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use home::text;
use living::Living;
use serde_json::Value;

const START: &str = "[process]\nstart = [\"python3\", \"ecosystem_integration.py\"]\n";

/// The process command as an ordinary call, with exit code, object and errors.
fn process(eco: &Living, args: &[&str]) -> (i32, Value, String) {
    let mut command = eco.home.caretaker();
    let path = format!("{}:{}", eco.home.path("bin").display(), std::env::var("PATH").unwrap());
    command.env("PATH", path).args(["--json", "--profile", text(&eco.profile()), "process"]).args(args);
    let out = command.output().unwrap();
    let object = serde_json::from_slice(&out.stdout).unwrap_or(Value::Null);
    (out.status.code().unwrap(), object, String::from_utf8(out.stderr).unwrap())
}

/// Ends whatever a test left running.
struct Ended<'a>(&'a Living);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        process(self.0, &["stop", "--yes"]);
    }
}

#[test]
fn it_is_started_once_stopped_and_started_anew() {
    let eco = Living::new(START);
    let _ended = Ended(&eco);
    eco.program("");
    let (code, plan, _) = process(&eco, &["start", "--dry-run"]);
    assert!(code == 0 && plan["done"] == false && plan["pid"].is_null(), "{plan}");
    let (code, _, said) = process(&eco, &["start"]);
    assert!(code == 1 && said.contains("nothing was changed"), "{said}");

    let (code, first, said) = process(&eco, &["start", "--yes"]);
    assert!(code == 0 && first["pid"].as_u64().is_some(), "{first} {said}");
    let (code, _, said) = process(&eco, &["start", "--yes"]);
    assert!(code == 1 && said.contains("runs already"), "{said}");

    let (code, second, said) = process(&eco, &["restart", "--yes"]);
    assert!(code == 0 && second["pid"] != first["pid"] && second["pid"].is_u64(), "{second} {said}");
    assert!(second["plan"]["steps"][0].as_str().unwrap().contains(&first["pid"].to_string()), "{second}");

    let (code, gone, said) = process(&eco, &["stop", "--yes"]);
    assert!(code == 0 && gone["state"] == "gone", "{gone} {said}");
    let (code, _, said) = process(&eco, &["stop", "--yes"]);
    assert!(code == 1 && said.contains("does not run"), "{said}");

    let (_, journal) = eco.home.json(&["--profile", text(&eco.profile()), "journal"]);
    let kinds: Vec<&str> =
        journal["entries"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["stop", "start", "start"]);
}

#[test]
fn what_does_not_stay_is_said_with_its_last_words_and_not_started_for_ever() {
    let eco = Living::new(START);
    let _ended = Ended(&eco);
    // One that is gone before anybody sees it, and one that lives for a second.
    for (end, wait) in [("print('no settings', flush=True); sys.exit(3)", ""), ("", "time.sleep(1); ")] {
        eco.program(&format!("{wait}print('the model is missing', flush=True); sys.exit(3)\n{end}"));
        let (code, _, said) = process(&eco, &["start", "--yes"]);
        assert!(code == 1 && said.contains("last words: the model is missing"), "{said}");
    }
    let (_, _, said) = process(&eco, &["start", "--yes"]);
    assert!(said.contains("last words"), "{said}");
    let (code, _, said) = process(&eco, &["start", "--yes"]);
    assert!(code == 1 && said.contains("3 times in the last ten minutes"), "{said}");
    eco.program("");
    let (code, up, said) = process(&eco, &["start", "--yes", "--again"]);
    assert!(code == 0 && up["pid"].is_u64(), "{said}");
}

/// A `launchctl` that keeps what it has loaded alive, as launchd does.
const LAUNCHCTL: &str = r#"#!/usr/bin/env python3
import os, signal, subprocess, sys, time
home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
loaded, verb = os.path.join(home, 'loaded'), sys.argv[1]
open(os.path.join(home, 'asked'), 'a').write(' '.join(sys.argv[1:]) + '\n')
if verb == 'print': sys.exit(0 if os.path.exists(loaded) else 113)
if verb == 'bootstrap': open(loaded, 'w').close()
if verb == 'bootout': os.remove(loaded)
if verb == 'kickstart' and not os.path.exists(os.path.join(home, 'eco', 'kept')):
    open(os.path.join(home, 'eco', 'kept'), 'w').close()
    keep = f'''
import os, subprocess, time
while os.path.exists({loaded!r}):
    subprocess.run(['python3', 'ecosystem_integration.py'], cwd={os.path.join(home, 'eco')!r})
    time.sleep(0.1)
os.remove({os.path.join(home, 'eco', 'kept')!r})
'''
    subprocess.Popen([sys.executable, '-c', keep], cwd='/', start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
"#;

#[test]
fn under_launchd_it_is_launchd_that_stops_and_starts_it() {
    // Nothing in the profile starts it: launchd does.
    let eco = Living::new("[process]\nstart = []\n");
    let _ended = Ended(&eco);
    eco.program("");
    let agents = eco.home.path("Library/LaunchAgents");
    fs::create_dir_all(&agents).unwrap();
    let root = eco.root();
    let plist = format!(
        "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>Label</key><string>me.eco</string><key>ProgramArguments</key>\
         <array><string>python3</string><string>ecosystem_integration.py</string></array><key>WorkingDirectory</key>\
         <string>{}</string><key>KeepAlive</key><true/></dict></plist>",
        root.display()
    );
    fs::write(agents.join("me.eco.plist"), plist).unwrap();
    fs::write(agents.join("broken.plist"), "<plist").unwrap();
    let bin = eco.home.path("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join("launchctl"), LAUNCHCTL).unwrap();
    fs::set_permissions(bin.join("launchctl"), fs::Permissions::from_mode(0o755)).unwrap();

    let (code, up, said) = process(&eco, &["start", "--yes"]);
    assert!(code == 0 && up["agent"] == "me.eco" && up["pid"].is_u64(), "{up} {said}");
    // Killed behind its back, it comes again: that is what the agent is for.
    let killed = Command::new("kill").args(["-KILL", &up["pid"].to_string()]).status().unwrap();
    assert!(killed.success());
    let again = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let (_, now, _) = process(&eco, &["status"]);
        (now["pid"].is_u64() && now["pid"] != up["pid"]).then_some(now)
    });
    assert!(again.is_some(), "launchd brings it back");

    let (code, gone, said) = process(&eco, &["stop", "--yes"]);
    assert!(code == 0 && gone["state"] == "gone", "{gone} {said}");
    assert!(gone["plan"]["steps"][0].as_str().unwrap().contains("leave me.eco alone"), "{gone}");
    let asked = fs::read_to_string(eco.home.path("asked")).unwrap();
    assert!(asked.contains("bootstrap gui/") && asked.contains("bootout gui/"), "{asked}");
}
