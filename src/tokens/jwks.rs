//! Fetching an issuer's keys: one address, no redirect, little time, a small answer.

use std::fmt;
use std::time::Duration;

use bytes::BytesMut;
use jsonwebtoken::jwk::JwkSet;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// Time for all of it.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Largest set of keys, bytes.
const MAX_BYTES: usize = 256 << 10;

/// Where keys are published.
#[derive(Clone, PartialEq, Eq)]
pub struct KeysUrl(Url);

impl KeysUrl {
    /// Reads an address: https, or http on this machine.
    ///
    /// # Errors
    /// What it may not be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text.trim()).map_err(|_| "not an address such as https://host/path".to_owned())?;
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if here => Ok(Self(url)),
            _ => Err("not https://: whoever is in between could put in keys of their own".to_owned()),
        }
    }
}

impl fmt::Debug for KeysUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.host_str().unwrap_or_default())
    }
}

/// Keys could not be prepared to be fetched.
#[derive(Debug, thiserror::Error)]
#[error("no client to fetch keys with")]
pub struct SetUpError(#[from] reqwest::Error);

/// Why keys could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the connection broke")]
    Broken(#[source] reqwest::Error),
    #[error("answered {0}")]
    Status(u16),
    #[error("larger than a set of keys is")]
    TooLarge,
    #[error("not a set of keys")]
    NoKeys(#[source] serde_json::Error),
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Broken(error.without_url())
    }
}

/// Fetches from one address.
pub(super) struct Fetcher {
    client: Client,
    url: Url,
}

impl Fetcher {
    pub fn new(KeysUrl(url): KeysUrl) -> Result<Self, SetUpError> {
        // Whoever else speaks TLS here uses the same, and minds none that is installed.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("koalens/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, url })
    }

    pub async fn fetch(&self) -> Result<JwkSet, Failure> {
        let mut answer = self.client.get(self.url.clone()).send().await?;
        if answer.status() != 200 {
            return Err(Failure::Status(answer.status().as_u16()));
        }
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await? {
            if body.len() + piece.len() > MAX_BYTES {
                return Err(Failure::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        serde_json::from_slice(&body).map_err(Failure::NoKeys)
    }
}
