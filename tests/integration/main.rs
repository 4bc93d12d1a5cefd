//! The integration tests, one binary: each further one would link FFmpeg again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test by panicking, as tests do")]

mod deploy;
