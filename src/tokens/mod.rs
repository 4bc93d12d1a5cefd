//! Tokens of users (JWT): whether one is genuine, whom it names, and whether it makes them premium.
//!
//! They are signed with one shared secret (HS256, as Supabase issues them) or with keys that their issuer publishes
//! (JWKS). Which algorithms are taken is said by what is configured, never by the token: a shared secret takes HS256
//! alone, published keys never do. What this room never does: issue a token, keep one, or show one in a log.

mod config;
mod error;
mod jwks;
mod published;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::Value;

pub use config::Config;
pub use error::Error;
pub use jwks::SetUpError;

use crate::domain::UserId;
use published::Published;

/// Longest token that is looked at, bytes: what a server takes as headers is no larger by much.
const MAX_TOKEN_BYTES: usize = 8 << 10;

/// Who a genuine token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Its subject.
    pub user: UserId,
    /// Whether it says that they are premium.
    pub premium: bool,
}

/// Checks tokens. Share it behind an `Arc`.
pub struct Tokens {
    keys: Keys,
    rules: Validation,
    premium_claim: String,
}

enum Keys {
    Shared(DecodingKey),
    Published(Published),
}

/// What is read of a token; the rest of it is checked by the library.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

impl Tokens {
    /// Sets the checks up; `None` where neither a secret nor an address of keys is configured.
    ///
    /// # Errors
    /// When keys are to be fetched and no client can be made.
    pub fn new(config: &Config) -> Result<Option<Self>, SetUpError> {
        let (keys, algorithms) = match (&config.jwt_secret, &config.jwks_url) {
            (Some(secret), _) => (Keys::Shared(DecodingKey::from_secret(secret.bytes())), vec![Algorithm::HS256]),
            (None, Some(url)) => (Keys::Published(Published::at(url.clone())?), Vec::new()),
            (None, None) => return Ok(None),
        };
        let mut rules = Validation::new(Algorithm::HS256);
        rules.algorithms = algorithms;
        rules.leeway = config.jwt_leeway_seconds.into();
        rules.validate_nbf = true;
        rules.set_audience(&[&config.jwt_audience]);
        let mut required = vec!["exp", "sub", "aud"];
        if let Some(issuer) = &config.jwt_issuer {
            rules.set_issuer(&[issuer]);
            required.push("iss");
        }
        rules.set_required_spec_claims(&required);
        Ok(Some(Self { keys, rules, premium_claim: config.jwt_premium_claim.clone() }))
    }

    /// Checks a token.
    ///
    /// # Errors
    /// Why it is not taken; [`Error::KeysUnavailable`] is nobody's fault here.
    pub async fn check(&self, token: &str) -> Result<Bearer, Error> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Error::Malformed);
        }
        let claims = match &self.keys {
            Keys::Shared(key) => decode::<Claims>(token, key, &self.rules)?.claims,
            Keys::Published(keys) => {
                let (key, algorithm) = keys.of(token).await?;
                let rules = Validation { algorithms: vec![algorithm], ..self.rules.clone() };
                decode::<Claims>(token, &key, &rules)?.claims
            }
        };
        let user = UserId::parse(&claims.sub).map_err(|_| Error::Malformed)?;
        Ok(Bearer { user, premium: self.says_premium(&claims.others) })
    }

    /// The claim may lie deeper: `app_metadata.premium`.
    fn says_premium(&self, claims: &serde_json::Map<String, Value>) -> bool {
        let mut names = self.premium_claim.split('.');
        let first = names.next().and_then(|name| claims.get(name));
        names.fold(first, |found, name| found?.get(name)) == Some(&Value::Bool(true))
    }
}

#[cfg(test)]
mod tests;
