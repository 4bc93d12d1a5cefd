//! Calendar months in UTC: what counts are kept by.

use time::{Date, OffsetDateTime, Time};

/// A calendar month (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(Date);

impl Month {
    /// The month of a time in UTC milliseconds.
    #[must_use]
    pub fn of(at_ms: i64) -> Self {
        let at = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Self(at.date().replace_day(1).unwrap_or(at.date()))
    }

    /// As `yyyymm`.
    #[must_use]
    pub fn number(self) -> i64 {
        i64::from(self.0.year()) * 100 + i64::from(u8::from(self.0.month()))
    }

    /// When it begins, UTC milliseconds.
    #[must_use]
    pub fn starts_at_ms(self) -> i64 {
        self.0.with_time(Time::MIDNIGHT).assume_utc().unix_timestamp() * 1000
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        let days = i64::from(self.0.month().length(self.0.year()));
        Self::of(self.starts_at_ms() + days * 86_400_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-02-01T00:00:00Z.
    const FEBRUARY_MS: i64 = 1_738_368_000_000;

    #[test]
    fn a_month_ends_at_midnight_utc() {
        assert_eq!((Month::of(FEBRUARY_MS - 1).number(), Month::of(FEBRUARY_MS).number()), (202_501, 202_502));
        assert_eq!(Month::of(FEBRUARY_MS - 1).next().starts_at_ms(), FEBRUARY_MS);
    }

    #[test]
    fn after_december_comes_january_and_a_leap_february_has_29_days() {
        let december = Month::of(1_735_000_000_000);
        assert_eq!((december.number(), december.next().number()), (202_412, 202_501));
        let leap = Month::of(1_708_000_000_000);
        assert_eq!((leap.number(), leap.next().starts_at_ms() - leap.starts_at_ms()), (202_402, 29 * 86_400_000));
    }
}
