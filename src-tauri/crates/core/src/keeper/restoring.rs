//! A restore into place, with the ecosystem's own process around it.

use std::path::PathBuf;

use crate::backup::{Halt, Process, Restored};
use crate::error::{Error, ErrorKind, Result};
use crate::observe::process::{Inside, inside};
use crate::progress::Progress;
use crate::upkeep::{Control, Stopped};

impl Process for Control {
    fn stop(&self, places: &[PathBuf], progress: &dyn Progress) -> Result<Halt> {
        // Strangers are found before it is stopped; its own children end with it.
        let tree = self.look()?;
        let own =
            |pid: u32| tree.as_ref().is_some_and(|tree| tree.pid == pid || tree.children.contains(&pid));
        let strangers: Vec<Inside> = inside(places).into_iter().filter(|one| !own(one.pid)).collect();
        refuse_writers(&strangers)?;
        let stopped = Control::stop(self, progress).and_then(|stopped| {
            // What it left behind that no list of children held.
            let left = inside(places);
            refuse_writers(&left)?;
            Ok(Halt {
                ran: stopped != Stopped::WasNot,
                lingering: left.iter().map(|one| told(one, "is still in")).collect(),
            })
        });
        stopped.map_err(|error| if tree.is_some() { bring_back(self, error) } else { error })
    }

    fn start(&self) -> Result<()> {
        if let Some(running) = self.look()? {
            let what = format!(
                "something else started it while the trees changed places, as process {}",
                running.pid
            );
            return Err(Error::new(ErrorKind::Busy, what).hint("Start it anew, so that it sees one tree."));
        }
        Control::start(self).map(|_| ())
    }
}

fn refuse_writers(found: &[Inside]) -> Result<()> {
    let Some(writer) = found.iter().find(|one| one.writes) else { return Ok(()) };
    Err(Error::new(ErrorKind::Busy, told(writer, "has this file open for writing:"))
        .at(&writer.path)
        .hint("End it first: what it writes would end up in the tree that is replaced. Nothing was changed."))
}

fn told(one: &Inside, does: &str) -> String {
    format!("process {} ({}) {does} {}", one.pid, one.command, one.path.display())
}

/// A restore that changes nothing leaves nothing down: what was asked to end and is gone by now is started again.
fn bring_back(control: &Control, error: Error) -> Error {
    if !matches!(control.look(), Ok(None)) {
        return error;
    }
    match control.start() {
        Ok(_) => error,
        Err(why) => {
            let hint = error.hint.clone().unwrap_or_default();
            error.hint(
                format!("{hint} The process has ended and did not start again: {why}.")
                    .trim_start()
                    .to_owned(),
            )
        }
    }
}

/// What a restore did, in one sentence for people.
pub fn said(restored: &Restored) -> String {
    let mut text = match restored.files {
        0 => "The tree from before is in place again.".to_owned(),
        1 => "One file is back.".to_owned(),
        files => format!("{files} files are back."),
    };
    if restored.downtime > 0.0 {
        text.push_str(&format!(" The process was down for {:.1} s.", restored.downtime));
    }
    if let Some(why) = &restored.not_started {
        text.push_str(&format!(" It did not start again: {why}."));
    }
    for one in &restored.lingering {
        text.push_str(&format!(" Note: {one}, in the tree from before; it does not see the new one."));
    }
    text
}
