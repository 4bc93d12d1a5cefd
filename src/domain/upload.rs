//! What a caller asks for: the upload as sent, and their wishes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AnalysisId, Blob, Language, Listener, ProviderName, UserId};

/// Whether an upload claims to be pictures or a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// One or several still pictures.
    Image,
    /// One clip.
    Video,
    /// No media: typed ingredients or text.
    Text,
}

impl MediaKind {
    /// The spelling used on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Text => "text",
        }
    }
}

/// The bytes of an upload, as sent: nothing has been looked at yet.
#[derive(Debug, Clone)]
pub struct Upload {
    /// What the caller says it is; `None` for a part that could be either. Checked against the bytes, never trusted.
    pub claimed: Option<MediaKind>,
    /// One clip, or one to several pictures of the same pack.
    pub files: Vec<Blob>,
}

/// What is to be analysed.
#[derive(Debug, Clone)]
pub enum Content {
    /// A photo, several, or a clip.
    Media(Upload),
    /// Typed: a list of ingredients and/or free label text. Never partial.
    Text {
        /// Ingredients, one an item.
        ingredients: Vec<String>,
        /// Label text.
        text: Option<String>,
    },
}

/// One analysis as asked for.
#[derive(Debug, Clone)]
pub struct AnalysisRequest {
    /// The id that the answer will carry.
    pub id: AnalysisId,
    /// Who asks, if they say.
    pub user: Option<UserId>,
    /// Whether their token says that they are premium.
    pub premium: bool,
    /// What to analyse.
    pub content: Content,
    /// Language of reasons and messages.
    pub language: Language,
    /// Words the user wants to be told about.
    pub watched: Vec<String>,
    /// A provider forced by the caller (already authorised).
    pub forced_provider: Option<ProviderName>,
    /// Whether an admin asks: they may force what is switched off.
    pub by_admin: bool,
    /// Whether the picture that was read is to be returned.
    pub include_label_image: bool,
    /// Who is told how far the work has come.
    pub listener: Listener,
}
