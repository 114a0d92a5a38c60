//! Gzip members: an archive of ours is many of them, one after the other, so that all cores can work at it.
//!
//! Each is plain gzip (RFC 1952) with one extra field, `CT`, that says how long the member is and what it holds: any
//! `gzip` passes over it, and we find the next member without unpacking this one.

use libdeflater::{CompressionLvl, Compressor, Crc, DecompressionError, Decompressor};

use crate::error::{Error, ErrorKind, Result};

/// Bytes of a member's head: ten of gzip, two for the length of the extra field, and the field itself.
pub const HEAD: usize = 12 + 4 + 9;
/// Checksum and length at the end.
const TAIL: usize = 8;
/// A member never unpacks to more than this.
pub const LARGEST: usize = 4 * 1024 * 1024;
/// What an empty member of stored data takes, without padding.
const EMPTY_BODY: [u8; 5] = [1, 0, 0, 0xff, 0xff];
/// The smallest padding.
pub const SMALLEST_PADDING: usize = 12 + 4 + EMPTY_BODY.len() + TAIL;
/// The longest extra field of a padding.
const MOST_PADDING: usize = 60_000;

/// What a member holds of the tar stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Whole entries.
    Whole,
    /// The head of an entry and the first piece of its content.
    First,
    /// A further piece.
    Next,
    /// The last piece of an entry.
    Last,
}

impl Part {
    const ALL: [Self; 4] = [Self::Whole, Self::First, Self::Next, Self::Last];
}

/// How hard to press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// As small as `gzip -6` makes it, or smaller.
    #[default]
    Normal,
    /// As fast as can be.
    Fast,
    /// Not at all.
    None,
}

/// Packs members; made once for each thread, since it is large.
pub struct Packer {
    press: Compressor,
    fast: Compressor,
    stored: Compressor,
    probe: Vec<u8>,
    /// Nothing is pressed anyway.
    plain: bool,
}

impl Packer {
    /// A packer for this effort.
    pub fn new(effort: Effort) -> Self {
        let level = |level: i32| Compressor::new(CompressionLvl::new(level).unwrap_or_default());
        let press = match effort {
            Effort::Normal => 6,
            Effort::Fast => 1,
            Effort::None => 0,
        };
        Self {
            press: level(press),
            fast: level(1),
            stored: level(0),
            probe: Vec::new(),
            plain: effort == Effort::None,
        }
    }

    /// Appends a member with `content` to `out`.
    ///
    /// # Errors
    /// When the content is larger than a member may be.
    pub fn pack(&mut self, content: &[u8], part: Part, out: &mut Vec<u8>) -> Result<()> {
        if content.len() > LARGEST {
            return Err(Error::new(
                ErrorKind::System,
                "a piece of an archive is larger than its member may be",
            ));
        }
        let begin = out.len();
        let press = if self.is_random(content) { &mut self.stored } else { &mut self.press };
        let bound = press.deflate_compress_bound(content.len());
        out.resize(begin + HEAD + bound + TAIL, 0);
        let body = &mut out[begin + HEAD..begin + HEAD + bound];
        let length = press
            .deflate_compress(content, body)
            .map_err(|_| Error::new(ErrorKind::System, "a piece of an archive could not be compressed"))?;
        out.truncate(begin + HEAD + length);
        let mut crc = Crc::new();
        crc.update(content);
        let total = u32::try_from(HEAD + length + TAIL).unwrap_or(u32::MAX);
        let head = &mut out[begin..begin + HEAD];
        head[..10].copy_from_slice(&[0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff]);
        head[10..12].copy_from_slice(&13_u16.to_le_bytes());
        head[12..14].copy_from_slice(b"CT");
        head[14..16].copy_from_slice(&9_u16.to_le_bytes());
        head[16..20].copy_from_slice(&total.to_le_bytes());
        head[20..24].copy_from_slice(&length_of(content).to_le_bytes());
        head[24] = part as u8;
        out.extend_from_slice(&crc.sum().to_le_bytes());
        out.extend_from_slice(&length_of(content).to_le_bytes());
        Ok(())
    }

    /// Whether pressing would be in vain: pictures, blobs, what is compressed already.
    ///
    /// A sample from the middle is pressed lightly; a piece with many small files in it is never taken for random by its
    /// first one.
    fn is_random(&mut self, content: &[u8]) -> bool {
        const SAMPLE: usize = 16 * 1024;
        if content.len() < 4 * SAMPLE || self.plain {
            return false;
        }
        [content.len() / 4, content.len() / 2, content.len() / 4 * 3].iter().all(|begin| {
            let sample = &content[*begin..(begin + SAMPLE).min(content.len())];
            self.probe.resize(self.fast.deflate_compress_bound(sample.len()), 0);
            let pressed = self.fast.deflate_compress(sample, &mut self.probe).unwrap_or(0);
            pressed >= sample.len() / 100 * 97
        })
    }
}

/// Appends members that unpack to nothing and take exactly `length` bytes.
///
/// # Errors
/// When that is less than [`SMALLEST_PADDING`], and not zero.
pub fn pad(length: usize, out: &mut Vec<u8>) -> Result<()> {
    let mut left = length;
    while left > 0 {
        if left < SMALLEST_PADDING {
            return Err(Error::new(ErrorKind::System, "there is no room for the padding of an archive"));
        }
        let most = SMALLEST_PADDING + MOST_PADDING;
        // What remains must be a padding again.
        let take = if left <= most { left } else { most.min(left - SMALLEST_PADDING) };
        let extra = take - SMALLEST_PADDING;
        out.extend_from_slice(&[0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff]);
        let word = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
        out.extend_from_slice(&word(extra + 4));
        out.extend_from_slice(b"CP");
        out.extend_from_slice(&word(extra));
        out.resize(out.len() + extra, 0);
        out.extend_from_slice(&EMPTY_BODY);
        out.extend_from_slice(&[0; TAIL]);
        left -= take;
    }
    Ok(())
}

