//! An object of a bucket, read at any place: each time a stretch of it is asked for.

use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

use super::bucket::Bucket;

/// Bytes of a stretch where somebody looks around.
const AROUND: u64 = 256 * 1024;
/// Bytes of the longest, where somebody reads on and on.
const LONGEST: u64 = 8 << 20;

/// An object of a bucket.
pub(super) struct Stretches<'a> {
    bucket: &'a Bucket,
    name: String,
    size: u64,
    /// Where the next byte is read.
    at: u64,
    /// The stretch that is here, and where it begins.
    begin: u64,
    here: bytes::Bytes,
    /// Bytes of the stretch that was asked for last.
    length: u64,
}

impl<'a> Stretches<'a> {
    pub fn new(bucket: &'a Bucket, name: &str, size: u64) -> Self {
        Self { bucket, name: name.to_owned(), size, at: 0, begin: 0, here: bytes::Bytes::new(), length: 0 }
    }

    /// What is here from the place on at which is read; never empty before the end.
    fn rest(&mut self) -> Result<&[u8]> {
        let end = self.begin + self.here.len() as u64;
        if self.at < self.size && !(self.begin..end).contains(&self.at) {
            let goes_on = self.at == end && self.length > 0;
            self.length = if goes_on { LONGEST.min(2 * self.length) } else { AROUND };
            let until = self.size.min(self.at + self.length);
            let here = self.bucket.stretch(&self.name, self.at..until).map_err(Error::other)?;
            if here.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            (self.begin, self.here) = (self.at, here);
        }
        let from = usize::try_from(self.at - self.begin).unwrap_or(usize::MAX);
        Ok(self.here.get(from..).unwrap_or_default())
    }
}

impl Read for Stretches<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if self.at >= self.size {
            return Ok(0);
        }
        let rest = self.rest()?;
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Stretches<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
