//! The search for secrets in a tree of 1 GB beside `rg` with the very pattern by which they are found, and the whole audit of it.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use caretaker_core::mask;

use crate::place::Place;
use crate::table::{Table, mb, size, time};
use crate::tree;
use crate::usage::{median, run_into};

/// Files of the tree, 50 kB each in the mean.
const FILES: u64 = 20_000;
const RUNS: usize = 5;
/// Secrets that are planted: whoever finds none was not looking.
const PLANTED: u64 = 5;

/// Fills the rows about the audit.
pub fn measure(place: &Place, table: &mut Table) -> Result<()> {
    let root = place.folder.join("secrets");
    if root.exists() {
        std::fs::remove_dir_all(&root)?;
    }
    let eco = root.join("eco");
    tree::write(&eco, FILES)?;
    for number in 0..PLANTED {
        let text = format!("{{\"note\": \"ghp_1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8{number}\"}}\n");
        std::fs::write(eco.join(format!("data/{number:03}/planted.json")), text)?;
    }
    let profile = root.join("caretaker.toml");
    std::fs::write(
        &profile,
        format!("reports = []\nlogs = []\n[ecosystem]\nroot = {eco:?}\n[state]\nfile = \"\"\n"),
    )?;
    let (said, hits) = (root.join("audit.json"), root.join("hits.txt"));
    let (mut ours, mut whole, mut rg, mut memory) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..RUNS {
        let mut search = Command::new("rg");
        search
            .args(["--no-unicode", "--hidden", "--no-ignore", "--count-matches", "-e", mask::HEADS])
            .arg(&eco);
        let (took, _) = run_into(&mut search, File::create(&hits)?.into())?;
        rg.push(took);
        for (kept, which) in [(&mut ours, &["audit", "--secrets"][..]), (&mut whole, &["audit"])] {
            let mut audit = Command::new(&place.caretaker);
            audit
                .arg("--profile")
                .arg(&profile)
                .arg("--state")
                .arg(root.join("state"))
                .arg("--json")
                .args(which);
            let (_, most) = run_into(&mut audit, File::create(&said)?.into())?;
            memory = most.max(memory);
            kept.push(seconds(&said)?);
            let found = std::fs::read_to_string(&said)?.matches("GitHub token ghp_").count() as u64;
            ensure!(found == PLANTED, "{found} of {PLANTED} secrets were found by {which:?}");
        }
    }
    ensure!(hits.metadata()?.len() > 0, "rg found nothing");
    let (ours, whole, rg) = (median(ours), median(whole), median(rg));
    let ratio = ours.as_secs_f64() / rg.as_secs_f64();
    table.add(
        "secrets in 1 GB, 20000 files",
        time(ours),
        format!("{} for rg, same pattern", time(rg)),
        ratio,
        1.0,
        " ×",
    );
    table.note(
        "the whole audit of it: every check, JSON and databases read to their end",
        time(whole),
        format!("{} for rg, which only searches", time(rg)),
        format!("{:.2} ×", whole.as_secs_f64() / rg.as_secs_f64()),
    );
    table.add("both: peak memory", size(memory), "–".into(), mb(memory), 64.0, " MB");
    std::fs::remove_dir_all(Path::new(&root))?;
    Ok(())
}

/// What an audit says that it took: the look at the process before it is no search.
fn seconds(said: &Path) -> Result<std::time::Duration> {
    let text = std::fs::read_to_string(said)?;
    let (_, rest) = text.rsplit_once("\"seconds\":").context("it says nothing of its time")?;
    let number = rest.split([',', '}']).next().unwrap_or_default();
    Ok(std::time::Duration::from_secs_f64(number.parse()?))
}
