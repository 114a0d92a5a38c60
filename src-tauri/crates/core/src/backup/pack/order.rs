//! In which order things are packed: what is alike side by side, since it presses better so.

use std::cmp::Ordering;
use std::ffi::OsStr;

use super::Wanted;
use crate::backup::roots::Sort;
use crate::backup::tree::TreePath;
use crate::backup::walk::Found;

/// Each folder, its files by the ends of their names, and then the folders in it: what is alike presses better side by
/// side. `tar` sets the times of a folder when it leaves it, so that nothing of it may follow later.
pub(super) fn by_sort(wanted: &[Wanted]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|one, two| beside(named(&wanted[*one].found), named(&wanted[*two].found)));
    order
}

fn named(found: &Found) -> Named<'_> {
    (&found.path, found.stat.sort() == Sort::File)
}

/// A path, and whether a file is there.
pub type Named<'a> = (&'a TreePath, bool);

fn end(path: &TreePath) -> Option<&OsStr> {
    path.as_path().extension()
}

/// Which of two is packed before the other.
pub fn beside(one: Named<'_>, two: Named<'_>) -> Ordering {
    let (mut first, mut second) =
        (one.0.as_path().components().peekable(), two.0.as_path().components().peekable());
    loop {
        let (Some(name), Some(other)) = (first.next(), second.next()) else {
            return one.0.bytes().len().cmp(&two.0.bytes().len());
        };
        if name != other {
            let leaf = |named: Named<'_>, is_last: bool| is_last && named.1;
            let files = (leaf(one, first.peek().is_none()), leaf(two, second.peek().is_none()));
            return match files {
                (true, true) => end(one.0).cmp(&end(two.0)).then_with(|| name.cmp(&other)),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => name.cmp(&other),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::roots::Stat;
    use crate::backup::tree::TreePath;

    #[test]
    fn files_of_a_folder_by_their_ends_and_then_its_folders_whole() {
        let names = [
            "data/",
            "data/a.json",
            "data/b/",
            "data/b/x.json",
            "data/b.log",
            "data/c.json",
            "data/d/",
            "data/d/y",
            "data/plain",
        ];
        let wanted: Vec<Wanted> = names
            .iter()
            .map(|name| {
                let plain = name.strip_suffix('/');
                let path = TreePath::new(plain.unwrap_or(name).as_bytes()).unwrap();
                let kind = if plain.is_some() { 0o40_000 } else { 0o100_000 };
                let stat = Stat { raw_mode: kind | 0o600, ..Stat::for_file(0o600, 0) };
                Wanted { found: Found { path, stat }, known: None, entry: 0 }
            })
            .collect();
        let ordered: Vec<&str> = by_sort(&wanted).into_iter().map(|index| names[index]).collect();
        let expected = [
            "data/",
            "data/plain",
            "data/a.json",
            "data/c.json",
            "data/b.log",
            "data/b/",
            "data/b/x.json",
            "data/d/",
            "data/d/y",
        ];
        assert_eq!(ordered, expected);
    }
}
