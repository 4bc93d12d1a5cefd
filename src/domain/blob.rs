//! Bytes in anonymous memory that other processes can be given without a copy.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// Bytes shown at a time.
const PIECE_BYTES: usize = 1 << 20;

/// Bytes in an anonymous memory file (`memfd`): it has no path, never reaches a disk, and is gone with its last holder.
///
/// Cloning shares the bytes. Whoever reads must not trust the length of a blob that another process could write to:
/// reads past the end are ordinary short reads, never faults, because the file is never mapped.
#[derive(Debug, Clone)]
pub struct Blob(Arc<File>);

impl Blob {
    /// Makes an empty blob.
    ///
    /// # Errors
    /// The system's error when no anonymous file can be made (descriptor limit, memory).
    pub fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(File::from(memfd_create("koalens", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?))))
    }

    /// Makes a blob that holds a copy of `bytes`.
    ///
    /// # Errors
    /// As [`Blob::new`], or out of memory.
    pub fn copy_of(bytes: &[u8]) -> io::Result<Self> {
        let mut blob = Self::new()?;
        blob.append(bytes)?;
        Ok(blob)
    }

    /// Takes a descriptor that another process handed over.
    #[must_use]
    pub fn from_fd(fd: OwnedFd) -> Self {
        Self(Arc::new(File::from(fd)))
    }

    /// Writes `bytes` at the blob's shared file offset (its end, while it is being filled).
    ///
    /// # Errors
    /// Out of memory.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&*self.0).write_all(bytes)
    }

    /// Freezes the bytes: from now on no holder, in whatever process, can change their number or values.
    ///
    /// # Errors
    /// The system's error for a descriptor that is no anonymous file.
    pub fn seal(&self) -> io::Result<()> {
        let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        match fcntl_add_seals(&*self.0, seals) {
            // Sealed before: the last seal forbids to add any, even the same again.
            Err(rustix::io::Errno::PERM) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Length in bytes at this moment.
    ///
    /// # Errors
    /// The system's error for a descriptor that is no file.
    pub fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    /// Whether there is not one byte in it.
    ///
    /// # Errors
    /// As [`Blob::len`].
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads up to `buffer.len()` bytes at `offset`; 0 at the end. Independent of the shared offset.
    ///
    /// # Errors
    /// The system's error.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    /// Shows all bytes to `see`, a piece after the other.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::UnexpectedEof`] when it shrinks meanwhile.
    pub fn each_piece(&self, mut see: impl FnMut(&[u8])) -> io::Result<()> {
        let length = self.len()?;
        let mut piece = vec![0; PIECE_BYTES];
        let mut at = 0;
        while at < length {
            let read = self.read_at(&mut piece, at)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            see(&piece[..read]);
            at += read as u64;
        }
        Ok(())
    }

    /// Fills `buffer` from `offset`.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the blob is shorter.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset)
    }

    /// Writes `bytes` at `offset`.
    ///
    /// # Errors
    /// Out of memory, or past the process's file size limit.
    pub fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }
}

impl AsFd for Blob {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_holds_what_was_appended() {
        let mut blob = Blob::new().unwrap();
        blob.append(b"kok").unwrap();
        blob.append(b"os").unwrap();
        let mut back = [0; 5];
        blob.read_exact_at(&mut back, 0).unwrap();
        assert_eq!((&back, blob.len().unwrap()), (b"kokos", 5));
        assert_eq!(blob.read_at(&mut back, 5).unwrap(), 0);
    }
    #[test]
    fn a_sealed_blob_cannot_be_changed_by_anyone() {
        let mut blob = Blob::copy_of(b"kokos").unwrap();
        blob.seal().unwrap();
        blob.seal().unwrap();
        assert!(blob.append(b"!").is_err());
        assert!(blob.write_all_at(b"m", 0).is_err());
        assert!(Blob::from_fd(blob.as_fd().try_clone_to_owned().unwrap()).write_all_at(b"m", 0).is_err());
        assert_eq!(blob.len().unwrap(), 5);
    }
}
