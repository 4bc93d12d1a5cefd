//! What was measured of an arm, as sums: they add up, over minutes and machines.

use std::collections::BTreeMap;

use super::Sketch;

/// The names of the sums. What an analysis adds to each is decided in `store`, when it is recorded.
pub mod measure {
    /// Analyses assigned to the arm.
    pub const REQUESTS: &str = "requests";
    /// Those whose provider was really asked: not answered from the cache, not stopped by a budget.
    pub const EXPOSED: &str = "exposed";
    /// Those of them whose last attempt at the arm was not ok.
    pub const FAILED: &str = "failed";
    /// Prefix of the failed ones by outcome.
    pub const FAILED_BY: &str = "failed.";
    /// Those of the exposed ones whose answer came and could not be used.
    pub const UNUSABLE: &str = "unusable";
    /// Those that another reader was asked for too.
    pub const FALLBACKS: &str = "fallbacks";
    /// Those that were answered from the cache.
    pub const CACHED: &str = "cached";
    /// Milliseconds from the first attempt at the arm to the end of the last.
    pub const MS: &str = "ms";
    /// Prefix of the same in buckets.
    pub const MS_BUCKET: &str = "ms.";
    /// Their squares.
    pub const MS_SQUARED: &str = "ms²";
    /// Their natural logarithms, in millionths.
    pub const LN: &str = "ln";
    /// The squares of those, in millionths.
    pub const LN_SQUARED: &str = "ln²";
    /// Tokens, of all attempts but shadow ones.
    pub const INPUT: &str = "input";
    /// Of those, tokens from the vendor's cache.
    pub const CACHED_INPUT: &str = "input.cached";
    /// Tokens of answers.
    pub const OUTPUT: &str = "output";
    /// Tokens of thought.
    pub const THINKING: &str = "thinking";
    /// Billionths of a US dollar.
    pub const COST: &str = "cost";
    /// Prefix of the verdicts.
    pub const VERDICT: &str = "verdict.";
    /// Ingredients that both the model and the lexicon judged.
    pub const JUDGED: &str = "judged";
    /// Those of them judged alike.
    pub const AGREED: &str = "agreed";
    /// Analyses that people said something of.
    pub const SAID: &str = "said";
    /// Those of them whose verdict was found right.
    pub const SAID_RIGHT: &str = "said.right";
    /// Units exposed in the step.
    pub const UNITS: &str = "units";
    /// Those that failed in it, once or often.
    pub const UNITS_FAILED: &str = "units.failed";
    /// Those that had an unusable answer in it.
    pub const UNITS_UNUSABLE: &str = "units.unusable";
    /// Those that waited longer than the step's limit, or failed.
    pub const UNITS_SLOW: &str = "units.slow";
    /// Those that were seen in another arm of the same step before.
    pub const UNITS_CROSSED: &str = "units.crossed";

    // Of a pair of arms that were shown the same pictures (see `pair`).
    /// Pairs of readings.
    pub const PAIRS: &str = "pairs";
    /// Prefixes of what befell one of the two alone: that it failed, that its answer was of no use, that it was slow.
    /// With [`ONLY_NEW`] or [`ONLY_OLD`] behind them.
    pub const PAIR_FAILED: &str = "pair.failed";
    /// As [`PAIR_FAILED`].
    pub const PAIR_UNUSABLE: &str = "pair.unusable";
    /// As [`PAIR_FAILED`].
    pub const PAIR_SLOW: &str = "pair.slow";
    /// The new arm alone.
    pub const ONLY_NEW: &str = ".new";
    /// The old arm alone.
    pub const ONLY_OLD: &str = ".old";
    /// Pairs of which both answered: those that the differences are of.
    pub const PAIR_ANSWERED: &str = "pair.answered";
    /// Those of them whose verdicts differ.
    pub const PAIR_VERDICTS: &str = "pair.verdicts";
    /// Milliseconds, new minus old.
    pub const PAIR_MS: &str = "pair.ms";
    /// Their squares.
    pub const PAIR_MS_SQUARED: &str = "pair.ms²";
    /// The logarithms of the ratios of the times, new over old, in millionths.
    pub const PAIR_LN: &str = "pair.ln";
    /// Their squares, in millionths.
    pub const PAIR_LN_SQUARED: &str = "pair.ln²";
    /// Millionths of a US dollar, new minus old.
    pub const PAIR_COST: &str = "pair.cost";
    /// Their squares.
    pub const PAIR_COST_SQUARED: &str = "pair.cost²";
    /// Billionths of a US dollar that the calls for comparison alone cost.
    pub const SHADOW_COST: &str = "shadow.cost";
}

/// The name that the figures of two arms, shown the same pictures, stand under among those of arms: no arm can have it.
#[must_use]
pub fn pair(new: &str, old: &str) -> String {
    format!("{new}:{old}")
}

/// The sums of one arm, or of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    sums: BTreeMap<String, i64>,
    times: Sketch,
}

impl Figures {
    /// Adds to a sum, or to the histogram of response times.
    pub fn add(&mut self, name: &str, n: i64) {
        let bucket = name.strip_prefix(measure::MS_BUCKET).and_then(|bucket| bucket.parse().ok());
        match bucket {
            Some(bucket) => self.times.add(bucket, n.unsigned_abs()),
            None => *self.sums.entry(name.to_owned()).or_default() += n,
        }
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        other.sums.iter().for_each(|(name, n)| self.add(name, *n));
        self.times.merge(&other.times);
    }

    /// A sum; 0 where nothing was added.
    #[must_use]
    pub fn sum(&self, name: &str) -> i64 {
        self.sums.get(name).copied().unwrap_or_default()
    }

    /// A sum that counts.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        self.sum(name).unsigned_abs()
    }

    /// The sums whose names begin with `prefix`, by the rest of the name.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, i64)> + 'a {
        self.sums.iter().filter_map(move |(name, n)| Some((name.strip_prefix(prefix)?, *n)))
    }

    /// Response times.
    #[must_use]
    pub fn times(&self) -> &Sketch {
        &self.times
    }

    /// One sum over another; `None` where there is nothing to divide by.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sums stay far below 2^53, or are shown only")]
    pub fn ratio(&self, of: &str, over: &str) -> Option<f64> {
        let over = self.sum(over);
        (over != 0).then(|| self.sum(of) as f64 / over as f64)
    }
}
