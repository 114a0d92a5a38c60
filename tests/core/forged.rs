//! Archives that `gzip` takes for good and that are not what was written: refused before the process is touched.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::cell::Cell;
use std::fs;
use std::io::{Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use caretaker_core::backup::{ArchiveId, Desk, Halt, Kind, Part, Process, Which, Wish};
use caretaker_core::clock::Zone;
use caretaker_core::error::{ErrorKind, Result};
use caretaker_core::profile;
use caretaker_core::progress::{Progress, Unwatched};
use chrono::{FixedOffset, TimeDelta};
use flate2::bufread::{DeflateDecoder, GzDecoder};
use flate2::write::GzEncoder;
use flate2::{Compression, Crc};
use trees::{Grove, now, same_trees, verify};

/// Counts how often it is stopped.
#[derive(Default)]
struct Puppet(Cell<u32>);

impl Process for Puppet {
    fn stop(&self, _: &[PathBuf], _: &dyn Progress) -> Result<Halt> {
        self.0.set(self.0.get() + 1);
        Ok(Halt { ran: true, ..Halt::default() })
    }

    fn start(&self) -> Result<()> {
        Ok(())
    }
}

/// What becomes of an archive that was tampered with.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Refused,
    /// It gives back what was there, to the last mode and time: what was changed means nothing.
    Same,
    Other,
}

/// A small tree with two full backups of it, and a third state in place.
struct Forge {
    grove: Grove,
    desk: Desk,
    ids: [ArchiveId; 2],
    /// The tree as it was when the first was made, and as it is now.
    was: PathBuf,
    before: PathBuf,
}

impl Forge {
    fn new() -> Self {
        let grove = Grove::new();
        fs::remove_dir_all(grove.path("data")).unwrap();
        let text = format!(
            "[ecosystem]\nroot = {:?}\n[backups]\nfolder = {:?}\n",
            grove.root().to_str().unwrap(),
            grove.shelf.folder().to_str().unwrap()
        );
        let profile = profile::parse(&text, Path::new("/p.toml"), None).unwrap();
        let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
        let desk = Desk::new(&profile, &grove.scratch("state"), zone).unwrap();
        let copy = |name: &str| {
            let to = grove.scratch(name);
            let mut copy = std::process::Command::new("cp");
            assert!(copy.arg("-a").arg(grove.path(".")).arg(&to).status().unwrap().success());
            to
        };
        let ids = [0, 24].map(|hours| {
            grove.put("data/a.json", format!("{{\"a\": {hours}}}").as_bytes());
            grove.put("data/b.txt", b"some text, some text");
            let id = desk.create(Kind::Weekly, now() + TimeDelta::hours(hours), &Unwatched).unwrap().id;
            (id, copy(&format!("was-{hours}")))
        });
        let was = ids[0].1.clone();
        grove.put("data/a.json", b"{\"a\": \"live\"}");
        let before = copy("before");
        Self { desk, ids: ids.map(|(id, _)| id), was, before, grove }
    }

    fn file(&self, which: usize) -> PathBuf {
        self.grove.shelf.archive(self.ids[which])
    }

    /// These bytes in the place of the first archive: by name, and as a file that lies somewhere alone.
    fn is_refused(&self, forged: &[u8], how: &str) {
        fs::write(self.file(0), forged).unwrap();
        let alone = self.alone(forged);
        for which in [Which::Id(self.ids[0]), Which::File(alone)] {
            let puppet = Puppet::default();
            let error = self.restore(&which, &puppet).expect_err(how);
            assert!(matches!(error.kind, ErrorKind::Damaged | ErrorKind::NotFound), "{how}: {error}");
            assert_eq!(puppet.0.get(), 0, "{how}: it was stopped");
        }
        same_trees(&self.before, &self.grove.root());
        assert!(!self.desk.verify(&Which::Id(self.ids[0]), now(), &Unwatched).unwrap()[0].faults.is_empty());
    }

