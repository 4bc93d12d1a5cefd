//! Bounds and switches of the path.

use clap::ValueEnum;

use super::kept::RedisUrl;
use super::shadow;

/// Settings of admission, deadlines and the path's steps.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Analyses")]
pub struct Config {
    /// Time for one analysis once its body is whole, seconds; the service answers `DEADLINE_EXCEEDED` past it.
    #[arg(long, env = "REQUEST_DEADLINE_SECONDS", default_value_t = 45, value_parser = clap::value_parser!(u16).range(2..=300))]
    pub request_deadline_seconds: u16,
    /// Most of it that decoding may take, seconds.
    #[arg(long, env = "MEDIA_DEADLINE_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=120))]
    pub media_deadline_seconds: u16,
    /// Whether videos are analysed; off answers `VIDEO_DISABLED`.
    #[arg(long, env = "ENABLE_VIDEO_ANALYSIS", default_value_t = true, action = clap::ArgAction::Set,
          value_parser = clap::builder::BoolishValueParser::new())]
    pub enable_video_analysis: bool,
    /// Whether the local reader answers when the assigned one fails.
    #[arg(long, env = "LOCAL_FALLBACK", default_value = "on", ignore_case = true)]
    pub local_fallback: Switch,
    /// Whether a "vegan" read by a remote model is checked against a local reading of the same pictures.
    #[arg(long, env = "VEGAN_SECOND_READING", default_value = "local", ignore_case = true)]
    pub vegan_second_reading: SecondReader,
    /// What happens once 80 % of a budget is taken: `warn` in the log and go on, ask the `cheapest` provider first, or
    /// read `local`ly.
    #[arg(long, env = "BUDGET_AT_80_PERCENT", default_value = "warn", ignore_case = true)]
    pub budget_at_80_percent: Thrift,
    /// What happens once all of a budget is spent: pictures are read `local`ly (whatever `LOCAL_FALLBACK` says), or the
    /// service `refuse`s them with `NO_PROVIDER_AVAILABLE` until the next hour or day begins.
    #[arg(long, env = "BUDGET_AT_100_PERCENT", default_value = "local", ignore_case = true)]
    pub budget_at_100_percent: WhenSpent,
    /// How long a remote model's reading of an upload is kept for whoever sends the same upload again, seconds; 0 = not
    /// at all. Only what the label says is kept, never a picture.
    #[arg(long, env = "ANSWER_CACHE_SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(u32).range(0..=2_592_000))]
    pub answer_cache_seconds: u32,
    /// Memory for such readings, bytes.
    #[arg(long, env = "ANSWER_CACHE_BYTES", default_value_t = 16 << 20, value_parser = clap::value_parser!(u64).range(0..=1 << 34))]
    pub answer_cache_bytes: u64,
    /// A Redis that shares them between machines: `redis://…` or `rediss://…`; unset = each machine keeps its own.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_parser = redis_url)]
    pub redis_url: Option<RedisUrl>,
    /// Analyses that run at once; unset = one per processor.
    #[arg(long, env = "ANALYSES_AT_ONCE", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub analyses_at_once: Option<u16>,
    /// Analyses that may wait for a place; more are answered `OVERLOADED`.
    #[arg(long, env = "ANALYSES_QUEUED", default_value_t = 64, value_parser = clap::value_parser!(u16).range(0..=10_000))]
    pub analyses_queued: u16,
    /// Memory for uploads under way, bytes; unset = 40 % of what the machine (or its container) has.
    #[arg(long, env = "UPLOAD_MEMORY_BYTES", value_parser = clap::value_parser!(u64).range(1 << 20..))]
    pub upload_memory_bytes: Option<u64>,
    /// Picture analyses a user has per calendar month (UTC); unset = no limit.
    #[arg(long, env = "FREE_ANALYSES_PER_MONTH")]
    pub free_analyses_per_month: Option<u32>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type documents it")]
    pub shadow: shadow::Config,
}

fn redis_url(text: &str) -> Result<RedisUrl, String> {
    RedisUrl::parse(text).map_err(str::to_owned)
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// What is done to save money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Thrift {
    /// Say so and go on.
    Warn,
    /// Ask the cheapest provider first.
    Cheapest,
    /// Read locally.
    Local,
}

/// What is done when there is no money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WhenSpent {
    /// Read locally.
    Local,
    /// Refuse.
    Refuse,
}

/// Who reads a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SecondReader {
    /// The local reader.
    Local,
    /// Nobody.
    Off,
}

impl Config {
    /// How many analyses run at once.
    #[must_use]
    pub fn slots(&self) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        self.analyses_at_once.map_or(processors, usize::from)
    }

    /// How much memory uploads may take, bytes.
    #[must_use]
    pub fn upload_memory(&self) -> u64 {
        self.upload_memory_bytes.unwrap_or_else(|| super::memory::machine_limit() / 10 * 4)
    }
}
