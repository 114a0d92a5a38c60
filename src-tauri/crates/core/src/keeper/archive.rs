//! What is on record, for whoever looks back: read only, beside the running loop.

use std::path::Path;

use crate::alerts::Incident;
use crate::error::Result;
use crate::store::{EcosystemId, Store};

/// The record of one ecosystem; empty where nothing was recorded yet.
pub struct Archive {
    record: Option<(Store, EcosystemId)>,
}

impl Archive {
    /// Opens the record of the ecosystem in `root`.
    ///
    /// # Errors
    /// When it is there but cannot be read.
    pub fn open(state_dir: &Path, root: &Path) -> Result<Self> {
        let Some(store) = Store::open_read_only(state_dir)? else { return Ok(Self { record: None }) };
        let ecosystem = store.find_ecosystem(root)?;
        Ok(Self { record: ecosystem.map(|ecosystem| (store, ecosystem)) })
    }

    /// All incidents on record, newest first, a thousand at most.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn incidents(&self) -> Result<Vec<Incident>> {
        match &self.record {
            Some((store, ecosystem)) => store.incidents(*ecosystem),
            None => Ok(Vec::new()),
        }
    }
}
