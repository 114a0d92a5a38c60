//! A stream of gzip, unpacked ahead by a thread of its own: one stream cannot be shared by two cores, but the work on what
//! comes out of it can be done by the other.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use flate2::read::MultiGzDecoder;

/// What is handed over at once.
const BLOCK: usize = 256 * 1024;
/// So many blocks may wait: what bounds the memory.
const WAITING: usize = 8;

/// Reads what a thread unpacks.
pub(super) struct Ahead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
    ended: bool,
    packed: Arc<AtomicU64>,
}

impl Ahead {
    /// Begins to unpack `file`.
    pub fn of(file: File) -> Self {
        let (sender, blocks) = sync_channel(WAITING);
        let packed = Arc::new(AtomicU64::new(0));
        let counted = Counted { file, read: Arc::clone(&packed) };
        // It ends with the file, or when nobody reads any more.
        std::thread::spawn(move || unpack(counted, &sender));
        Self { blocks, block: Vec::new(), at: 0, ended: false, packed }
    }

    /// Bytes of the file that were read so far.
    pub fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.packed)
    }
}

fn unpack(file: Counted, blocks: &SyncSender<io::Result<Vec<u8>>>) {
    let mut stream = MultiGzDecoder::new(BufReader::with_capacity(BLOCK, file));
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        let read = (&mut stream).take(BLOCK as u64).read_to_end(&mut block).map(|_| block);
        let is_last = read.as_ref().map_or(true, Vec::is_empty);
        if blocks.send(read).is_err() || is_last {
            return;
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() && !self.ended {
            // An empty block is the end; a thread that broke down sends none.
            self.block = self.blocks.recv().map_err(|_| io::Error::other("the unpacking broke down"))??;
            self.at = 0;
            self.ended = self.block.is_empty();
        }
        let length = (self.block.len() - self.at).min(buffer.len());
        buffer[..length].copy_from_slice(&self.block[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// Counts what is read of a file.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file_with(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        std::os::unix::fs::FileExt::read_at(&file, &mut [0], 0).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        file
    }

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(content).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn everything_comes_out_in_order_and_an_error_is_told() {
        let content: Vec<u8> = (0..3 * BLOCK + 5).map(|at| (at / 1_000 % 251) as u8).collect();
        let members = [packed(&content), packed(b"and more")].concat();
        let mut stream = Ahead::of(file_with(&members));
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        assert!(all == [&content[..], b"and more"].concat());
        assert_eq!(stream.counter().load(Ordering::Relaxed), members.len() as u64);
        let cut = &members[..members.len() - 30];
        assert!(Ahead::of(file_with(cut)).read_to_end(&mut Vec::new()).is_err());
        // Nobody reads on: the thread ends by itself rather than fill the memory.
        drop(Ahead::of(file_with(&members)));
    }
}
