//! The manifest as text.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use sha2::{Digest, Sha256};

use super::Manifest;
use crate::backup::assembly::in_order;
use crate::backup::hash_text::push_hex;
use crate::backup::id::ArchiveId;
use crate::backup::tree::{Entry, FileEntry, FileTime, Hash, TreePath, What};
use crate::clock::Instant;

/// Bytes of a line, about.
const LINE: usize = 180;
/// So many entries are worth the work of several threads.
const MANY: usize = 4_000;
/// Entries that one thread writes at a time.
const PART: usize = 2_000;

impl Manifest {
    /// The text; the same manifest gives the same bytes.
    pub fn to_text(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.entries.len() * LINE + 512);
        let parent = self.parent.map_or_else(|| "-".to_owned(), |id| id.to_string());
        put(
            &mut text,
            format_args!(
                "# caretaker manifest 2\n# id {}\n# parent {parent}\n# created {}\n# root ",
                self.id,
                created(self.created)
            ),
        );
        escape(&mut text, self.root.as_os_str().as_bytes());
        put(&mut text, format_args!("\n# tops {}\n", self.tops.len()));
        for top in &self.tops {
            text.extend_from_slice(b"# top ");
            escape(&mut text, top.bytes());
            text.push(b'\n');
        }
        let lines = self.entries.len() + self.gone.len() + self.flaws.len();
        // It proves itself: nothing else holds what stands in it about times and modes, where it lies alone.
        let mut own = Sha256::new();
        let mut hashed = 0;
        if self.entries.len() < MANY {
            put_entries(&mut text, &self.entries);
        } else {
            // Written in parts by all cores, and hashed while the next ones are written; there are megabytes of them.
            let parts: Vec<&[Entry]> = self.entries.chunks(PART).collect();
            let write = |part: &&[Entry]| {
                let mut text = Vec::with_capacity(part.len() * LINE);
                put_entries(&mut text, part);
                text
            };
            // No part can fail, and a thread that panics takes this one with it.
            let _ = in_order(
                &parts,
                || (),
                |(), _, part| Ok(write(part)),
                |_, part: Vec<u8>| {
                    text.extend_from_slice(&part);
                    own.update(&text[hashed..]);
                    hashed = text.len();
                    Ok(())
                },
            );
        }
        for gone in &self.gone {
            text.extend_from_slice(b"#x ");
            escape(&mut text, gone.bytes());
            text.push(b'\n');
        }
        for flaw in &self.flaws {
            put(&mut text, format_args!("#! {} ", flaw.kind.word()));
            escape(&mut text, flaw.path.bytes());
            text.push(b'\n');
        }
        own.update(&text[hashed..]);
        let own: Hash = own.finalize().into();
        put(&mut text, format_args!("# end {lines} "));
        push_hex(&mut text, &own);
        text.push(b'\n');
        text
    }
}

/// The lines of folders and files.
fn put_entries(text: &mut Vec<u8>, entries: &[Entry]) {
    // Most files are held by one and the same archive.
    let mut named: Option<(ArchiveId, String)> = None;
    for entry in entries {
        match &entry.what {
            What::Folder => {
                text.extend_from_slice(b"#d ");
                head(text, entry.mode, entry.mtime);
                text.push(b' ');
                escape(text, entry.path.bytes());
            }
            What::File(file) => {
                let FileEntry { size, hash, ctime, inode, held } = file;
                text.extend_from_slice(if held.is_some() { b"#h " } else { b"#f " });
                head(text, entry.mode, entry.mtime);
                text.push(b' ');
                time(text, *ctime);
                text.push(b' ');
                number(text, *inode);
                text.push(b' ');
                number(text, *size);
                match held {
                    Some(id) => {
                        let name = match named.take() {
                            Some((known, name)) if known == *id => name,
                            _ => format!(" {id} "),
                        };
                        text.extend_from_slice(name.as_bytes());
                        named = Some((*id, name));
                        push_hex(text, hash);
                        text.push(b' ');
                        escape(text, entry.path.bytes());
                    }
                    None => {
                        text.push(b'\n');
                        sum_line(text, hash, &entry.path);
                    }
                }
            }
        }
        text.push(b'\n');
    }
}

/// When it was begun, to the second.
pub(super) fn created(at: Instant) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn put(text: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    // Writing into memory cannot fail.
    let _ = text.write_fmt(what);
}

/// A line as `shasum` writes it: a name with a line break or a backslash is escaped, and the line says so.
fn sum_line(text: &mut Vec<u8>, hash: &Hash, path: &TreePath) {
    if needs_escape(path.bytes()) {
        text.push(b'\\');
    }
    push_hex(text, hash);
    text.extend_from_slice(b"  ");
    escape(text, path.bytes());
}

fn needs_escape(bytes: &[u8]) -> bool {
    memchr::memchr3(b'\\', b'\n', b'\r', bytes).is_some()
}

/// Line breaks and backslashes as two characters; spaces are left alone, since a name is always the last of its line.
fn escape(text: &mut Vec<u8>, bytes: &[u8]) {
    if !needs_escape(bytes) {
        text.extend_from_slice(bytes);
        return;
    }
    for byte in bytes {
        match byte {
            b'\\' => text.extend_from_slice(b"\\\\"),
            b'\n' => text.extend_from_slice(b"\\n"),
            b'\r' => text.extend_from_slice(b"\\r"),
            byte => text.push(*byte),
        }
    }
}

/// Permissions and the time of the content.
fn head(text: &mut Vec<u8>, mode: u32, mtime: FileTime) {
    let digits = [mode >> 9 & 7, mode >> 6 & 7, mode >> 3 & 7, mode & 7];
    let leading = digits.iter().take(3).take_while(|digit| **digit == 0).count();
    text.extend(digits[leading..].iter().map(|digit| b'0' + u8::try_from(*digit).unwrap_or(0)));
    text.push(b' ');
    time(text, mtime);
}

fn time(text: &mut Vec<u8>, time: FileTime) {
    if time.seconds < 0 {
        text.push(b'-');
    }
    number(text, time.seconds.unsigned_abs());
    text.push(b'.');
    let mut digits = *b"000000000";
    let mut rest = time.nanos;
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    text.extend_from_slice(&digits);
}

/// A number in decimal digits: twenty thousand files have a hundred thousand of them.
fn number(text: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let (mut at, mut rest) = (digits.len(), number);
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[at..]);
}
