//! Backups that are proven and restores that cannot lose: archives that any `tar` reads, held against a manifest.

mod archive;
mod assembly;
mod catalogue;
mod database;
mod desk;
mod gzip;
mod id;
pub mod manifest;
mod pack;
mod plan;
pub mod retain;
mod roots;
mod segments;
mod shelf;
mod sidecar;
mod steady;
mod stream;
pub mod tree;
mod unpack;
mod walk;
mod write;

pub use self::archive::{Archive, Expected};
pub use self::catalogue::{Catalogue, Record, RecordState};
pub use self::desk::{Checked, Desk, Which};
pub use self::gzip::Effort;
pub use self::id::{ArchiveId, Kind, NoId};
pub use self::manifest::Manifest;
pub use self::shelf::{Shelf, ShelfLock};
pub use self::sidecar::{Sidecar, hex};
pub use self::unpack::Proof;
pub use self::write::{Order, Written, write};
