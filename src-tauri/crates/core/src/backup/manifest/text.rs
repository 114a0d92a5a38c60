//! The manifest as text.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use super::Manifest;
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
        for entry in &self.entries {
            lines += 1;
            match &entry.what {
                What::Folder => {
                    put(&mut text, format_args!("#d {:o} {} ", entry.mode, Shown(entry.mtime)));
                    escape(&mut text, entry.path.bytes());
                }
                What::File(file) => {
                    let FileEntry { size, hash, ctime, inode, held } = file;
                    let sort = if held.is_some() { 'h' } else { 'f' };
                    let (mtime, ctime) = (Shown(entry.mtime), Shown(*ctime));
                    put(&mut text, format_args!("#{sort} {:o} {mtime} {ctime} {inode} {size}", entry.mode));
                    match held {
                        Some(id) => {
                            put(&mut text, format_args!(" {id} "));
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

fn push_hex(text: &mut Vec<u8>, hash: &Hash) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in hash {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
}

struct Shown(FileTime);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:09}", self.0.seconds, self.0.nanos)
    }
}
