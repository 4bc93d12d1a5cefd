//! What keeps the service from starting or serving.

use std::io;

use crate::{ingredients, media, providers, store, tokens};

/// A failed start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database or the data directory.
    #[error("the store cannot be opened")]
    Store(#[from] store::Error),
    /// The media workers.
    #[error("the media workers cannot be started")]
    Media(#[from] media::Error),
    /// The remote readers.
    #[error("the remote readers cannot be set up")]
    Providers(#[from] providers::SetUpError),
    /// The keys of `JWKS_URL`.
    #[error("tokens cannot be checked")]
    Tokens(#[from] tokens::SetUpError),
    /// `LEXICON_OVERLAY`.
    #[error("the lexicon cannot be loaded")]
    Lexicon(#[from] ingredients::OverlayError),
    /// `HOST` with `PORT` or `METRICS_PORT`.
    #[error("port {0} cannot be listened on")]
    Bind(u16, #[source] io::Error),
    /// While serving.
    #[error("the server failed")]
    Serve(#[source] io::Error),
    /// While serving.
    #[error("the server's task died")]
    ServerDied,
}
