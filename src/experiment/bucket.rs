//! Where a user stands among 10,000 buckets: always at the same place within one experiment, and independent of the
//! place in any other.

/// How many buckets there are, so that an arm's share can be set to a hundredth of a percent.
pub const BUCKETS: u16 = 10_000;

/// The version of the way that buckets are computed; stored with an experiment, because a change moves every user.
pub const ALGORITHM: &str = "murmur3_x86_32/10000";

/// Stands between the experiment's key and the user, so that no pair of them runs into another.
const SEPARATOR: char = '\u{1f}';

/// The bucket of a user in an experiment, 0 to 9999: `murmur3_x86_32(key ␟ user) · 10000 / 2³²`.
#[must_use]
pub fn of(experiment: &str, user: &str) -> u16 {
    let key = format!("{experiment}{SEPARATOR}{user}");
    scale(hash(key.as_bytes()))
}

fn hash(mut bytes: &[u8]) -> u32 {
    // Reading from memory cannot fail.
    murmur3::murmur3_32(&mut bytes, 0).unwrap_or_default()
}

fn scale(hash: u32) -> u16 {
    u16::try_from((u64::from(hash) * u64::from(BUCKETS)) >> 32).unwrap_or(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    use super::*;

    fn users(n: u32) -> impl Iterator<Item = String> {
        (0..n).map(|i| format!("user-{i}"))
    }

    #[test]
    fn hash_and_bucket_reproduce_their_reference() {
        let all: Value = serde_json::from_str(include_str!("../../fixtures/statistics/vectors.json")).unwrap();
        for case in all["murmur3_32_buckets"]["cases"].as_array().unwrap() {
            let hash = hash(case["key"].as_str().unwrap().as_bytes());
            assert_eq!(u64::from(hash), case["murmur3_x86_32"].as_u64().unwrap(), "{case}");
            assert_eq!(u64::from(scale(hash)), case["flagd_bucket_of_10000"].as_u64().unwrap(), "{case}");
        }
    }

    #[test]
    fn who_is_in_at_a_smaller_share_stays_in_at_a_larger_one() {
        let shares = [0, 1000, 2500, 5000, 10_000];
        for user in users(20_000) {
            let bucket = of("gemini-rollout", &user);
            let inside: Vec<bool> = shares.iter().map(|share| bucket < *share).collect();
            assert!(inside.is_sorted(), "{user}: {inside:?}");
            assert!(!inside[0] && inside[4], "0 % is nobody and 100 % everybody");
        }
    }

    #[test]
    fn users_spread_evenly() {
        let mut counts = [0_u32; 100];
        for user in users(200_000) {
            counts[usize::from(of("gemini-rollout", &user)) / 100] += 1;
        }
        let chi2: f64 = counts.iter().map(|count| (f64::from(*count) - 2000.0).powi(2) / 2000.0).sum();
        assert!(ChiSquared::new(99.0).unwrap().sf(chi2) > 0.001, "χ² = {chi2}");
    }

    #[test]
    fn two_experiments_pick_their_users_independently() {
        let both = users(200_000).filter(|user| of("one", user) < 1000 && of("two", user) < 1000).count();
        assert!((1800..=2200).contains(&both), "{both} of 200,000 are in 10 % of both");
    }

    #[test]
    fn a_key_and_a_user_do_not_run_together() {
        assert_ne!(of("ab", "c"), of("a", "bc"));
    }
}
