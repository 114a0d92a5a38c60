//! A gigabyte to a store on this machine and its proof, beside rclone with the same file and the same store.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::fleet::caretaker;
use crate::place::Place;
use crate::s3::{BUCKET, KEY, Store};
use crate::table::{Table, mb, size, time};
use crate::usage::{median, run};

const BYTES: usize = 1_000_000_000;
/// In turns, so that what else this machine does meets both.
const TURNS: usize = 3;

/// Fills the rows about sending away.
pub fn measure(place: &Place, table: &mut Table) -> Result<()> {
    let far = Far::new(place)?;
    let (mut sent, mut proven, mut copied, mut checked) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut most = 0;
    for _ in 0..TURNS {
        let (took, memory) = far.send("store")?;
        sent.push(took);
        most = most.max(memory);
        let copy = far.rclone("copyto", &[])?;
        copied.push(copy);
        let (took, memory) = far.send("read")?;
        proven.push(took);
        most = most.max(memory);
        checked.push(far.rclone("copyto", &[])? + far.rclone("check", &["--download"])?);
    }
    let mut row = |what: &str, ours: Vec<Duration>, peer: Vec<Duration>| {
        let (ours, peer) = (median(ours), median(peer));
        table.add(what, time(ours), time(peer), ours.as_secs_f64() / peer.as_secs_f64(), 1.0, " ×");
    };
    row(
        "1 GB sent to a store on this machine, which checks each part, against `rclone copyto`",
        sent,
        copied,
    );
    row(
        "the same and every byte read back, against `rclone copyto` and `rclone check --download`",
        proven,
        checked,
    );
    table.add("peak memory of that", size(most), "–".into(), mb(most), 64.0, " MB");
    Ok(())
}

/// A backup of a gigabyte that nothing presses, and a store.
struct Far<'a> {
    place: &'a Place,
    store: Store,
    home: PathBuf,
    archive: PathBuf,
}

impl<'a> Far<'a> {
    fn new(place: &'a Place) -> Result<Self> {
        let (store, home) = (Store::start(), place.folder.join("away"));
        let _ = std::fs::remove_dir_all(&home);
        let root = home.join("eco");
        std::fs::create_dir_all(root.join("data"))?;
        std::fs::create_dir_all(root.join("config"))?;
        std::fs::write(root.join("data/noise.bin"), crate::noise::noise(0, BYTES))?;
        for proof in ["read", "store"] {
            let text = format!(
                "[ecosystem]\nroot = {root:?}\n[backups]\nfolder = {:?}\neffort = \"fast\"\n{}",
                home.join("backups"),
                store.profile(&format!("proof = \"{proof}\"\n"))
            );
            std::fs::write(home.join(format!("{proof}.toml")), text)?;
        }
        let mut far = Self { place, store, home, archive: PathBuf::new() };
        let made = far.caretaker("read").args(["backup", "create"]).stdout(Stdio::null()).status()?;
        ensure!(made.success(), "no backup");
        let folder = far.home.join("backups/ecosystem-manual");
        let files = std::fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
        let archive = files.into_iter().find(|path| path.to_string_lossy().ends_with(".tar.gz"));
        far.archive = archive.context("no archive")?;
        Ok(far)
    }

    fn caretaker(&self, proof: &str) -> Command {
        let mut command = caretaker(self.place, &self.home);
        command.env("SECRET", KEY.1).arg("--profile").arg(self.home.join(format!("{proof}.toml")));
        command.arg("--state").arg(self.home.join("state"));
        command
    }

    /// Sends it to a store that has nothing of it.
    fn send(&self, proof: &str) -> Result<(Duration, u64)> {
        self.empty()?;
        let took = run(self.caretaker(proof).args(["backup", "send"]))?;
        let sent = self.store.objects().iter().any(|name| name.ends_with(".tar.gz"));
        ensure!(sent, "nothing was sent");
        Ok(took)
    }

    /// Nothing of it is there, and nothing is known of it.
    fn empty(&self) -> Result<()> {
        for name in self.store.objects() {
            std::fs::remove_file(self.store.folder.join(name))?;
        }
        let known = std::fs::read_dir(self.home.join("state/backups"))?.flatten().map(|entry| entry.path());
        for file in known.filter(|path| path.to_string_lossy().ends_with(".away.json")) {
            std::fs::remove_file(file)?;
        }
        Ok(())
    }

    fn rclone(&self, verb: &str, more: &[&str]) -> Result<Duration> {
        let (from, to) = (self.archive.parent().unwrap_or(Path::new("/")), format!(":s3:{BUCKET}/rclone"));
        let name = self.archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Without this machine's own ideas of stores and certificates.
        let mut rclone = Command::new("rclone");
        rclone.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", &self.home);
        rclone.env("RCLONE_CONFIG", self.home.join("none")).arg(verb).args(more);
        rclone.args(["--s3-provider", "Other", "--s3-endpoint"]).arg(format!("http://{}", self.store.at));
        rclone.args(["--s3-access-key-id", KEY.0, "--s3-secret-access-key", KEY.1, "--s3-no-check-bucket"]);
        match verb {
            "copyto" => {
                self.empty()?;
                rclone.arg(&self.archive).arg(format!("{to}/{name}"))
            }
            _ => rclone.arg(from).arg(&to).args(["--include", &name]),
        };
        let (took, _) = run(&mut rclone)?;
        let there = self.store.objects().iter().any(|known| known.ends_with(&name));
        ensure!(there, "rclone {verb} did nothing");
        Ok(took)
    }
}
