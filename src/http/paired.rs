//! The comparison on the same pictures, as `/ab/comparison` tells it.

use serde_json::{Map, Value, json};

use super::comparison::evidence;
use crate::experiment::paired::Paired;

/// Counts of pairs, what befell one arm alone, and the differences within pairs.
pub(super) fn written(told: &Paired, alpha: f64) -> Value {
    let mut members = Map::new();
    members.insert("pairs".to_owned(), json!(told.pairs));
    members.insert("answered".to_owned(), json!(told.answered));
    members.insert("verdictsDiffer".to_owned(), json!(told.verdicts_differ));
    for it in told.discordant {
        let value = json!({"onlyNew": it.only_new, "onlyOld": it.only_old, "e": evidence(it.ln_evidence),
            "threshold": 1.0 / alpha});
        members.insert(it.name.to_owned(), value);
    }
    for it in told.differences {
        let end = |of: fn(&crate::experiment::statistics::sequence::Interval) -> f64| it.interval.as_ref().map(of);
        let value = json!({"difference": end(|it| it.difference), "low": end(|it| it.low), "high": end(|it| it.high),
            "alpha": alpha, "n": told.answered});
        members.insert(it.name.to_owned(), value);
    }
    Value::Object(members)
}
