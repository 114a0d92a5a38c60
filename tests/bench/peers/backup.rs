//! Backups of a tree of 1 GB in 20,000 files, beside `tar` and restic, every program as a process of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::place::Place;
use crate::table::{Table, mb, size, time};
use crate::{count, tree, usage};

const FILES: u64 = 20_000;
const ROUNDS: usize = 3;

/// Where everything of these rows lies.
struct Yard {
    tree: PathBuf,
    /// In memory where there is room for it: what is measured is the program, not the disk.
    out: PathBuf,
    caretaker: PathBuf,
}

impl Yard {
    fn prepare(place: &Place) -> Result<Self> {
        let tree = place.folder.join("tree-1gb");
        if !tree.join("whole").exists() {
            eprintln!("writing a tree of 1 GB in {FILES} files to {}", tree.display());
            let _ = fs::remove_dir_all(&tree);
            tree::write(&tree, FILES)?;
            fs::write(tree.join("whole"), "")?;
        }
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { place.folder.clone() };
        let out = base.join("caretaker-bench");
        let _ = fs::remove_dir_all(&out);
        fs::create_dir_all(&out)?;
        Ok(Self { tree, out, caretaker: place.caretaker.clone() })
    }

    fn profile(&self, name: &str, effort: &str) -> Result<PathBuf> {
        self.profile_of(&self.tree, name, effort)
    }

    fn profile_of(&self, tree: &Path, name: &str, effort: &str) -> Result<PathBuf> {
        let file = self.out.join(format!("{name}.toml"));
        let (root, folder) = (tree.display(), self.out.join(name));
        let text = format!(
            "[ecosystem]\nroot = \"{root}\"\n[backups]\nfolder = \"{}\"\neffort = \"{effort}\"\n",
            folder.display()
        );
        fs::write(&file, text)?;
        Ok(file)
    }

    fn caretaker(&self, profile: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.caretaker);
        command.arg("--json").arg("--profile").arg(profile).arg("--state").arg(self.out.join("state"));
        command.arg("backup").args(arguments);
        command
    }

    fn tar(&self, arguments: &[&str], file: &Path) -> Command {
        let mut command = Command::new("tar");
        command.args(arguments).arg(file).arg("-C").arg(&self.tree).args(["data", "config"]);
        command
    }

    fn restic(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("restic");
        command.env("RESTIC_PASSWORD", "bench").env("RESTIC_REPOSITORY", self.out.join("restic"));
        command
            .env("RESTIC_CACHE_DIR", self.out.join("restic-cache"))
            .args(arguments)
            .current_dir(&self.tree);
        command
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.out);
    }
}

/// Fills the rows about backups.
pub fn measure(place: &Place, table: &mut Table) -> Result<()> {
    let yard = Yard::prepare(place)?;
    full(&yard, table)?;
    increments(&yard, table)?;
    many(&yard, table)?;
    restores(&yard, table)?;
    downtime(&yard, table)
}

fn ratio(ours: Duration, peer: Duration) -> f64 {
    ours.as_secs_f64() / peer.as_secs_f64()
}

