//! Bytes to pictures, and pictures to text.

pub mod join;
