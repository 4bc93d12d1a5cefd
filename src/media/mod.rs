//! Bytes to pictures, and pictures to text.
