//! Where the service listens, whom it believes, and what it accepts.

use std::net::IpAddr;

use ipnet::IpNet;

/// Settings of the HTTP side.
#[derive(Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "HTTP")]
pub struct Config {
    /// Address to listen on.
    #[arg(long, env = "HOST", default_value = "0.0.0.0")]
    pub host: IpAddr,
    /// Port to listen on; 0 = any free one.
    #[arg(long, env = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// Port of `GET /metrics` (Prometheus text), on the same address; 0 = any free one.
    #[arg(long, env = "METRICS_PORT", default_value_t = 9091)]
    pub metrics_port: u16,
    /// Origins that browsers may call from, separated by commas; nothing else is allowed a browser.
    #[arg(long, env = "CORS_ORIGIN", value_delimiter = ',')]
    pub cors_origin: Vec<String>,
    /// Opens the admin routes to `Authorization: Bearer <token>`; unset, they answer 404. At least 16 characters.
    #[arg(long, env = "ADMIN_TOKEN", hide_env_values = true, value_parser = admin_token)]
    pub admin_token: Option<AdminToken>,
    /// What callers are asked for: nothing, a key in `X-API-Key` (`koalens keys`), or a token of their user.
    #[arg(long, env = "AUTH", value_enum, ignore_case = true, default_value_t = Mode::Off)]
    pub auth: Mode,
    /// Requests a minute, for each user and for each address.
    #[arg(long, env = "RATE_LIMIT_PER_MINUTE", default_value_t = 240, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate_limit_per_minute: u32,
    /// Analyses of pictures an hour, for each address.
    #[arg(long, env = "ANALYSES_PER_HOUR_PER_ADDRESS", default_value_t = 1200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub analyses_per_hour_per_address: u32,
    /// Header that carries the client's address, believed only from `TRUSTED_PROXIES`.
    #[arg(long, env = "CLIENT_IP_HEADER", default_value = "Fly-Client-IP")]
    pub client_ip_header: String,
    /// Networks whose `CLIENT_IP_HEADER` is believed, separated by commas (`172.16.0.0/12,fdaa::/16`).
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,
    /// Largest HTTP body, bytes.
    #[arg(long, env = "MAX_UPLOAD_BYTES", default_value_t = 50 << 20, value_parser = clap::value_parser!(u64).range(1024..=1 << 30))]
    pub max_upload_bytes: u64,
    /// Most pictures in one upload.
    #[arg(long, env = "MAX_IMAGES", default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub max_images: u8,
    /// Time for a whole body to arrive, seconds.
    #[arg(long, env = "UPLOAD_TIMEOUT_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub upload_timeout_seconds: u16,
    /// Time that admitted work has to finish when the service is told to stop, seconds.
    #[arg(long, env = "SHUTDOWN_GRACE_SECONDS", default_value_t = 50, value_parser = clap::value_parser!(u16).range(0..=600))]
    pub shutdown_grace_seconds: u16,
}

/// What callers are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Nothing.
    Off,
    /// A key in `X-API-Key`.
    Keys,
    /// A token of their user in `Authorization: Bearer`.
    Jwt,
}

/// The admin's secret; `Debug` and `Display` hide it.
#[derive(Clone)]
pub struct AdminToken(String);

impl AdminToken {
    /// The secret, for a constant-time comparison.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdminToken(..)")
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("http::Config").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

fn admin_token(text: &str) -> Result<AdminToken, String> {
    if text.len() >= 16 { Ok(AdminToken(text.to_owned())) } else { Err("shorter than 16 characters".to_owned()) }
}
