//! The keys of an issuer, kept for a while: fetched when they are old, or when a token names one that is not there.

use std::time::Duration;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, decode_header};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::error::Error;
use super::jwks::{Fetcher, KeysUrl, SetUpError};
use crate::telemetry::events;

/// After which time keys are fetched anew: how long a withdrawn one is taken.
const FRESH_FOR: Duration = Duration::from_secs(600);
/// Time between two tries: tokens that name keys which are nowhere do not make this service ask all the time.
const TRY_EVERY: Duration = Duration::from_secs(10);

pub(super) struct Published {
    fetcher: Fetcher,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: Option<(JwkSet, Instant)>,
    tried: Option<Instant>,
}

impl Published {
    pub fn at(url: KeysUrl) -> Result<Self, SetUpError> {
        Ok(Self { fetcher: Fetcher::new(url)?, kept: Mutex::default() })
    }

    /// The key that `token` is signed with by its own word, and the one algorithm that the key is for.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Forged`] for a key that is not published, [`Error::KeysUnavailable`].
    pub async fn of(&self, token: &str) -> Result<(DecodingKey, Algorithm), Error> {
        let kid = decode_header(token)?.kid;
        // One fetches, the others wait for what it gets.
        let mut kept = self.kept.lock().await;
        let is_fresh = kept.keys.as_ref().is_some_and(|(_, at)| at.elapsed() < FRESH_FOR);
        let is_there = kept.find(kid.as_deref()).is_some();
        if !(is_fresh && is_there) && kept.tried.is_none_or(|at| at.elapsed() >= TRY_EVERY) {
            self.fetch(&mut kept).await;
        }
        if kept.keys.is_none() {
            return Err(Error::KeysUnavailable);
        }
        let key = kept.find(kid.as_deref()).ok_or(Error::Forged)?;
        let algorithm = algorithm(key).ok_or(Error::Forged)?;
        Ok((DecodingKey::from_jwk(key).map_err(|_| Error::Forged)?, algorithm))
    }

    /// Keys that cannot be fetched leave those that there are.
    async fn fetch(&self, kept: &mut Kept) {
        kept.tried = Some(Instant::now());
        match self.fetcher.fetch().await {
            Ok(keys) => kept.keys = Some((keys, Instant::now())),
            Err(failure) => events::background_failed("fetching the keys of JWKS_URL", &failure),
        }
    }
}

impl Kept {
    /// The key of this name; without a name, the only one there is.
    fn find(&self, kid: Option<&str>) -> Option<&Jwk> {
        let (set, _) = self.keys.as_ref()?;
        match (kid, set.keys.as_slice()) {
            (Some(kid), _) => set.find(kid),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }
}

/// What a published key signs with, by its own kind. A shared secret is none that may be published.
fn algorithm(key: &Jwk) -> Option<Algorithm> {
    if key.common.public_key_use.as_ref().is_some_and(|for_what| *for_what != PublicKeyUse::Signature) {
        return None;
    }
    if matches!(&key.algorithm, AlgorithmParameters::RSA(_)) {
        Some(Algorithm::RS256)
    } else if matches!(&key.algorithm, AlgorithmParameters::EllipticCurve(it) if it.curve == EllipticCurve::P256) {
        Some(Algorithm::ES256)
    } else if matches!(&key.algorithm, AlgorithmParameters::OctetKeyPair(_)) {
        Some(Algorithm::EdDSA)
    } else {
        None
    }
}
