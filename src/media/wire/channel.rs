//! Messages on a Unix stream socket: the length in four bytes, big-endian, then JSON; descriptors beside the first byte.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use serde::Serialize;

use super::{Event, Job, MAX_DESCRIPTORS, MAX_MESSAGE_BYTES};

/// Packs a message with its length in front.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] when it does not fit [`MAX_MESSAGE_BYTES`].
pub fn pack(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    check_length(length)?;
    Ok([length.to_be_bytes().as_slice(), &body].concat())
}

/// Reads a length and refuses one beyond [`MAX_MESSAGE_BYTES`].
///
/// # Errors
/// [`io::ErrorKind::InvalidData`].
pub fn check_length(length: u32) -> io::Result<usize> {
    let length = usize::try_from(length).map_err(io::Error::other)?;
    if length <= MAX_MESSAGE_BYTES { Ok(length) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// Sends bytes, with descriptors beside the first of them. Returns how many bytes were taken.
///
/// # Errors
/// The system's; `WouldBlock` on a non-blocking socket that is full.
pub fn send_with(socket: impl AsFd, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !beside.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(rustix::net::sendmsg(socket, &[IoSlice::new(bytes)], &mut beside, SendFlags::NOSIGNAL)?)
}

/// Waits for a job; `None` when the pool is gone.
///
/// # Errors
/// The system's, or a message that is no job.
pub fn receive_job(socket: &UnixStream) -> io::Result<Option<(Job, Vec<OwnedFd>)>> {
    let mut length = [0; 4];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let got =
        rustix::net::recvmsg(socket, &mut [IoSliceMut::new(&mut length)], &mut beside, RecvFlags::CMSG_CLOEXEC)?.bytes;
    if got == 0 {
        return Ok(None);
    }
    let mut descriptors = Vec::new();
    for message in beside.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            descriptors.extend(received);
        }
    }
    let mut socket = socket;
    socket.read_exact(&mut length[got..])?;
    let mut body = vec![0; check_length(u32::from_be_bytes(length))?];
    socket.read_exact(&mut body)?;
    Ok(Some((serde_json::from_slice(&body)?, descriptors)))
}

/// Tells the pool something.
///
/// # Errors
/// The system's: the pool is gone.
pub fn tell(mut socket: &UnixStream, event: &Event) -> io::Result<()> {
    socket.write_all(&pack(event)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Blob, Strategy};
    use crate::media::wire::Limits;

    fn limits() -> Limits {
        Limits {
            max_video_ms: 1,
            analyze_ms: 1,
            max_pixels: 1,
            max_edge: 1,
            memory_bytes: 1,
            cpu_seconds: 1,
            soft_ms: 1,
        }
    }

    #[test]
    fn a_job_arrives_with_its_descriptors_in_order() {
        let (pool, worker) = UnixStream::pair().unwrap();
        let blobs = [Blob::copy_of(b"one").unwrap(), Blob::copy_of(b"three").unwrap()];
        let job = Job::Prepare {
            claimed: None,
            files: 2,
            strategy: Strategy::Flat,
            film: None,
            traced: false,
            limits: limits(),
        };
        let bytes = pack(&job).unwrap();
        assert_eq!(send_with(&pool, &bytes, &blobs.each_ref().map(AsFd::as_fd)).unwrap(), bytes.len());
        let (job, descriptors) = receive_job(&worker).unwrap().unwrap();
        assert!(matches!(job, Job::Prepare { files: 2, .. }));
        let lengths: Vec<_> = descriptors.into_iter().map(|fd| Blob::from_fd(fd).len().unwrap()).collect();
        assert_eq!(lengths, [3, 5]);
    }

    #[test]
    fn a_pool_that_is_gone_is_no_error() {
        let (pool, worker) = UnixStream::pair().unwrap();
        drop(pool);
        assert!(receive_job(&worker).unwrap().is_none());
    }

    #[test]
    fn a_message_beyond_the_bound_is_refused() {
        assert!(check_length(u32::MAX).is_err());
        assert!(pack(&"x".repeat(MAX_MESSAGE_BYTES)).is_err());
    }
}
