//! `caretaker cleanup space`: what takes space, beside the bands.

use std::path::Path;

use caretaker_core::judge::words;
use caretaker_core::profile::Profile;
use caretaker_core::signal::{SignalId, Unit};
use caretaker_core::upkeep::{Space, space};
use serde::Serialize;

use crate::commands::check::plain;
use crate::render::Reply;

#[derive(Serialize)]
struct Body {
    folders: Vec<Folder>,
}

#[derive(Serialize)]
struct Folder {
    path: String,
    signal: SignalId,
    /// Bytes from which on the light is yellow.
    yellow: Option<f64>,
    /// Whether it is beyond that.
    beyond: bool,
    #[serde(flatten)]
    space: Space,
}

/// Measures the folders of data and logs; `most` entries of each are shown to people.
pub fn run(profile: &Profile, most: usize) -> anyhow::Result<Reply> {
    let measure = |path: &Path, signal: SignalId| -> anyhow::Result<Folder> {
        let space = space(path)?;
        let yellow = profile.bands.get(&signal).and_then(|bands| bands.yellow);
        #[allow(clippy::cast_precision_loss, reason = "a band is no matter of single bytes")]
        let beyond = yellow.is_some_and(|yellow| space.taken.bytes as f64 >= yellow);
        Ok(Folder { path: path.display().to_string(), signal, yellow, beyond, space })
    };
    let folders = vec![
        measure(&profile.data_dir, SignalId::DataSize)?,
        measure(&profile.logs_dir, SignalId::LogsSize)?,
    ];
    let lines: Vec<String> = folders.iter().flat_map(|folder| text(folder, most)).collect();
    Reply::new(&Body { folders }, lines.join("\n"))
}

fn text(folder: &Folder, most: usize) -> Vec<String> {
    let Folder { path, space, yellow, beyond, .. } = folder;
    let band = match (yellow, beyond) {
        (None, _) => String::new(),
        (Some(yellow), true) => format!(", beyond the {} that are green", words::value(*yellow, Unit::Bytes)),
        (Some(yellow), false) => format!(", yellow from {}", words::value(*yellow, Unit::Bytes)),
    };
    let (bytes, on_disk) = (words::bytes(space.taken.bytes), words::bytes(space.taken.on_disk));
    let mut lines =
        vec![format!("{}: {bytes} in {} files{band}; {on_disk} on disk", plain(path), space.taken.files)];
    for entry in space.entries.iter().take(most) {
        #[allow(clippy::cast_precision_loss, reason = "a share of whole percents")]
        let share = entry.taken.on_disk as f64 * 100.0 / (space.taken.on_disk.max(1)) as f64;
        let slash = if entry.folder { "/" } else { "" };
        let size = words::bytes(entry.taken.on_disk);
        lines.push(format!("  {size:>10}  {share:>3.0} %  {}{slash}", plain(&entry.name)));
    }
    if space.entries.len() > most {
        lines.push(format!("  … and {} more", space.entries.len() - most));
    }
    if !space.complete {
        lines.push("  Some of it could not be looked into: it takes more than that.".into());
    }
    lines
}
