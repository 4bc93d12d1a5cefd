//! What a Fly file may say. <https://fly.io/docs/reference/configuration/>

use std::collections::BTreeMap;

use serde::Deserialize;

/// A Fly file as far as this repository uses its keys. Fly ignores keys that it does not know, misspelt ones too, so
/// they are refused here.
#[derive(Clone, Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Fly {
    pub app: String,
    pub primary_region: String,
    pub kill_signal: String,
    pub kill_timeout: String,
    pub build: Build,
    pub deploy: Deploy,
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub mounts: Vec<Mount>,
    pub http_service: HttpService,
    pub metrics: Metrics,
    pub vm: Vec<Machine>,
}

#[derive(Clone, Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Build {
    pub dockerfile: String,
}

#[derive(Clone, Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    pub strategy: String,
    pub release_command: Option<String>,
    pub release_command_timeout: Option<String>,
}

#[derive(Clone, Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    pub source: String,
    pub destination: String,
    pub initial_size: String,
    pub snapshot_retention: u32,
    pub auto_extend_size_threshold: u32,
    pub auto_extend_size_increment: String,
    pub auto_extend_size_limit: String,
}

#[derive(Clone, Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct HttpService {
    pub internal_port: u16,
    pub force_https: bool,
    pub auto_stop_machines: String,
    pub auto_start_machines: bool,
    pub min_machines_running: u32,
    pub concurrency: Concurrency,
    pub checks: Vec<Check>,
}

#[derive(Clone, Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Concurrency {
    pub r#type: String,
    pub soft_limit: u32,
    pub hard_limit: u32,
}

#[derive(Clone, Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub method: String,
    pub path: String,
    pub interval: String,
    pub timeout: String,
    pub grace_period: String,
}

#[derive(Clone, Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    pub port: u16,
    pub path: String,
}

#[derive(Clone, Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub size: String,
    pub memory: String,
}

impl Fly {
    /// Without a volume an SQLite file would be gone with each deploy, so such a file must be for PostgreSQL.
    pub fn is_sqlite(&self) -> bool {
        !self.mounts.is_empty()
    }

    pub fn env(&self, name: &str) -> &str {
        self.env.get(name).map_or("", String::as_str)
    }
}

/// `60s` → 60; anything else is no number of seconds.
pub fn seconds(duration: &str) -> Option<u32> {
    duration.strip_suffix('s')?.parse().ok()
}

/// `2gb` → 2; less than one gibibyte is not spelt so.
pub fn gibibytes(size: &str) -> Option<u32> {
    size.strip_suffix("gb")?.parse().ok()
}

/// The Fly file at `path`, seen from the top of the repository.
pub fn read(path: &str) -> Fly {
    toml::from_str(&super::text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