fn full(yard: &Yard, table: &mut Table) -> Result<()> {
    let (normal, fast) = (yard.profile("normal", "normal")?, yard.profile("fast", "fast")?);
    let mut times: [Vec<Duration>; 6] = Default::default();
    let (mut peak, mut sizes) = (0, [0; 3]);
    let by_tar = yard.out.join("by-tar.tar.gz");
    // Warm: every program finds the tree in the page cache.
    usage::run(&mut yard.tar(&["-cf"], Path::new("/dev/null")))?;
    for round in 0..ROUNDS {
        times[0].push(usage::run(&mut yard.tar(&["-czf"], &by_tar))?.0);
        sizes[0] = by_tar.metadata()?.len();
        for (at, profile) in [(1, &normal), (2, &fast)] {
            let (took, most) = usage::run(&mut yard.caretaker(profile, &["create", "--kind", "weekly"]))?;
            times[at].push(took);
            peak = peak.max(most);
            let archive = newest(&profile.with_extension("").join("ecosystem-weekly"))?;
            sizes[at] = archive.metadata()?.len();
            if at == 1 {
                let mut verify = yard.caretaker(profile, &["verify"]);
                times[4].push(usage::run(verify.arg(&archive))?.0);
                times[5].push(usage::run(Command::new("gzip").arg("-t").arg(&by_tar))?.0);
            }
            if round + 1 < ROUNDS {
                let _ = fs::remove_dir_all(profile.with_extension(""));
            }
        }
        if count::has("restic") {
            let _ = fs::remove_dir_all(yard.out.join("restic"));
            ensure!(yard.restic(&["init", "-q"]).status()?.success(), "restic could not make its repository");
            times[3].push(usage::run(&mut yard.restic(&["backup", "-q", "data", "config"]))?.0);
        }
    }
    let [tar, ours, quick, restic, verify, gzip] = times.map(usage::median);
    let share = |bytes: u64| bytes as f64 / sizes[0] as f64;
    let row = "a full backup of 1 GB, hashed and read back, against `tar -czf`";
    table.add(row, time(ours), time(tar), ratio(ours, tar), 0.30, " ×");
    table.add("its size, against `tar -czf`", size(sizes[1]), size(sizes[0]), share(sizes[1]), 1.0, " ×");
    table.add("the same with `fast`", time(quick), time(tar), ratio(quick, tar), 0.16, " ×");
    table.add("its size with `fast`", size(sizes[2]), size(sizes[0]), share(sizes[2]), 1.08, " ×");
    if restic > Duration::ZERO {
        table.add("a full backup, against restic", time(ours), time(restic), ratio(ours, restic), 1.0, " ×");
    }
    table.add("peak memory of a full backup", size(peak), String::new(), mb(peak), 48.0, " MB");
    let row = "every byte of archive and members proven, against `gzip -t`";
    table.add(row, time(verify), time(gzip), ratio(verify, gzip), 0.30, " ×");
    Ok(())
}

fn increments(yard: &Yard, table: &mut Table) -> Result<()> {
    let profile = yard.profile("normal", "normal")?;
    let list = yard.out.join("by-tar.list");
    usage::run(&mut yard.tar(
        &["--listed-incremental", list.to_str().context("a path")?, "-czf"],
        &yard.out.join("full.tar.gz"),
    ))?;
    let mut times: [Vec<Duration>; 5] = Default::default();
    let by_tar = yard.out.join("next.tar.gz");
    let state = |to: &Path| fs::copy(&list, to);
    for round in 0..5 {
        let copy = yard.out.join("copy.list");
        state(&copy)?;
        let tar = ["--listed-incremental", copy.to_str().context("a path")?, "-czf"];
        times[0].push(usage::run(&mut yard.tar(&tar, &by_tar))?.0);
        times[1].push(usage::run(&mut yard.caretaker(&profile, &["create", "--kind", "daily"]))?.0);
        if count::has("restic") {
            times[2].push(usage::run(&mut yard.restic(&["backup", "-q", "data", "config"]))?.0);
        }
        if round == 0 {
            usage::run(&mut yard.caretaker(&profile, &["list"]))?;
        }
    }
    for round in 0..ROUNDS as u64 {
        state(&yard.out.join("copy.list"))?;
        tree::touch(&yard.tree, FILES, round)?;
        let copy = yard.out.join("copy.list");
        let tar = ["--listed-incremental", copy.to_str().context("a path")?, "-czf"];
        times[3].push(usage::run(&mut yard.tar(&tar, &by_tar))?.0);
        usage::run(&mut yard.caretaker(&profile, &["create", "--kind", "weekly"]))?;
        tree::touch(&yard.tree, FILES, round)?;
        times[4].push(usage::run(&mut yard.caretaker(&profile, &["create", "--kind", "daily"]))?.0);
        // Each round changes other files; the list of tar must know those of the round before.
        usage::run(
            &mut yard.tar(&["--listed-incremental", list.to_str().context("a path")?, "-czf"], &by_tar),
        )?;
    }
    let [tar, ours, restic, tar_some, ours_some] = times.map(usage::median);
    table.add(
        "an increment with nothing changed, against `tar --listed-incremental`",
        time(ours),
        time(tar),
        ratio(ours, tar),
        1.0,
        " ×",
    );
    if restic > Duration::ZERO {
        table.add(
            "an increment with nothing changed, against restic",
            time(ours),
            time(restic),
            ratio(ours, restic),
            1.0 / 15.0,
            " ×",
        );
    }
    table.add(
        "an increment with 1 % changed, against `tar --listed-incremental`",
        time(ours_some),
        time(tar_some),
        ratio(ours_some, tar_some),
        0.8,
        " ×",
    );
    Ok(())
}

