//! Moments as people and programs read them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// UTC milliseconds as RFC 3339; `None` beyond the year 9999.
pub fn moment(at_ms: i64) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000).ok()?;
    at.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc() {
        assert_eq!(moment(1_738_368_000_120).as_deref(), Some("2025-02-01T00:00:00.12Z"));
    }
}
