//! `koalens keys …`: who may call while `AUTH=keys`. Running instances follow within seconds.

use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Subcommand;

use crate::app::Settings;
use crate::pipeline::Clock;
use crate::store::{self, ApiKey, Store, hash_of};

/// What a key begins with, so that scanners for lost secrets can tell it.
const PREFIX: &str = "koalens_";

#[derive(Subcommand)]
pub(super) enum Task {
    /// Make a key and print it, once: it is kept as a hash alone.
    Add {
        /// Whose it is. A name is used once, also after its key was revoked.
        #[arg(value_parser = name)]
        name: String,
        /// Requests a minute.
        #[arg(long, default_value_t = 240, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        per_minute: u32,
    },
    /// List names and rates.
    List,
    /// Take a key no more.
    Revoke {
        /// Whose it is.
        name: String,
    },
}

pub(super) async fn run(settings: Settings, task: Task) -> ExitCode {
    let store = match Store::open(&settings.store, rand::random()).await {
        Ok(store) => store,
        Err(error) => return super::fail(&error),
    };
    let done = carry_out(&store, task).await;
    store.close().await;
    match done {
        Ok(Ok(said)) => super::say(&said),
        Ok(Err(refused)) => super::complain(&refused),
        Err(error) => super::fail(&error),
    }
}

/// What to say, or why it was refused.
async fn carry_out(store: &Store, task: Task) -> Result<Result<String, String>, store::Error> {
    let now_ms = Clock::System.now_ms();
    Ok(match task {
        Task::Add { name, per_minute } => {
            let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
            let key = ApiKey { name, hash: hash_of(&secret), per_minute, created_at_ms: now_ms, revoked_at_ms: None };
            let added = store.add_api_key(&key).await?;
            if added { Ok(secret) } else { Err(format!("the name {} is taken", key.name)) }
        }
        Task::List => Ok(list(&store.api_keys().await?)),
        Task::Revoke { name } => {
            let revoked = store.revoke_api_key(&name, now_ms).await?;
            if revoked { Ok(format!("{name} is revoked")) } else { Err(format!("no key in use is named {name}")) }
        }
    })
}

fn list(keys: &[ApiKey]) -> String {
    let line = |key: &ApiKey| {
        let state = if key.revoked_at_ms.is_some() { "revoked" } else { "in use" };
        format!("{:<40} {:>7}/min  {state}\n", key.name, key.per_minute)
    };
    keys.iter().map(line).collect()
}

fn name(text: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    if fits { Ok(text.to_owned()) } else { Err("1–64 of letters, digits, `.`, `-` and `_`".to_owned()) }
}
