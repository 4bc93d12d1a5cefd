//! How far the work on an upload has come, for whoever waits.

use std::fmt;
use std::sync::Arc;

/// A part of the work that says how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The upload has come and waits for a place to be worked on.
    Intake,
    /// The upload is made into pictures.
    Media,
    /// A reader is asked what the pictures say.
    Provider,
    /// What was read, or typed, is decided on.
    Verdict,
}

impl Stage {
    /// Every one, in the order they come in.
    pub const ALL: [Self; 4] = [Self::Intake, Self::Media, Self::Provider, Self::Verdict];

    /// The stage of this spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }

    /// The spelling of the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Media => "media",
            Self::Provider => "provider",
            Self::Verdict => "verdict",
        }
    }
}

/// How far a stage has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which part of the work.
    pub stage: Stage,
    /// 0–100 of this part, never less than was said before.
    pub percent: u8,
}

/// Who is told of progress; by default nobody. Cheap to clone.
#[derive(Clone, Default)]
pub struct Listener(Option<Arc<dyn Fn(Progress) + Send + Sync>>);

impl Listener {
    /// Has `tell` called with every progress, from whatever thread the work is on: it must not block.
    pub fn new(tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    /// Tells of progress.
    pub fn tell(&self, progress: Progress) {
        if let Some(tell) = &self.0 {
            tell(progress);
        }
    }
}

impl Progress {
    /// `stage` begins.
    #[must_use]
    pub fn begins(stage: Stage) -> Self {
        Self { stage, percent: 0 }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Listener(somebody)" } else { "Listener(nobody)" })
    }
}