    /// What becomes of it where it lies alone.
    fn fate(&self, forged: &[u8]) -> Fate {
        let which = Which::File(self.alone(forged));
        let out = self.grove.scratch("out");
        let wish = Wish { which, part: Part::Everything, to: Some(out.clone()) };
        if self.desk.restore_beside(&wish, &out, &Unwatched).is_err() {
            return Fate::Refused;
        }
        let same = std::panic::catch_unwind(|| same_trees(&self.was, &out));
        fs::remove_dir_all(&out).unwrap();
        if same.is_ok() { Fate::Same } else { Fate::Other }
    }

    /// A restore into place; the lock of another test's child that is just beginning is waited for.
    fn restore(&self, which: &Which, puppet: &Puppet) -> Result<()> {
        let wish = Wish { which: which.clone(), part: Part::Everything, to: None };
        loop {
            match self.desk.restore_into_place(&wish, now(), puppet, &Unwatched) {
                Err(error) if error.kind == ErrorKind::Busy => std::thread::yield_now(),
                done => return done.map(drop),
            }
        }
    }

    fn alone(&self, bytes: &[u8]) -> PathBuf {
        let alone = self.grove.scratch("alone").join("some.tar.gz");
        fs::write(&alone, bytes).unwrap();
        alone
    }
}

/// Where each gzip member lies, and its content.
fn members(archive: &[u8]) -> Vec<(Range<usize>, Vec<u8>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < archive.len() {
        let mut rest = &archive[at..];
        let mut content = Vec::new();
        GzDecoder::new(&mut rest).read_to_end(&mut content).unwrap();
        let end = archive.len() - rest.len();
        found.push((at..end, content));
        at = end;
    }
    found
}

/// How many bytes stand before the pressed content of a member.
fn head_of(member: &[u8]) -> usize {
    let extra =
        if member[3] & 4 == 0 { 0 } else { 2 + usize::from(u16::from_le_bytes([member[10], member[11]])) };
    assert_eq!(member[3] & !4, 0, "neither a name nor a remark");
    10 + extra
}

/// Makes checksum and length right again; `None` where the pressed content does not end where it did.
fn made_right(member: &mut [u8]) -> Option<Vec<u8>> {
    let (head, end) = (head_of(member), member.len() - 8);
    let mut pressed = &member[head..end];
    let mut content = Vec::new();
    DeflateDecoder::new(&mut pressed).take(1 << 20).read_to_end(&mut content).ok()?;
    if !pressed.is_empty() {
        return None;
    }
    let mut crc = Crc::new();
    crc.update(&content);
    member[end..end + 4].copy_from_slice(&crc.sum().to_le_bytes());
    member[end + 4..].copy_from_slice(&crc.amount().to_le_bytes());
    Some(content)
}

#[test]
fn a_bit_flipped_under_a_checksum_that_was_made_right_again_is_refused() {
    let forge = Forge::new();
    let good = fs::read(forge.file(0)).unwrap();
    let (mut flipped, mut slipped) = (0, Vec::new());
    for (range, content) in members(&good) {
        let head = head_of(&good[range.clone()]);
        for bit in ((range.start + head) * 8..(range.end - 8) * 8).step_by(9) {
            let mut forged = good.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            match made_right(&mut forged[range.clone()]) {
                Some(other) if other != content => {}
                _ => continue,
            }
            flipped += 1;
            // Every one is proven; some go all the way.
            if verify(&forge.alone(&forged)).is_ok() {
                if forge.fate(&forged) == Fate::Other {
                    slipped.push(bit);
                }
            } else if flipped % 100 == 1 {
                forge.is_refused(&forged, &format!("bit {bit}"));
            }
        }
    }
    assert!(flipped > 400, "gzip takes {flipped} of them for good");
    assert!(slipped.is_empty(), "{slipped:?} of {flipped}");
}

