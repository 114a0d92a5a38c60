//! A large file, which comes in pieces: each where it belongs, hashed in their order.

use std::sync::{Condvar, Mutex, PoisonError};

use super::{Seen, Target, damaged};
use crate::backup::assembly::Chain;
use crate::backup::pack::PIECE;
use crate::backup::stream::{Next, padding, read_head};
use crate::error::Result;

/// The pieces of one file.
#[derive(Default)]
pub(super) struct Group {
    /// Its size and its place in the manifest, once the first piece has told; or that it never will.
    head: Mutex<Head>,
    told: Condvar,
    chain: Chain,
}

#[derive(Default, Clone, Copy)]
enum Head {
    #[default]
    Unknown,
    Known {
        index: usize,
        size: u64,
    },
    Lost,
}

impl Group {
    /// Lets nobody wait for what will not come.
    pub fn give_up(&self) {
        self.tell(Head::Lost);
        self.chain.give_up();
    }

    /// Takes piece number `piece`.
    pub fn take(
        &self,
        piece: usize,
        last: bool,
        content: &[u8],
        seen: &Seen<'_>,
        target: &dyn Target,
    ) -> Result<()> {
        let (entry, size, content) = if piece == 0 {
            let Next::Entry(head, taken) = read_head(content).map_err(damaged)? else {
                return Err(damaged("a piece of a file has no head"));
            };
            let entry = seen.meet(&head)?;
            let size = head.size.ok_or_else(|| damaged("a folder comes in pieces"))?;
            let index = seen.manifest.entries.partition_point(|other| other.path < entry.path);
            self.tell(Head::Known { index, size });
            (entry, size, &content[taken..])
        } else {
            let Head::Known { index, size } = self.wait() else { return Err(damaged("a file has no head")) };
            (&seen.manifest.entries[index], size, content)
        };
        let offset = piece as u64 * PIECE as u64;
        let length = size.checked_sub(offset).ok_or_else(|| damaged("a file has too many pieces"))?;
        let content = if last {
            let whole = usize::try_from(length).ok().filter(|length| content.len() == length + padding(size));
            let whole = whole.ok_or_else(|| damaged("the last piece of a file is too long or too short"))?;
            let (content, rest) = content.split_at(whole);
            if rest.iter().any(|byte| *byte != 0) {
                return Err(damaged("the last block of a file is not as it should be"));
            }
            content
        } else {
            if content.len() != PIECE || length <= PIECE as u64 {
                return Err(damaged("a piece of a file is too long or too short"));
            }
            content
        };
        if target.wants(entry) {
            target.piece(entry, offset, content)?;
        }
        self.chain.add(piece, content);
        if last {
            // All pieces before it are in the chain, and so were given to the target.
            seen.prove(entry, self.chain.finish())?;
            if target.wants(entry) {
                target.whole(entry)?;
            }
        }
        Ok(())
    }

    fn tell(&self, head: Head) {
        let mut known = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*known, Head::Known { .. }) {
            *known = head;
        }
        drop(known);
        self.told.notify_all();
    }

    fn wait(&self) -> Head {
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        while matches!(*head, Head::Unknown) {
            head = self.told.wait(head).unwrap_or_else(PoisonError::into_inner);
        }
        *head
    }
}
