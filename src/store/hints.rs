//! Hints that the rollout was changed by another machine. They only save waiting for the next look: one that is missed
//! does no harm. PostgreSQL alone gives them; the schema tells `koalens_rollout` of every write.

use std::time::Duration;

use sqlx::postgres::PgListener;

use super::{DatabaseUrl, Store};

/// What the schema tells.
const CHANNEL: &str = "koalens_rollout";
/// How long nothing is tried after a connection was lost.
const REST: Duration = Duration::from_secs(10);

/// A connection of its own that listens.
pub struct Hints {
    url: Option<String>,
    listener: Option<PgListener>,
}

impl Store {
    /// Where hints come from; connects when the first is waited for.
    #[must_use]
    pub fn hints(&self) -> Hints {
        let url = match &self.location {
            DatabaseUrl::Postgres(url) => Some(url.clone()),
            DatabaseUrl::Sqlite(_) => None,
        };
        Hints { url, listener: None }
    }
}

impl Hints {
    /// Waits for the next hint: for ever where there are none. A lost connection counts as one, after a rest.
    pub async fn next(&mut self) {
        let Some(url) = &self.url else { return std::future::pending().await };
        let listening = match self.listener.take() {
            Some(listener) => Ok(listener),
            None => listen(url).await,
        };
        match listening {
            Ok(listener) => {
                let heard = self.listener.insert(listener).recv().await;
                if heard.is_err() {
                    self.listener = None;
                    tokio::time::sleep(REST).await;
                }
            }
            Err(_down) => tokio::time::sleep(REST).await,
        }
    }
}

async fn listen(url: &str) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}
