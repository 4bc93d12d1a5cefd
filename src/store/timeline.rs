//! The sums of a window of time, bin by bin: what a drawing over time needs.

use std::collections::BTreeMap;

use crate::domain::Figures;

use super::tally::HOUR_MS;
use super::{Error, Store};

/// The sums of each arm by the beginning of their bin, UTC milliseconds; bins in which nothing happened are left out.
pub type Timeline = BTreeMap<i64, BTreeMap<String, Figures>>;

impl Store {
    /// Sums of the analyses whose first attempt began from `from_ms` to before `to_ms`, by bins of `bin_ms` (whole
    /// minutes; `from_ms` is the beginning of the first) and assigned arm. Response times are left out.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn timeline(&self, from_ms: i64, to_ms: i64, bin_ms: i64) -> Result<Timeline, Error> {
        let scope = if bin_ms % HOUR_MS == 0 && from_ms % HOUR_MS == 0 { "hour" } else { "minute" };
        let reading = self.database.bounded(async {
            let select = sqlx::query_as(
                "SELECT slot, arm, measure, CAST(SUM(n) AS BIGINT) FROM tallies
                 WHERE scope = $1 AND slot >= $2 AND slot < $3 AND arm NOT LIKE '%:%'
                     AND measure NOT LIKE 'ms.%'
                 GROUP BY slot, arm, measure",
            );
            let rows: Vec<(i64, String, String, i64)> =
                select.bind(scope).bind(from_ms).bind(to_ms).fetch_all(&mut *self.database.read().await?).await?;
            let mut bins = Timeline::new();
            for (slot, arm, measure, n) in rows {
                let begin = from_ms + (slot - from_ms).div_euclid(bin_ms) * bin_ms;
                bins.entry(begin).or_default().entry(arm).or_default().add(&measure, n);
            }
            Ok(bins)
        });
        reading.await
    }
}
