//! Whether the models that are asked for are there: looked up at start, in the background, so that an operator hears of a
//! retired one before users do.

use std::time::Duration;

use futures_util::future::join_all;

use super::Providers;
use super::config::Vendor;
use super::models::Day;
use super::remote::Remote;
use crate::telemetry::events;

/// Time for a vendor's answer.
const LIMIT: Duration = Duration::from_secs(10);
/// A model that is about to go is named so long before, milliseconds.
const NOTICE_MS: i64 = 30 * 24 * 3600 * 1000;

/// What a vendor says when it is asked about a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// It is there.
    Lives,
    /// There is no such model.
    Unknown,
    /// Our key is not taken.
    KeyRefused,
    /// A status that says nothing of the model.
    Status(u16),
}

impl Word {
    /// What a status commonly says.
    pub fn of_status(status: u16) -> Self {
        match status {
            200 => Self::Lives,
            404 => Self::Unknown,
            401 | 403 => Self::KeyRefused,
            other => Self::Status(other),
        }
    }
}

/// What is wrong with a model.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    /// It will not answer, or not as itself.
    Gone(String),
    /// Worth knowing, no more.
    Notice(String),
}

impl Providers {
    /// Looks up every model once and says what is wrong. `now_ms` is the wall clock, UTC milliseconds.
    pub async fn look_up_models(&self, now_ms: i64) {
        let all = self.arms.iter().chain(self.special.values().flat_map(|special| special.arms.iter()));
        join_all(all.map(|arm| self.look_up(&arm.remote, now_ms))).await;
    }

    async fn look_up(&self, remote: &Remote, now_ms: i64) {
        let mut troubles = self.by_the_table(remote, now_ms);
        match remote.look_up(LIMIT).await {
            Ok(None | Some(Word::Lives)) => {}
            Ok(Some(Word::Unknown)) => troubles.push(Trouble::Gone("its vendor does not know it".to_owned())),
            Ok(Some(Word::KeyRefused)) => troubles.push(Trouble::Gone("its vendor does not take the key".to_owned())),
            Ok(Some(Word::Status(status))) => {
                troubles.push(Trouble::Notice(format!("its vendor answered {status} when asked about it")));
            }
            Err(failure) => troubles.push(Trouble::Notice(format!("its vendor could not be asked: {}", failure.cause))),
        }
        for trouble in troubles {
            let (Trouble::Gone(why) | Trouble::Notice(why)) = &trouble;
            events::model_in_doubt(remote.name(), remote.model(), why);
            if matches!(trouble, Trouble::Gone(_)) {
                self.mark_troubled(remote.name());
            }
        }
    }

    fn by_the_table(&self, remote: &Remote, now_ms: i64) -> Vec<Trouble> {
        let Some(model) = remote.entry() else { return Vec::new() };
        let mut troubles = Vec::new();
        let listed = Vendor::ALL
            .into_iter()
            .any(|vendor| vendor.name() == remote.name() && self.models.lists(vendor, &model.id));
        if !listed {
            troubles.push(Trouble::Notice("it is not in the table of models: MODELS_FILE can add it".to_owned()));
        }
        if model.prices.is_empty() {
            troubles.push(Trouble::Notice("no price is known: its calls count as free".to_owned()));
        }
        match &model.retires {
            Some(day) if *day < Day::of(now_ms) => {
                troubles.push(Trouble::Gone(format!("it was retired after {}", day.as_str())));
            }
            Some(day) if *day < Day::of(now_ms + NOTICE_MS) => {
                troubles.push(Trouble::Notice(format!("it retires after {}", day.as_str())));
            }
            Some(_) | None => {}
        }
        troubles
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, secret::ApiKey};
    use super::*;

    /// 21 November 2026.
    const NOW_MS: i64 = 1_795_219_200_000;
    const DAY_MS: i64 = 24 * 3600 * 1000;

    fn said(model: &str, now_ms: i64) -> Vec<Trouble> {
        let config = Config {
            gemini_api_key: Some(ApiKey::parse("x").unwrap()),
            gemini_model_name: model.to_owned(),
            ..Config::default()
        };
        let providers = Providers::new(&config, crate::providers::Purse::unlimited()).unwrap();
        providers.by_the_table(&providers.arms[0].remote, now_ms)
    }

    #[test]
    fn a_model_is_named_before_it_retires_and_gone_after() {
        assert_eq!(said("gemini-3.8-flash", NOW_MS), []);
        assert_eq!(said("gemini-2.5-flash", NOW_MS - 60 * DAY_MS), []);
        assert!(matches!(&said("gemini-2.5-flash", NOW_MS)[..], [Trouble::Notice(why)] if why.contains("2026-11-30")));
        assert!(matches!(&said("gemini-2.5-flash", NOW_MS + 9 * DAY_MS)[..], [Trouble::Notice(_)]));
        assert!(matches!(&said("gemini-2.5-flash", NOW_MS + 10 * DAY_MS)[..], [Trouble::Gone(_)]));
    }

    #[test]
    fn a_model_that_the_table_does_not_know_is_named() {
        assert!(
            matches!(&said("gemini-of-tomorrow", NOW_MS)[..], [Trouble::Notice(why)] if why.contains("MODELS_FILE"))
        );
    }
}
