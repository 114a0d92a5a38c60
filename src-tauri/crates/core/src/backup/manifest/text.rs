//! The manifest as text.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use super::Manifest;
use crate::backup::hash_text::push_hex;
use crate::backup::id::ArchiveId;
use crate::backup::tree::{FileEntry, FileTime, Hash, TreePath, What};

impl Manifest {
    /// The text; the same manifest gives the same bytes.
    pub fn to_text(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.entries.len() * 180 + 512);
        let parent = self.parent.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let created = self.created.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        put(
            &mut text,
            format_args!(
                "# caretaker manifest 1\n# id {}\n# parent {parent}\n# created {created}\n# root ",
                self.id
            ),
        );
        escape(&mut text, self.root.as_os_str().as_bytes());
        put(&mut text, format_args!("\n# tops {}\n", self.tops.len()));
        for top in &self.tops {
            text.extend_from_slice(b"# top ");
            escape(&mut text, top.bytes());
            text.push(b'\n');
        }
        let mut lines = 0_usize;
        // Most files are held by one and the same archive.
        let mut named: Option<(ArchiveId, String)> = None;
        for entry in &self.entries {
            lines += 1;
            match &entry.what {
                What::Folder => {
                    text.extend_from_slice(b"#d ");
                    head(&mut text, entry.mode, entry.mtime);
                    text.push(b' ');
                    escape(&mut text, entry.path.bytes());
                }
                What::File(file) => {
                    let FileEntry { size, hash, ctime, inode, held } = file;
                    text.extend_from_slice(if held.is_some() { b"#h " } else { b"#f " });
                    head(&mut text, entry.mode, entry.mtime);
                    text.push(b' ');
                    time(&mut text, *ctime);
                    text.push(b' ');
                    number(&mut text, *inode);
                    text.push(b' ');
                    number(&mut text, *size);
                    match held {
                        Some(id) => {
                            if named.as_ref().is_none_or(|(known, _)| known != id) {
                                named = Some((*id, format!(" {id} ")));
                            }
                            text.extend(named.iter().flat_map(|(_, name)| name.bytes()));
                            push_hex(&mut text, hash);
                            text.push(b' ');
                            escape(&mut text, entry.path.bytes());
                        }
                        None => {
                            text.push(b'\n');
                            sum_line(&mut text, hash, &entry.path);
                        }
                    }
                }
            }
            text.push(b'\n');
        }
        for gone in &self.gone {
            lines += 1;
            text.extend_from_slice(b"#x ");
            escape(&mut text, gone.bytes());
            text.push(b'\n');
        }
        for flaw in &self.flaws {
            lines += 1;
            put(&mut text, format_args!("#! {} ", flaw.kind.word()));
            escape(&mut text, flaw.path.bytes());
            text.push(b'\n');
        }
        put(&mut text, format_args!("# end {lines}\n"));
        text
    }
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
    bytes.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'\r'))
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
