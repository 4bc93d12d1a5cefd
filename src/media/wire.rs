//! What a pool and its workers say to each other: one JSON message with descriptors to the worker, JSON events back.
//!
//! Every message is preceded by its length, four bytes, big-endian. A worker has met hostile bytes: what it says is bounded
//! here and judged in `pool`.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use serde::{Deserialize, Serialize};

use crate::domain::{MediaKind, QualityIssue, Reading};

/// Most files of one upload: bounds the descriptors of a message.
pub const MAX_FILES: usize = 16;

/// Pictures made of one clip.
pub const MAX_FRAMES: usize = 8;

/// Longest message either side accepts. A page of dense text is below 20 kB.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// Descriptors of one message: the files, and one output for each picture.
pub const MAX_DESCRIPTORS: usize = 2 * MAX_FILES;

/// What a job may use. Set by the pool, kept by the worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest clip, milliseconds.
    pub max_video_ms: u32,
    /// Part of a clip that is looked at, milliseconds.
    pub analyze_ms: u32,
    /// Most pixels of a still.
    pub max_pixels: u64,
    /// Longest edge of a finished picture, pixels.
    pub max_edge: u32,
    /// Address space, bytes.
    pub memory_bytes: u64,
    /// Processor time, seconds.
    pub cpu_seconds: u64,
    /// After this time no new frame is begun and what there is, is answered; milliseconds.
    pub soft_ms: u64,
}

/// One job; its descriptors travel beside it, in the order of their counts.
#[derive(Debug, Serialize, Deserialize)]
pub enum Job {
    /// Make pictures of `files` files into the outputs that follow them.
    Prepare {
        /// What the caller says they are.
        claimed: Option<MediaKind>,
        /// How many descriptors are files; the rest are outputs.
        files: usize,
        /// What it may use.
        limits: Limits,
    },
    /// Read the text of pictures, one descriptor each.
    Read {
        /// Their sizes.
        sizes: Vec<Size>,
        /// What it may use.
        limits: Limits,
    },
}

impl Job {
    /// What the job may use.
    pub fn limits(&self) -> &Limits {
        match self {
            Self::Prepare { limits, .. } | Self::Read { limits, .. } => limits,
        }
    }
}

/// Columns and rows of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl Size {
    /// Bytes of such a picture in RGB.
    pub fn rgb_bytes(self) -> u64 {
        3 * u64::from(self.width) * u64::from(self.height)
    }
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Event {
    /// Everything is loaded: a job may come.
    Ready,
    /// The pictures stand in the first outputs.
    Prepared(Prepared),
    /// The text is this.
    Read(LocalReading),
    /// The job cannot be done.
    Failed(Failure),
}

/// The pictures of a job, beside their pixels.
#[derive(Debug, Serialize, Deserialize)]
pub struct Prepared {
    /// One for each output that was filled, in order.
    pub sizes: Vec<Size>,
    /// Still or clip.
    pub kind: MediaKind,
    /// Length of the clip.
    pub duration_ms: Option<u32>,
    /// Frames or stills that were decoded.
    pub frames_decoded: u32,
    /// What makes the pictures hard to read.
    pub issues: Vec<QualityIssue>,
}

/// What the local reader made of the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalReading {
    /// The joined text; it has no `ingredients`, the local reader only transcribes.
    pub reading: Reading,
    /// Only what was read with high confidence: the words that may overrule another reader.
    pub confident_text: String,
}

/// Why a job cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind:?}: {detail}")]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// For the log.
    pub detail: String,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// Nothing can be made of the bytes.
    Unreadable,
    /// No type we take.
    Unsupported,
    /// Longer than allowed.
    TooLong,
    /// More pixels than allowed.
    TooLarge,
    /// Not one frame.
    NoFrames,
    /// Not the file's fault.
    Internal,
}

impl FailureKind {
    /// A failure of this kind, in the words of `detail`.
    pub fn because(self, detail: &(impl ToString + ?Sized)) -> Failure {
        Failure { kind: self, detail: detail.to_string() }
    }
}

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
    use crate::domain::Blob;

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
        let job = Job::Prepare { claimed: None, files: 2, limits: limits() };
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
