//! Whether an answer was of any use, beside whether it came.

use serde::{Deserialize, Serialize};

/// What the answer of a reader was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quality {
    /// It said nothing of a label it could read, invented names, left out an animal word, or contradicted the lexicon.
    pub unusable: bool,
    /// Ingredients that both the model and the lexicon judged.
    pub judged: u32,
    /// Those of them judged alike.
    pub agreed: u32,
}
