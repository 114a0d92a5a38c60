//! Reads one report: bounded, never through a link that leads away, and never what is no regular file.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

use super::findings::{Finding, findings};
use super::sections::sections;
use crate::fsio;
use crate::observe::reports::{Figure, LARGEST, figures};

/// Where a byte of zeros is looked for: no text has one.
const BEGINNING: usize = 8 * 1024;
/// Lines that speak of trouble and are kept with the others' figures.
const MOST_LINES: usize = 10;

/// A report as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its text; `None` where it is none.
    pub text: Option<String>,
    /// Whether only its beginning was read.
    pub cut: bool,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What was found in a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// Its figures, in its order.
    pub figures: Vec<Figure>,
    /// Its headings, in its order.
    pub sections: Vec<String>,
    /// How many lines speak of trouble.
    pub warnings: u32,
    /// The first few of them.
    pub lines: Vec<Box<str>>,
}

/// Everything that a text says.
pub fn parse(text: &str) -> Parsed {
    let found: Vec<Finding> = findings(text);
    Parsed {
        figures: figures(text),
        sections: sections(text),
        warnings: u32::try_from(found.len()).unwrap_or(u32::MAX),
        lines: found.into_iter().take(MOST_LINES).map(|finding| finding.text.into_boxed_str()).collect(),
    }
}

/// Opens a report for reading; `plain` says that its own name was seen to be a regular file in a folder of the root.
///
/// # Errors
/// Why it cannot be, in words: it leads out of the root, it is a folder, a FIFO, it may not be read.
pub(super) fn open(path: &Path, root: &Path, plain: bool) -> Result<(File, Metadata), String> {
    if plain {
        return fsio::open_regular_itself(path).map_err(|error| error.to_string());
    }
    let end = path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("{} is a link that leads nowhere", path.display()),
        _ => format!("cannot look at {}: {error}", path.display()),
    })?;
    if !end.starts_with(root) {
        return Err(format!("{} leads out of {}", path.display(), root.display()));
    }
    match end.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => {
            fsio::open_regular_itself(&end).map_err(|error| error.to_string())
        }
        Ok(_) => Err(format!("{} is not a regular file", path.display())),
        Err(error) => Err(format!("cannot look at {}: {error}", path.display())),
    }
}

/// Reads the beginning of a report into `buffer`.
pub(super) fn page(file: File, metadata: &Metadata, buffer: &mut Vec<u8>) -> Result<Page, String> {
    buffer.clear();
    file.take(LARGEST).read_to_end(buffer).map_err(|error| format!("cannot read it: {error}"))?;
    let bytes = metadata.len().max(buffer.len() as u64);
    let cut = bytes > buffer.len() as u64;
    let binary = buffer.iter().take(BEGINNING).any(|byte| *byte == 0);
    let text = (!binary).then(|| {
        let text = String::from_utf8_lossy(buffer);
        // Cut within a character, its beginning is no news.
        if cut { text.trim_end_matches('\u{fffd}').to_owned() } else { text.into_owned() }
    });
    Ok(Page { text, cut, bytes })
}
