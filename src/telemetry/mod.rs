//! Logs and events.
