//! Local text reading.
