//! A restore into place, with the ecosystem's own process around it.

use crate::backup::{Process, Restored};
use crate::error::Result;
use crate::progress::Progress;
use crate::upkeep::{Control, Stopped};

impl Process for Control {
    fn stop(&self, progress: &dyn Progress) -> Result<bool> {
        Ok(Control::stop(self, progress)? != Stopped::WasNot)
    }

    fn start(&self) -> Result<()> {
        Control::start(self).map(|_| ())
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
    text
}
