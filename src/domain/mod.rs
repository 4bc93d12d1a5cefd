//! The words of the product: what is uploaded, read, decided and kept. No I/O, no clock, no randomness.
//!
//! Every other room speaks in these types. Values are parsed, not validated: a [`UserId`] that exists is well formed.
//! The one type that holds a system resource is [`Blob`]: bytes in anonymous memory, so that an upload can be handed
//! to a worker process by descriptor instead of being copied.

mod analysis;
mod assignment;
mod blob;
mod call;
mod environment;
mod ids;
mod language;
mod month;
mod pictures;
mod reading;
mod status;
mod upload;
mod verdict;

pub use analysis::{Analysis, MediaFacts, Timings};
pub use assignment::{Assignment, AssignmentReason, ProviderName};
pub use blob::Blob;
pub use call::{CallOutcome, CallRole, CircuitState, NanoUsd, ProviderCall, Tokens};
pub use environment::Environment;
pub use ids::{AnalysisId, CounterName, InvalidId, RequestId, UserHash, UserId};
pub use language::Language;
pub use month::Month;
pub use pictures::{EncodedClip, EncodedPicture, Picture, Pictures, Strategy, Tier};
pub use reading::{Legibility, QualityIssue, ReadIngredient, Reading, Source};
pub use status::Status;
pub use upload::{AnalysisRequest, Content, MediaKind, Upload};
pub use verdict::{DecidedBy, Ingredient, Match, Verdict};
