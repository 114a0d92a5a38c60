//! The place that is not on this machine: what goes there, what comes back, and restores of what lies only there.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Backups, named};
use crate::backup::{ArchiveId, Away, Brought, Manifest, Part, Which};
use crate::error::Result;
use crate::keeper::journal::{said_of_fetched, said_of_sent};
use crate::progress::Progress;
use crate::store::Entered;

/// The list of the backup that was looked into last and lies only there, kept between two questions; clones share it.
#[derive(Clone, Default)]
pub struct Lists(Arc<Mutex<Option<Listed>>>);

struct Listed {
    /// Whose it is: names are those of one ecosystem and place.
    of: (PathBuf, String, ArchiveId),
    manifest: Arc<Manifest>,
}

impl Backups {
    /// Sends what waits, and removes there what is kept no longer; what was done, in words.
    ///
    /// # Errors
    /// As [`crate::backup::Away::send`].
    pub fn send_away(&self, progress: &dyn Progress) -> Result<String> {
        let sent = self.desk.away(self.away.as_ref(), &self.secrets)?.send(self.clock.now(), progress)?;
        if sent.sent.is_empty() {
            return Ok("Everything is there already.".to_owned());
        }
        let said = said_of_sent(&sent);
        self.enter(Entered::Backup, said.clone(), None);
        Ok(said)
    }

    /// Brings one, and all that it needs, back from the place that is not on this machine; what was done, in words.
    ///
    /// # Errors
    /// As [`crate::backup::Away::fetch`].
    pub fn fetch_away(&self, id: &str, progress: &dyn Progress) -> Result<String> {
        let away = self.desk.away(self.away.as_ref(), &self.secrets)?;
        let id = named(id)?;
        let fetched = away.fetch(id, self.clock.now(), progress)?;
        if fetched.is_empty() {
            return Ok("It is here already.".to_owned());
        }
        Ok(self.enter_fetched(id, &fetched))
    }

    fn enter_fetched(&self, id: ArchiveId, fetched: &[ArchiveId]) -> String {
        let said = said_of_fetched(fetched);
        self.enter(Entered::Backup, said.clone(), Some(id.to_string()));
        said
    }

    /// The way to a backup that lies only there; `None` for any other.
    pub(super) fn only_away(&self, which: &Which) -> Result<Option<(ArchiveId, Away<'_>)>> {
        let Which::Id(id) = which else { return Ok(None) };
        if self.away.is_none() || self.desk.is_at_hand(*id)? {
            return Ok(None);
        }
        let away = self.desk.away(self.away.as_ref(), &self.secrets)?;
        Ok(away.knows(*id)?.then_some((*id, away)))
    }

    /// What a backup holds, wherever it lies.
    pub(super) fn manifest(&self, which: &Which) -> Result<Arc<Manifest>> {
        match self.only_away(which)? {
            None => self.desk.manifest(which).map(Arc::new),
            Some((id, away)) => self.manifest_away(id, &away),
        }
    }

    pub(super) fn manifest_away(&self, id: ArchiveId, away: &Away<'_>) -> Result<Arc<Manifest>> {
        let of = (self.desk.folder().to_owned(), away.place().to_owned(), id);
        let mut kept = self.lists.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listed) = kept.as_ref().filter(|listed| listed.of == of) {
            return Ok(Arc::clone(&listed.manifest));
        }
        let manifest = Arc::new(away.manifest(id)?);
        *kept = Some(Listed { of, manifest: Arc::clone(&manifest) });
        Ok(manifest)
    }

    /// Brings what a restore of `part` needs, where that lies only there.
    pub(super) fn brought(&self, which: Which, part: &Part, progress: &dyn Progress) -> Result<Which> {
        let Some((id, away)) = self.only_away(&which)? else { return Ok(which) };
        match away.bring(id, part, self.clock.now(), progress)? {
            Brought::Part(picked) => Ok(Which::Picked(Arc::new(picked))),
            Brought::Whole(fetched) => {
                self.enter_fetched(id, &fetched);
                Ok(which)
            }
        }
    }
}
