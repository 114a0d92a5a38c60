//! Volumes and processes of their own for a test: it runs once more in namespaces that nobody else sees.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Says to a test that it runs there.
const INSIDE: &str = "CARETAKER_TEST_MAY_MOUNT";

/// Runs the test called `name` again where it may mount: `true` there, and `false` outside once that has passed.
///
/// A machine on which nobody may mount fails the test, and says what would help: what was not tried has not passed.
pub fn may_mount(name: &str) -> bool {
    alone(name).unwrap_or_else(|| {
        panic!(
            "{name} NOT TRIED: nobody may mount here. Run it as root, or let users mount in a namespace of their own \
             (sysctl kernel.apparmor_restrict_unprivileged_userns=0)."
        )
    })
}

/// Runs the test called `name` again where neither its mounts nor its processes meet others: `true` there, `false`
/// outside once that has passed, `None` where this machine does not allow it.
pub fn alone(name: &str) -> Option<bool> {
    if std::env::var_os(INSIDE).is_some() {
        return Some(true);
    }
    let ways: [&[&str]; 3] =
        [&["unshare", "-mpf"], &["unshare", "-rmpf"], &["sudo", "-nE", "unshare", "-mpf"]];
    let here = tempfile::tempdir().unwrap();
    let works = |way: &&&[&str]| {
        let mut mount = Command::new(way[0]);
        mount.args(&way[1..]).args(["--mount-proc", "mount", "-t", "tmpfs", "tmpfs"]).arg(here.path());
        mount.output().is_ok_and(|out| out.status.success())
    };
    let way = ways.iter().find(works)?;
    let mut again = Command::new(way[0]);
    again.args(&way[1..]).args(["--mount-proc", "env"]).arg(format!("{INSIDE}=1"));
    again.arg(std::env::current_exe().unwrap()).args([name, "--exact", "--nocapture"]);
    let out = again.output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{name} is not what the test is called: {said}");
    eprint!("{}", String::from_utf8_lossy(&out.stderr));
    Some(false)
}

/// A volume in memory, while it is held.
pub struct Volume(PathBuf);

impl Volume {
    /// Mounts a fresh one at `place`, which is made where it is not there, with such options as `size=64k`.
    pub fn at(place: &Path, options: &str) -> Self {
        std::fs::create_dir_all(place).unwrap();
        mount(&["-t", "tmpfs", "-o", options, "tmpfs"], place);
        Self(place.to_owned())
    }

    /// Mounts a fresh one at `place` whose files can be cloned; `image` is the file it is kept in.
    pub fn that_clones(place: &Path, image: &Path) -> Self {
        // XFS wants 300 MB at least; nearly all of them are a hole.
        std::fs::File::create(image).unwrap().set_len(320 << 20).unwrap();
        let made = Command::new("mkfs.xfs")
            .arg("-q")
            .arg(image)
            .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
            .output();
        let made =
            made.unwrap_or_else(|error| panic!("mkfs.xfs, of the package xfsprogs, is missing: {error}"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        std::fs::create_dir_all(place).unwrap();
        mount(&["-o", "loop", image.to_str().unwrap()], place);
        Self(place.to_owned())
    }

    /// Shows the folder `of` at `place` too.
    pub fn shown(of: &Path, place: &Path) -> Self {
        std::fs::create_dir_all(place).unwrap();
        mount(&["--bind", of.to_str().unwrap()], place);
        Self(place.to_owned())
    }

    /// Changes its options.
    pub fn change(&self, options: &str) {
        mount(&["-o", &format!("remount,{options}")], &self.0);
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn mount(arguments: &[&str], place: &Path) {
    let out = Command::new("mount").args(arguments).arg(place).output().unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
}
