//! Label text to list to verdict.
