//! How far the work has come, in words and as a share of the whole.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Language, Progress, Stage};
use crate::store::Noted;
use crate::texts;

/// What a waiting caller is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Progress)]
pub struct Told {
    stage: &'static str,
    percent: u8,
    message: Cow<'static, str>,
}

impl Told {
    /// Writes `progress` for a reader of `language`.
    pub fn of(progress: Progress, language: Language) -> Self {
        let Progress { stage, .. } = progress;
        Self { stage: stage.as_str(), percent: of_the_whole(progress), message: message(stage, language) }
    }

    /// Writes what was noted for a reader of `language`.
    pub fn noted(noted: &Noted, language: Language) -> Self {
        let stage = Stage::parse(&noted.stage).unwrap_or(Stage::Intake);
        Self { stage: stage.as_str(), percent: noted.percent, message: message(stage, language) }
    }
}

/// The share of the whole work that is done, percent: a stage's own share of the stretch that it commonly takes.
pub fn of_the_whole(Progress { stage, percent }: Progress) -> u8 {
    let (from, to) = match stage {
        Stage::Intake => (0, 5),
        Stage::Media => (5, 50),
        Stage::Provider => (50, 95),
        Stage::Verdict => (95, 100),
    };
    from + u8::try_from(u16::from(to - from) * u16::from(percent.min(100)) / 100).unwrap_or(0)
}

fn message(stage: Stage, language: Language) -> Cow<'static, str> {
    let key = match stage {
        Stage::Intake => "progress-intake",
        Stage::Media => "progress-media",
        Stage::Provider => "progress-provider",
        Stage::Verdict => "progress-verdict",
    };
    texts::say(language, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_the_whole_grows_from_stage_to_stage() {
        let all = Stage::ALL.into_iter().flat_map(|stage| (0..=100).map(move |percent| Progress { stage, percent }));
        let shares: Vec<_> = all.map(of_the_whole).collect();
        assert!(shares.is_sorted());
        assert_eq!((shares.first(), shares.last()), (Some(&0), Some(&100)));
    }
}
