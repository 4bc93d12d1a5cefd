//! A file in memory as a stream that FFmpeg reads or writes.

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::domain::Blob;

/// A blob with a position of its own.
struct BlobStream {
    blob: Blob,
    position: u64,
}

/// Reads and writes `blob` as bytes from its beginning: they go straight from and to the memory file.
pub fn stream(blob: &Blob) -> impl Read + Write + Seek + Send + use<> {
    BlobStream { blob: blob.clone(), position: 0 }
}

impl Read for BlobStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.blob.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Write for BlobStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.blob.write_all_at(bytes, self.position)?;
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for BlobStream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.blob.len()?.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
