//! One tree in the place of another, in one step of the file system.

use std::path::Path;

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;

use crate::error::{Error, ErrorKind, Result};
use crate::fsio;

/// Exchanges what lies at two places of one volume: at no moment is either of them missing. To be made durable by
/// [`flush_both`].
///
/// # Errors
/// When the volume cannot do that, or one of the two is not there; nothing has changed then.
pub fn exchange(one: &Path, two: &Path) -> Result<()> {
    rustix::fs::renameat_with(CWD, one, CWD, two, RenameFlags::EXCHANGE).map_err(|errno| refused(one, errno))
}

/// Moves something to where nothing is. To be made durable by [`flush_both`].
///
/// # Errors
/// When something is there; nothing has changed then.
pub fn take_free(from: &Path, to: &Path) -> Result<()> {
    rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(|errno| refused(to, errno))
}

/// Moves something to where nothing is, durably.
///
/// # Errors
/// When something is there, or it cannot be made durable.
pub fn move_to_free(from: &Path, to: &Path) -> Result<()> {
    take_free(from, to)?;
    flush_both(from, to)
}

/// Makes durable what was moved from one place to the other.
///
/// # Errors
/// When the volume cannot keep it.
pub fn flush_both(one: &Path, two: &Path) -> Result<()> {
    for path in [one, two] {
        fsio::flush_folder(path.parent().unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

fn refused(path: &Path, errno: Errno) -> Error {
    let error = Error::io("exchange", path, errno.into());
    match errno {
        Errno::XDEV | Errno::BUSY => Error { kind: ErrorKind::System, ..error }
            .hint("It is a volume of its own: restore beside it with --to, and copy what you need."),
        Errno::INVAL | Errno::NOTSUP | Errno::NOSYS => Error { kind: ErrorKind::System, ..error }
            .hint("This volume cannot exchange two folders in one step: restore beside it with --to."),
        _ => error,
    }
}
