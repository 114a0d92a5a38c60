//! Archives that were made to harm: all refused, nothing outside of the folder, nothing left behind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use caretaker_core::backup::{Desk, Part, Which, Wish};
use caretaker_core::clock::Zone;
use caretaker_core::profile;
use caretaker_core::progress::Unwatched;
use chrono::FixedOffset;
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};
use trees::Grove;

type Archive = Vec<u8>;

fn gzip(bytes: &[u8]) -> Archive {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A header whose name is set byte for byte, as no honest program would.
fn header(name: &[u8], sort: EntryType, size: u64, link: &[u8]) -> Header {
    let mut header = Header::new_gnu();
    let raw = header.as_old_mut();
    raw.name[..name.len().min(100)].copy_from_slice(&name[..name.len().min(100)]);
    raw.linkname[..link.len()].copy_from_slice(link);
    header.set_entry_type(sort);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1_765_000_000);
    header.set_size(size);
    header.set_cksum();
    header
}

/// Name, kind, content, and what it links to.
type Put<'a> = (&'a [u8], EntryType, &'a [u8], &'a [u8]);

fn stream(entries: &[Put<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, sort, content, link) in entries {
        bytes.extend_from_slice(header(name, *sort, content.len() as u64, link).as_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

const FILE: EntryType = EntryType::Regular;
const FOLDER: EntryType = EntryType::Directory;

/// Names that lead elsewhere, or that some file system cannot hold.
fn names() -> Vec<Vec<u8>> {
    let texts = [
        "../escaped",
        "data/../../escaped",
        "data/../../../escaped",
        "/escaped",
        "//escaped",
        "data//x",
        "./../escaped",
        "data/./x",
        "data/..",
        "..",
        ".",
        "data/x/../../../escaped",
        "C:/escaped",
        "data/\u{0}x",
        "~/escaped",
        "etc/passwd",
        "DATA/x",
        "other/x",
    ];
    let mut all: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    all.push(vec![b'a'; 100]);
    all
}

/// Everything that was made to harm, with a word that says how.
fn corpus(good: &[u8]) -> Vec<(String, Archive)> {
    let mut all: Vec<(String, Archive)> = Vec::new();
    let mut add = |how: String, archive: Archive| all.push((how, archive));
    for name in names() {
        let shown = String::from_utf8_lossy(&name).into_owned();
        add(format!("a file called {shown}"), gzip(&stream(&[(&name, FILE, b"harm", b"")])));
        add(format!("a folder called {shown}"), gzip(&stream(&[(&name, FOLDER, b"", b"")])));
    }
    let sorts = [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::Continuous,
        EntryType::GNUSparse,
        EntryType::XGlobalHeader,
        EntryType::new(b'V'),
        EntryType::new(b'M'),
        EntryType::new(b'Z'),
        EntryType::new(0xff),
    ];
    for sort in sorts {
        for link in [&b"/etc/passwd"[..], b"../../etc", b"data/x", b""] {
            add(
                format!("{sort:?} to {}", String::from_utf8_lossy(link)),
                gzip(&stream(&[(b"data/x", sort, b"", link)])),
            );
        }
        // A link first, and a file through it.
        let through: [Put<'_>; 2] = [(b"data", sort, b"", b"/tmp"), (b"data/escaped", FILE, b"harm", b"")];
        add(format!("{sort:?}, and a file through it"), gzip(&stream(&through)));
    }
    for twins in [
        [&b"data/x"[..], b"data/x"],
        [b"data/x", b"data/X"],
        [b"data/x", b"data/x/"],
        ["data/\u{e9}".as_bytes(), "data/e\u{301}".as_bytes()],
    ] {
        add(
            format!("twins {:?}", String::from_utf8_lossy(twins[1])),
            gzip(&stream(&[(twins[0], FILE, b"a", b""), (twins[1], FILE, b"b", b"")])),
        );
    }
    // Lengths that lie, checksums that lie, blocks that are missing.
    let plain = stream(&[(b"data/x", FILE, b"content", b"")]);
    for size in [u64::MAX >> 1, 1 << 33, 1 << 62] {
        let mut lies = plain.clone();
        lies[..512].copy_from_slice(header(b"data/x", FILE, size, b"").as_bytes());
        add(format!("a length of {size}"), gzip(&lies));
    }
    for at in [100, 124, 136, 148, 156, 257] {
        let mut wrong = plain.clone();
        wrong[at] ^= 0x41;
        add(format!("byte {at} of a head"), gzip(&wrong));
    }
    for length in [0, 1, 511, 512, 600, 1024, 1500] {
        add(format!("{length} bytes of a stream"), gzip(&plain[..length.min(plain.len())]));
    }
    add("entries after the end".into(), gzip(&[&plain[..], &plain[..]].concat()));
    add("noise after the end".into(), gzip(&[&plain[..], b"noise"].concat()));
    add("noise after the gzip".into(), [&gzip(&plain)[..], b"noise"].concat());
    add("a member appended".into(), [&gzip(&plain)[..], &gzip(&plain)[..]].concat());
    // Bombs.
    add("a bomb of zeros".into(), gzip(&vec![0; 16 << 20]));
    let mut bomb = header(b"data/bomb", FILE, 24 << 20, b"").as_bytes().to_vec();
    bomb.resize(bomb.len() + (24 << 20), 0);
    add("a bomb in a file".into(), gzip(&bomb));
    let deep = "d/".repeat(2_000);
    let mut long = Builder::new(Vec::new());
    let mut head = Header::new_gnu();
    head.set_size(1);
    head.set_mode(0o644);
    long.append_data(&mut head, format!("data/{deep}x"), &b"x"[..]).unwrap();
    add("nested too deep".into(), gzip(&long.into_inner().unwrap()));
    // Ours, with something done to it.
    add("ours, and a foreign member after it".into(), [good, &gzip(&plain)].concat());
    add("ours twice".into(), [good, good].concat());
    add("ours, and zeros".into(), [good, &[0; 4_096]].concat());
    add("ours, packed again by gzip".into(), {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(good), &mut bytes).unwrap();
        bytes.extend_from_slice(&plain);
        gzip(&bytes)
    });
    for part in 0..8 {
        let (begin, end) = (good.len() * part / 8, good.len() * (part + 1) / 8);
        add(format!("ours without its part {part}"), [&good[..begin], &good[end..]].concat());
    }
    add("no gzip".into(), b"this is no archive at all".to_vec());
    add("nothing".into(), Vec::new());
    all
}

fn everything_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                waiting.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

#[test]
fn archives_that_were_made_to_harm_are_refused_and_leave_nothing() {
    let grove = Grove::new();
    let text = format!(
        "[ecosystem]\nroot = {:?}\n[backups]\nfolder = {:?}\n",
        grove.root().to_str().unwrap(),
        grove.shelf.folder().to_str().unwrap()
    );
    let profile = profile::parse(&text, Path::new("/p.toml"), None).unwrap();
    let state = grove.scratch("state");
    let desk = Desk::new(&profile, &state, Zone::Fixed(FixedOffset::east_opt(0).unwrap())).unwrap();
    let good = fs::read(grove.back_up("manual-20251214-200000", None).unwrap().path).unwrap();
    let place = grove.scratch("hostile");
    let file = place.join("archive.tar.gz");
    let corpus = corpus(&good);
    assert!(corpus.len() >= 120, "{}", corpus.len());
    let (root_before, around) =
        (everything_below(&grove.root()), everything_below(grove.root().parent().unwrap()).len());
    for (how, archive) in &corpus {
        fs::write(&file, archive).unwrap();
        let out = place.join("out");
        let wish = Wish { which: Which::File(file.clone()), part: Part::Everything, to: Some(out.clone()) };
        let restored = desk.restore_beside(&wish, &out, &Unwatched);
        assert!(restored.is_err(), "{how} was taken");
        let verified = desk.verify(&Which::File(file.clone()), trees::now(), &Unwatched);
        assert!(verified.is_err() || !verified.unwrap()[0].faults.is_empty(), "{how} was called good");
        let left = everything_below(&place);
        assert_eq!(left, std::slice::from_ref(&file), "{how}");
    }
    assert_eq!(everything_below(&grove.root()), root_before);
    assert_eq!(
        everything_below(grove.root().parent().unwrap()).len(),
        around + 1,
        "the archive itself, and nothing else"
    );
    assert!(!Path::new("/tmp/escaped").exists() && !Path::new("/escaped").exists());
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
        let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        // The bombs themselves are made by this very test.
        assert!(kilobytes < 200_000, "{kilobytes} kB");
    }
}
