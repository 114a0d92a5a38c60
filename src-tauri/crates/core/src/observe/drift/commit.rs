//! The commit that a change is from, if it is from one.

use std::path::Path;

use super::{Drifted, How, content, hash};
use crate::fsio;
use crate::program::{clean, git};

/// Files that are held against the commit; of more nobody can say quickly where they are from.
const MOST: usize = 20;

/// The commit that the repository of `root` stands at, read without asking git; `None` where that cannot be told so.
pub(super) fn head(root: &Path) -> Option<String> {
    let repository = root.ancestors().map(|folder| folder.join(".git")).find(|folder| folder.is_dir())?;
    let read = |path: &Path, most| {
        fsio::read_bounded(path, most).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    };
    let head = read(&repository.join("HEAD"), 1_024)?;
    let head = head.trim();
    let Some(name) = head.strip_prefix("ref: ") else { return is_commit(head).then(|| head.to_owned()) };
    if !name.starts_with("refs/") || name.contains("..") {
        return None;
    }
    let loose =
        read(&repository.join(name), 1_024).map(|text| text.trim().to_owned()).filter(|text| is_commit(text));
    loose.or_else(|| {
        let packed = read(&repository.join("packed-refs"), 4 << 20)?;
        let line = packed
            .lines()
            .find(|line| line.strip_suffix(name).is_some_and(|before| before.ends_with(' ')))?;
        line.split(' ').next().filter(|text| is_commit(text)).map(str::to_owned)
    })
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `commit abc123 by …: subject`, where every one of `files` is as the newest commit has it.
pub(super) fn says_so(root: &Path, files: &[Drifted]) -> Option<String> {
    if files.len() > MOST {
        return None;
    }
    let as_committed = |file: &Drifted| {
        // The blob itself: a filter of the repository would be a program.
        let blob = git::ask(root, &["cat-file", "blob", &format!("HEAD:./{}", file.path)]);
        match file.how {
            How::Gone => blob.is_err(),
            How::New | How::Changed => {
                blob.is_ok_and(|bytes| Some(hash(&bytes)) == content(&root.join(&file.path)))
            }
        }
    };
    if !files.iter().all(as_committed) {
        return None;
    }
    let line = git::ask(root, &["log", "-1", "--no-color", "--pretty=tformat:%h%x09%an%x09%s"]).ok()?;
    let line = String::from_utf8_lossy(&line).into_owned();
    let [short, author, subject] = line.trim_end().splitn(3, '\t').collect::<Vec<_>>()[..] else {
        return None;
    };
    Some(format!("commit {} by {}: {}", clean(short, 20), clean(author, 60), clean(subject, 100)))
}
