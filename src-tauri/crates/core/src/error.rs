//! The one error of the core: it names the thing, the place and the next step.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// Sorts errors by what the caller can do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ErrorKind {
    /// The profile or an argument is wrong; the user mends it.
    Usage,
    /// A thing that was asked for is not there.
    NotFound,
    /// The system refused access (permissions, macOS privacy protection).
    Denied,
    /// Another process holds what is needed.
    Busy,
    /// Data was read and is damaged or not what it should be.
    Damaged,
    /// The system failed: disk full, input or output error, time-out.
    System,
}

/// An error with a kind, a message, a hint for the next step, and where it came from.
///
/// Nobody matches on the text; callers match on [`Error::kind`].
#[derive(Debug)]
pub struct Error {
    /// What the caller can do about it.
    pub kind: ErrorKind,
    /// One sentence that names the thing.
    pub message: String,
    /// The next step, where one is known.
    pub hint: Option<String>,
    /// The file or folder concerned.
    pub path: Option<PathBuf>,
    /// The cause underneath.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of every fallible function of the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Makes an error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, path: None, source: None }
    }

    /// Makes an error from a failed system call on `path`; the kind follows from the system's answer.
    pub fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        let kind = match source.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::ResourceBusy => ErrorKind::Busy,
            _ => ErrorKind::System,
        };
        Self {
            kind,
            message: format!("cannot {doing} {}", path.display()),
            hint: next_step(&source, path),
            path: Some(path.to_owned()),
            source: Some(Box::new(source)),
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the file or folder concerned.
    #[must_use]
    pub fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Adds the cause underneath.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// What helps, whatever was being done.
fn next_step(source: &std::io::Error, path: &Path) -> Option<String> {
    let step = match source.kind() {
        std::io::ErrorKind::StorageFull => "The volume is full: make room there, and try again.",
        std::io::ErrorKind::QuotaExceeded => "Your quota there is used up: make room, and try again.",
        std::io::ErrorKind::ReadOnlyFilesystem => "The volume can only be read: see how it is mounted.",
        std::io::ErrorKind::PermissionDenied => return whose(path),
        _ => return None,
    };
    Some(step.to_owned())
}

/// Whose `path` is, or the nearest folder above it that can be seen, if it is another user's: after one run with `sudo`, say.
fn whose(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let me = rustix::process::geteuid().as_raw();
    let (seen, there) = path.ancestors().find_map(|seen| Some((seen, seen.symlink_metadata().ok()?)))?;
    let text = format!(
        "{} belongs to user {}, and this is user {me}: give it to that user with chown, or name another place.",
        seen.display(),
        there.uid()
    );
    (there.uid() != me).then_some(text)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|s| &**s as &(dyn std::error::Error + 'static))
    }
}
