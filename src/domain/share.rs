//! A part of all users, to a hundredth of a percent.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 0 to 100 %, counted in hundredths of a percent (buckets). Written as a number of percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(u16);

/// Not a share of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a percentage from 0 to 100, with two decimals at most")]
pub struct NotAShare;

impl Share {
    /// Nobody.
    pub const NOBODY: Self = Self(0);
    /// Everybody.
    pub const EVERYBODY: Self = Self(10_000);
    /// One of two.
    pub const HALF: Self = Self(5_000);

    /// A number of percent, rounded to two decimals.
    ///
    /// # Errors
    /// [`NotAShare`] outside 0 to 100.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be 0 to 10,000")]
    pub fn of_percent(percent: f64) -> Result<Self, NotAShare> {
        if (0.0..=100.0).contains(&percent) { Ok(Self((percent * 100.0).round() as u16)) } else { Err(NotAShare) }
    }

    /// Reads `10`, `0.25` or `10%`.
    ///
    /// # Errors
    /// [`NotAShare`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotAShare> {
        let number = text.trim().trim_end_matches('%').trim_end();
        number.parse().map_err(|_| NotAShare).and_then(Self::of_percent)
    }

    /// How many of 10,000 buckets are in it.
    #[must_use]
    pub fn buckets(self) -> u16 {
        self.0
    }

    /// In percent.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// As a part of 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.percent())
    }
}

impl TryFrom<f64> for Share {
    type Error = NotAShare;

    fn try_from(percent: f64) -> Result<Self, NotAShare> {
        Self::of_percent(percent)
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> Self {
        share.percent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_below_a_percent_are_kept_and_what_is_no_share_is_refused() {
        assert_eq!(Share::parse("0.25").unwrap().buckets(), 25);
        assert_eq!(Share::parse(" 12.5 % ").unwrap().percent().to_string(), "12.5");
        for text in ["", "-1", "100.01", "NaN", "ten", "inf"] {
            assert_eq!(Share::parse(text), Err(NotAShare), "{text}");
        }
        let back: Share = serde_json::from_str(&serde_json::to_string(&Share(1)).unwrap()).unwrap();
        assert_eq!(back, Share(1));
    }
}
