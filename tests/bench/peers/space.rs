//! What takes space among a hundred thousand files: `caretaker cleanup space` beside `du -s` of the same folder, each a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::place::Place;
use crate::table::{Table, mb, size, time};
use crate::usage::{median, run};

/// Files, in folders of folders.
const FILES: u32 = 100_000;
/// Files of one folder.
const EACH: u32 = 250;
const RUNS: usize = 7;

/// Fills the rows about space.
pub fn measure(place: &Place, table: &mut Table) -> Result<()> {
    let root = place.folder.join("space");
    let profile = write(&root)?;
    let data = root.join("eco/data");
    let state = root.join("state");
    let (mut ours, mut du, mut memory) = (Vec::new(), Vec::new(), 0);
    // Both find the tree in the cache of the system; one time each before it counts.
    for round in 0..=RUNS {
        let mut space = Command::new(&place.caretaker);
        space.arg("--profile").arg(&profile).arg("--state").arg(&state).args(["cleanup", "space"]);
        let (took, most) = run(&mut space)?;
        let (peer, _) = run(Command::new("du").arg("-s").arg(&data))?;
        if round > 0 {
            ours.push(took);
            du.push(peer);
            memory = most.max(memory);
        }
    }
    same(place, &profile, &state, &data)?;
    let (ours, du) = (median(ours), median(du));
    let what = format!("what takes space among {FILES} files");
    table.add(
        &format!("{what}, against `du -s`"),
        time(ours),
        time(du),
        ours.as_secs_f64() / du.as_secs_f64(),
        1.0,
        " ×",
    );
    table.add("peak memory of that", size(memory), "–".into(), mb(memory), 64.0, " MB");
    Ok(())
}

/// Both must have seen the same: all files, and what they take.
fn same(place: &Place, profile: &Path, state: &Path, data: &Path) -> Result<()> {
    let mut space = Command::new(&place.caretaker);
    space.arg("--json").arg("--profile").arg(profile).arg("--state").arg(state).args(["cleanup", "space"]);
    let said = String::from_utf8(space.output()?.stdout)?;
    ensure!(said.contains(&format!("\"files\":{FILES},")), "not every file was seen");
    let on_disk =
        said.split("\"on_disk\":").nth(1).and_then(|rest| rest.split(',').next()).context("no size")?;
    let on_disk: u64 = on_disk.parse()?;
    let du = String::from_utf8(Command::new("du").args(["-s", "-B1"]).arg(data).output()?.stdout)?;
    let du: u64 = du.split_whitespace().next().context("du says nothing")?.parse()?;
    // It counts the folders too.
    ensure!(on_disk <= du && du - on_disk < du / 20, "{on_disk} bytes, and {du} by du");
    Ok(())
}

/// Writes the tree where it is not there yet, and a profile.
fn write(root: &Path) -> Result<PathBuf> {
    let whole = root.join("whole");
    if !whole.exists() {
        let _ = std::fs::remove_dir_all(root);
        std::fs::create_dir_all(root.join("eco/logs"))?;
        for folder in 0..FILES / EACH {
            let path = root.join(format!("eco/data/{}/{}", folder % 20, folder / 20));
            std::fs::create_dir_all(&path)?;
            for number in 0..EACH {
                let length = 100 + (folder * 7_919 + number * 104_729) % 8_000;
                std::fs::write(path.join(format!("{number}.json")), vec![b'x'; usize::try_from(length)?])?;
            }
        }
        std::fs::write(&whole, "")?;
    }
    let profile = root.join("caretaker.toml");
    std::fs::write(&profile, format!("[ecosystem]\nroot = {:?}\n", root.join("eco")))?;
    Ok(profile)
}