/// What a member's head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// A member with content: bytes that it takes, bytes that it unpacks to, and of what.
    Member {
        /// Bytes in the archive, head and tail included.
        packed: usize,
        /// Bytes of content.
        content: usize,
        /// What of the tar stream.
        part: Part,
    },
    /// A padding: bytes that it takes.
    Padding(usize),
    /// Gzip of somebody else.
    Foreign,
}

impl Head {
    /// Reads the head that `bytes` begins with; at least [`HEAD`] bytes, or all that is left.
    pub fn read(bytes: &[u8]) -> Self {
        Self::ours(bytes).unwrap_or(Self::Foreign)
    }

    fn ours(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
        let short =
            |at: usize| Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        if bytes.get(..10)? != [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff] {
            return None;
        }
        let extra = short(10)?;
        match bytes.get(12..14)? {
            b"CT" if extra == 13 && short(14)? == 9 => {
                let (packed, content) = (number(16)?, number(20)?);
                let part = *Part::ALL.get(usize::from(*bytes.get(24)?))?;
                let sound = content <= LARGEST && packed > HEAD + TAIL && packed <= 2 * LARGEST;
                sound.then_some(Self::Member { packed, content, part })
            }
            b"CP" if extra >= 4 && short(14)? + 4 == extra => {
                Some(Self::Padding(SMALLEST_PADDING + extra - 4))
            }
            _ => None,
        }
    }
}

/// Unpacks members; made once for each thread.
pub struct Unpacker(Decompressor);

impl Default for Unpacker {
    fn default() -> Self {
        Self(Decompressor::new())
    }
}

impl Unpacker {
    /// Unpacks a whole member, head and tail included, into `out`, which then holds its content and nothing else.
    ///
    /// # Errors
    /// What is wrong with it, in words: every byte of it counts.
    pub fn unpack(
        &mut self,
        member: &[u8],
        content: usize,
        out: &mut Vec<u8>,
    ) -> std::result::Result<(), &'static str> {
        let body = member.get(HEAD..member.len().saturating_sub(TAIL)).ok_or("is cut short")?;
        let tail = &member[member.len() - TAIL..];
        out.resize(content, 0);
        match self.0.deflate_decompress(body, out) {
            Ok(length) if length == content => {}
            Ok(_) | Err(DecompressionError::InsufficientSpace) => {
                return Err("has another length than it says");
            }
            Err(DecompressionError::BadData) => return Err("cannot be unpacked"),
        }
        let mut crc = Crc::new();
        crc.update(out);
        if tail[..4] != crc.sum().to_le_bytes() {
            return Err("has another checksum than it says");
        }
        if tail[4..] != length_of(out).to_le_bytes() {
            return Err("has another length than it says");
        }
        Ok(())
    }
}

/// Whether a padding is made of nothing but what [`pad`] writes.
pub fn is_pure_padding(bytes: &[u8]) -> bool {
    let mut expected = Vec::with_capacity(bytes.len());
    pad(bytes.len(), &mut expected).is_ok() && expected == bytes
}

fn length_of(content: &[u8]) -> u32 {
    u32::try_from(content.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn random(length: usize) -> Vec<u8> {
        let mut state = 0x1234_5678_9abc_def1_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn any_gzip_reads_what_is_packed_and_padded() {
        let text = b"one line of many\n".repeat(10_000);
        let blob = random(200_000);
        let mut archive = Vec::new();
        let mut packer = Packer::new(Effort::Normal);
        packer.pack(&text, Part::Whole, &mut archive).unwrap();
        for length in [SMALLEST_PADDING, 100, 65_000, 130_000, 2 * (SMALLEST_PADDING + MOST_PADDING) + 1] {
            let before = archive.len();
            pad(length, &mut archive).unwrap();
            assert_eq!(archive.len() - before, length);
            assert!(is_pure_padding(&archive[before..]));
        }
        packer.pack(&blob, Part::Last, &mut archive).unwrap();
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(&archive[..]).read_to_end(&mut plain).unwrap();
        assert!(plain == [text, blob].concat());
        assert!(pad(SMALLEST_PADDING - 1, &mut archive).is_err());
    }

    #[test]
    fn random_content_is_stored_and_text_is_pressed() {
        let mut packer = Packer::new(Effort::Fast);
        let mut out = Vec::new();
        packer.pack(&random(1 << 20), Part::Whole, &mut out).unwrap();
        assert!(out.len() > 1 << 20 && out.len() < (1 << 20) + 200, "{}", out.len());
        out.clear();
        packer.pack(&b"text ".repeat(200_000), Part::Whole, &mut out).unwrap();
        assert!(out.len() < 20_000, "{}", out.len());
    }

    #[test]
    fn every_flipped_bit_that_changes_the_content_is_noticed() {
        let mut member = Vec::new();
        Packer::new(Effort::Normal).pack(b"some content, some content", Part::Whole, &mut member).unwrap();
        let Head::Member { packed, content, .. } = Head::read(&member) else { panic!("a member") };
        assert_eq!(packed, member.len());
        let mut unpacker = Unpacker::default();
        let mut out = Vec::new();
        unpacker.unpack(&member, content, &mut out).unwrap();
        let good = out.clone();
        for bit in 0..member.len() * 8 {
            member[bit / 8] ^= 1 << (bit % 8);
            if let Head::Member { packed, content, .. } = Head::read(&member)
                && packed == member.len()
                && unpacker.unpack(&member, content, &mut out).is_ok()
            {
                assert_eq!(out, good, "bit {bit}");
            }
            member[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
