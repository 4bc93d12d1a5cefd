//! The words of the product: what is uploaded, read, decided and kept. No I/O, no clock, no randomness.
//!
//! Every other room speaks in these types. Values are parsed, not validated: a [`UserId`] that exists is well formed.
//! The one type that holds a system resource is [`Blob`]: bytes in anonymous memory, so that an upload can be handed
//! to a worker process by descriptor instead of being copied.

mod analysis;
mod assignment;
mod blob;
mod call;
mod confinement;
mod environment;
mod figures;
mod ids;
mod language;
mod month;
mod path;
mod pictures;
mod progress;
mod quality;
mod reading;
mod rollout;
mod share;
mod sketch;
mod status;
mod upload;
mod verdict;

pub use analysis::{Analysis, MediaFacts, Timings};
pub use assignment::{Assignment, AssignmentReason, Exposure, ProviderName, UnitKind};
pub use blob::Blob;
pub use call::{CallOutcome, CallRole, CircuitState, NanoUsd, ProviderCall, Tokens};
pub use confinement::{Confinement, Landlock};
pub use environment::Environment;
pub use figures::{Figures, measure, pair};
pub use ids::{AnalysisId, CounterName, InvalidId, RequestId, UserHash, UserId};
pub use language::Language;
pub use month::Month;
pub use path::{Escalation, MediaStage, PathStep, Queue};
pub use pictures::{EncodedClip, EncodedPicture, Picture, PictureFormat, PicturePrice, Pictures, Strategy, Tier};
pub use progress::{Listener, Progress, Stage};
pub use quality::Quality;
pub use reading::{Legibility, QualityIssue, ReadIngredient, Reading, Source};
pub use rollout::{Action, Decision, Ground, Measured, Phase, PlanName, Rollout, Step, Yardstick};
pub use share::{NotAShare, Share};
pub use sketch::{RELATIVE_ERROR, Sketch};
pub use status::Status;
pub use upload::{AnalysisRequest, Content, MediaKind, Upload};
pub use verdict::{DecidedBy, Ingredient, Match, Verdict};
