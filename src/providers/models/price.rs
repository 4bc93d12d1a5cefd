//! What tokens cost.

use serde::{Deserialize, Deserializer};

use super::Day;
use crate::domain::{NanoUsd, Tokens};

/// Prices in nano-USD per token, which are thousandths of USD per million tokens as lists give them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Price {
    from: Option<Day>,
    above: Option<u32>,
    #[serde(deserialize_with = "per_million")]
    input: i64,
    #[serde(deserialize_with = "per_million")]
    output: i64,
    #[serde(deserialize_with = "per_million")]
    cached: i64,
    #[serde(default, deserialize_with = "some_per_million")]
    cache_write: Option<i64>,
}

impl Price {
    /// Whether it is a price on every day and of every prompt.
    pub(super) fn always_holds(&self) -> bool {
        self.from.is_none() && self.above.is_none()
    }
}

/// What a vendor counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) struct Billed {
    /// As kept.
    pub tokens: Tokens,
    /// Of the input, the part written to the vendor's cache.
    pub cache_written: u32,
}

/// The cost of one attempt on `day`, by the last of the prices that apply.
pub(super) fn cost(prices: &[Price], billed: &Billed, day: &Day) -> NanoUsd {
    let Billed { tokens, cache_written } = *billed;
    let prompt = tokens.input.saturating_add(tokens.cached);
    let applies = |price: &&Price| {
        price.from.as_ref().is_none_or(|from| from <= day) && price.above.is_none_or(|above| prompt > above)
    };
    let Some(price) = prices.iter().rfind(applies) else { return NanoUsd(0) };
    let written = cache_written.min(tokens.input);
    let output = u64::from(tokens.output) + u64::from(tokens.thinking);
    let parts = [
        (u64::from(tokens.input - written), price.input),
        (u64::from(written), price.cache_write.unwrap_or(price.input)),
        (u64::from(tokens.cached), price.cached),
        (output, price.output),
    ];
    let part = |(count, each): (u64, i64)| i64::try_from(count).unwrap_or(i64::MAX).saturating_mul(each);
    NanoUsd(parts.map(part).into_iter().fold(0, i64::saturating_add))
}

fn per_million<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let usd = f64::deserialize(deserializer)?;
    // Up to a thousand USD a million tokens; the dearest known cost a hundred.
    if !(0.0..=1000.0).contains(&usd) {
        return Err(serde::de::Error::custom(format!("{usd} is no price in USD per million tokens")));
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most a million, checked above")]
    Ok((usd * 1000.0).round() as i64)
}

fn some_per_million<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    per_million(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::super::{Models, Vendor};
    use super::*;

    fn cost_of(vendor: Vendor, id: &str, billed: Billed, day: &str) -> i64 {
        let model = Models::load(None).unwrap().find(vendor, id).unwrap();
        cost(&model.prices, &billed, &Day::try_from(day.to_owned()).unwrap()).0
    }

    #[test]
    fn thinking_is_billed_as_output_and_cached_input_at_its_own_price() {
        let tokens = Tokens { input: 1000, cached: 4000, output: 400, thinking: 100 };
        let billed = Billed { tokens, cache_written: 0 };
        // 1000 × 0.75 + 4000 × 0.075 + 500 × 3.75 USD per million.
        assert_eq!(cost_of(Vendor::Gemini, "gemini-3.8-flash", billed, "2026-11-21"), 750_000 + 300_000 + 1_875_000);
        assert_eq!(
            cost_of(Vendor::Gemini, "gemini-3.8-flash", billed, "2027-01-01"),
            2 * (750_000 + 300_000 + 1_875_000)
        );
    }

    #[test]
    fn what_is_written_to_the_cache_costs_more_than_other_input() {
        let tokens = Tokens { input: 1000, ..Tokens::default() };
        let billed = Billed { tokens, cache_written: 600 };
        assert_eq!(cost_of(Vendor::Claude, "claude-haiku-5-5", billed, "2026-11-21"), 400 * 100 + 600 * 125);
    }

    #[test]
    fn long_prompts_have_a_price_of_their_own() {
        let tokens = Tokens { input: 60_000, cached: 40_001, ..Tokens::default() };
        let billed = Billed { tokens, cache_written: 0 };
        assert_eq!(cost_of(Vendor::Claude, "claude-haiku-5-5", billed, "2026-11-21"), 60_000 * 500 + 40_001 * 50);
    }

    #[test]
    fn without_a_price_the_cost_is_none() {
        let tokens = Tokens { input: 1000, ..Tokens::default() };
        assert_eq!(cost_of(Vendor::Openai, "any", Billed { tokens, cache_written: 0 }, "2026-11-21"), 0);
    }
}