/// What five times as many files cost, where nothing changed.
fn many(yard: &Yard, table: &mut Table) -> Result<()> {
    let mut times: [Vec<Duration>; 2] = Default::default();
    let mut profiles = Vec::new();
    for files in [FILES, 5 * FILES] {
        let small = yard.out.join(format!("small-{files}"));
        tree::write_small(&small, files)?;
        let profile = yard.profile_of(&small, &format!("many-{files}"), "normal")?;
        usage::run(&mut yard.caretaker(&profile, &["create", "--kind", "weekly"]))?;
        profiles.push(profile);
    }
    for _ in 0..5 {
        for (times, profile) in times.iter_mut().zip(&profiles) {
            times.push(usage::run(&mut yard.caretaker(profile, &["create", "--kind", "daily"]))?.0);
        }
    }
    let [few, many] = times.map(usage::median);
    let row = "an increment of 100,000 files with nothing changed, against one of 20,000";
    table.add(row, time(many), time(few), ratio(many, few), 5.0, " ×");
    Ok(())
}

fn restores(yard: &Yard, table: &mut Table) -> Result<()> {
    let profile = yard.profile("normal", "normal")?;
    let ours = newest(&yard.out.join("normal/ecosystem-weekly"))?;
    let by_tar = yard.out.join("by-tar.tar.gz");
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let out = yard.out.join("out");
        let _ = fs::remove_dir_all(&out);
        fs::create_dir(&out)?;
        times[0].push(usage::run(Command::new("tar").arg("-xzf").arg(&by_tar).arg("-C").arg(&out))?.0);
        for (at, archive) in [(1, &ours), (2, &by_tar)] {
            fs::remove_dir_all(&out)?;
            let mut restore = yard.caretaker(&profile, &["restore"]);
            let took = usage::run(restore.arg(archive).arg("--to").arg(&out).arg("--yes"))?.0;
            ensure!(out.join("data").exists(), "nothing was restored");
            times[at].push(took);
        }
        fs::remove_dir_all(&out)?;
        if count::has("restic") {
            let target = out.to_str().context("a path")?.to_owned();
            times[3].push(usage::run(&mut yard.restic(&["restore", "-q", "latest", "--target", &target]))?.0);
        }
    }
    let [tar, ours, foreign, restic] = times.map(usage::median);
    let row = "a restore beside, hashed and flushed, against `tar -xzf`";
    table.add(row, time(ours), time(tar), ratio(ours, tar), 0.40, " ×");
    if restic > Duration::ZERO {
        table.add(
            "a restore beside, against restic",
            time(ours),
            time(restic),
            ratio(ours, restic),
            1.0,
            " ×",
        );
    }
    let row = "a restore of an archive of `tar` itself, against `tar -xzf`";
    table.add(row, time(foreign), time(tar), ratio(foreign, tar), 0.6, " ×");
    Ok(())
}

/// How long the process is down while the whole tree is replaced.
fn downtime(yard: &Yard, table: &mut Table) -> Result<()> {
    let profile = yard.profile("normal", "normal")?;
    let with_process = format!(
        "{}[process]\nargument = \"sleep\"\nstart = [\"sleep\", \"600\"]\n",
        fs::read_to_string(&profile)?
    );
    fs::write(&profile, with_process)?;
    let mut sleeper = Command::new("sleep").arg("600").current_dir(&yard.tree).spawn()?;
    let id = newest(&yard.out.join("normal/ecosystem-weekly"))?;
    let id = id.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("ecosystem-"));
    let id = id.and_then(|name| name.strip_suffix(".tar.gz")).context("an archive without a name")?;
    let reaper = std::thread::spawn(move || sleeper.wait());
    let out = yard.caretaker(&profile, &["restore", id, "--yes"]).output()?;
    ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    let seconds = said.split("\"downtime\":").nth(1).and_then(|rest| rest.split([',', '}']).next());
    let seconds: f64 = seconds.context("no downtime was told")?.parse()?;
    let _ = Command::new("pkill").args(["-f", "^sleep 600$"]).status();
    let _ = reaper.join();
    let ours = time(Duration::from_secs_f64(seconds));
    table.add("downtime of a restore of 1 GB into place", ours, String::new(), seconds, 2.0, " s");
    Ok(())
}

fn newest(folder: &Path) -> Result<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    all.retain(|path| path.extension().is_some_and(|end| end == "gz"));
    all.sort();
    all.pop().context("no archive was written")
}