#[test]
fn a_byte_of_the_content_changed_and_packed_again_is_refused() {
    let forge = Forge::new();
    let good = fs::read(forge.file(0)).unwrap();
    let stream: Vec<u8> = members(&good).into_iter().flat_map(|(_, content)| content).collect();
    let (mut tried, mut meaningless, mut slipped) = (0, 0, Vec::new());
    for at in (0..stream.len()).step_by(17) {
        let mut other = stream.clone();
        other[at] ^= 1 << (at % 8);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&other).unwrap();
        let forged = encoder.finish().unwrap();
        tried += 1;
        match forge.fate(&forged) {
            Fate::Refused if tried % 100 == 0 => forge.is_refused(&forged, &format!("byte {at}")),
            Fate::Refused => {}
            Fate::Same => meaningless += 1,
            Fate::Other => {
                let around = &stream[at.saturating_sub(20)..(at + 10).min(stream.len())];
                slipped.push((at, String::from_utf8_lossy(around).into_owned()));
            }
        }
    }
    // The zeros with which a block is filled up.
    assert!(tried > 300 && meaningless < tried * 3 / 4, "{meaningless} of {tried}");
    assert!(slipped.is_empty(), "{} of {tried}: {slipped:?}", slipped.len());
}

#[test]
fn manifests_and_members_of_another_archive_one_more_or_one_fewer_are_refused() {
    let forge = Forge::new();
    let both = [0, 1].map(|which| fs::read(forge.file(which)).unwrap());
    let parts = [0, 1].map(|which: usize| {
        members(&both[which]).into_iter().map(|(range, _)| both[which][range].to_vec()).collect::<Vec<_>>()
    });
    let (one, two) = (&parts[0], &parts[1]);
    assert!(one.len() >= 3, "manifest, content, end: {}", one.len());
    for at in 0..one.len() {
        let mut other = one.clone();
        other[at].clone_from(&two[at]);
        if other[at] != one[at] {
            forge.is_refused(&other.concat(), &format!("member {at} of the other"));
        }
        let mut fewer = one.clone();
        fewer.remove(at);
        forge.is_refused(&fewer.concat(), &format!("without member {at}"));
        let mut more = one.clone();
        more.insert(at, one[at].clone());
        forge.is_refused(&more.concat(), &format!("member {at} twice"));
        let mut turned = one.clone();
        turned.swap(at, (at + 1) % one.len());
        forge.is_refused(&turned.concat(), &format!("members {at} and the next in turn"));
    }
    forge.is_refused(&[one.concat(), two.concat()].concat(), "both, one after the other");
    // An entry more, before the end, in a member of its own.
    let mut header = tar::Header::new_ustar();
    header.set_path("data/more.json").unwrap();
    header.set_size(0);
    header.set_mode(0o644);
    header.set_mtime(1_765_000_000);
    header.set_cksum();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(header.as_bytes()).unwrap();
    let mut more = one.clone();
    more.insert(one.len() - 1, encoder.finish().unwrap());
    forge.is_refused(&more.concat(), "an entry more");
    // The lists beside them swapped, and the archives swapped under their lists.
    fs::write(forge.file(0), &both[0]).unwrap();
    let lists = forge.ids.map(|id| forge.grove.shelf.manifest(id));
    let texts = [0, 1].map(|which: usize| fs::read(&lists[which]).unwrap());
    let swapped = |how: &str| {
        for id in forge.ids {
            let puppet = Puppet::default();
            let error = forge.restore(&Which::Id(id), &puppet).expect_err(how);
            assert_eq!(error.kind, ErrorKind::Damaged, "{how}");
            assert_eq!(puppet.0.get(), 0, "{how}");
        }
        same_trees(&forge.before, &forge.grove.root());
    };
    fs::write(&lists[0], &texts[1]).unwrap();
    fs::write(&lists[1], &texts[0]).unwrap();
    swapped("lists swapped");
    fs::write(forge.file(0), &both[1]).unwrap();
    fs::write(forge.file(1), &both[0]).unwrap();
    swapped("both swapped: each is whole, and not the one that was asked for");
}
