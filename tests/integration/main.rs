//! The integration tests, one binary: each further one would link FFmpeg again.

mod deploy;
