//! Whose tokens are taken.

use std::fmt;

pub use super::jwks::KeysUrl;

/// Shortest secret: what HS256 needs to be as strong as its hash (RFC 7518, 3.2).
const MIN_SECRET_BYTES: usize = 32;

/// Settings of users' tokens; they count while `AUTH=jwt`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Tokens")]
pub struct Config {
    /// Secret that tokens are signed with (HS256), as Supabase shows it; at least 32 bytes.
    #[arg(long, env = "JWT_SECRET", hide_env_values = true, value_parser = Secret::parse)]
    pub jwt_secret: Option<Secret>,
    /// Where the issuer publishes its keys (JWKS; RS256, ES256 or EdDSA); https, or http on this machine.
    #[arg(long, env = "JWKS_URL", value_parser = KeysUrl::parse)]
    pub jwks_url: Option<KeysUrl>,
    /// Audience that a token must be for.
    #[arg(long, env = "JWT_AUDIENCE", default_value = "authenticated")]
    pub jwt_audience: String,
    /// Issuer that a token must be from; unset = any that has the key.
    #[arg(long, env = "JWT_ISSUER")]
    pub jwt_issuer: Option<String>,
    /// How far the issuer's clock may be from this machine's, seconds.
    #[arg(long, env = "JWT_LEEWAY_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(0..=600))]
    pub jwt_leeway_seconds: u16,
    /// Claim that is `true` for premium users, dots between its levels. It must be one that users cannot write.
    #[arg(long, env = "JWT_PREMIUM_CLAIM", default_value = "app_metadata.premium")]
    pub jwt_premium_claim: String,
}

impl Config {
    /// Whether there is anything to check tokens with.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.jwt_secret.is_some() || self.jwks_url.is_some()
    }

    /// What does not fit together, one sentence each.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let both = self.jwt_secret.is_some() && self.jwks_url.is_some();
        let fault = || "JWT_SECRET and JWKS_URL: tokens are signed in one way, set one of them".to_owned();
        both.then(fault).into_iter().collect()
    }
}

/// A shared secret; `Debug` hides it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Reads a secret.
    ///
    /// # Errors
    /// That it is too short.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() >= MIN_SECRET_BYTES { Ok(Self(text.to_owned())) } else { Err("shorter than 32 bytes".to_owned()) }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
