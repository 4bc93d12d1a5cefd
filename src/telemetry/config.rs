//! What is logged, traced and reported, how, and to whom.

use std::fmt;

use clap::ValueEnum;
use tracing_subscriber::filter::LevelFilter;

use crate::domain::Environment;

/// Settings of logging, tracing and reporting.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Telemetry")]
pub struct Config {
    /// Least severe level that is logged; `warning` is `warn`.
    #[arg(long, env = "LOG_LEVEL", default_value = "info", ignore_case = true)]
    pub log_level: LogLevel,
    /// One JSON object a line on standard output, or lines for people on standard error.
    #[arg(long, env = "LOG_FORMAT", default_value = "json", ignore_case = true)]
    pub log_format: LogFormat,
    /// Analyses of which each `AI Request` and `AI Response` is logged, percent, without pictures or words of the label;
    /// unset = all in staging, none elsewhere.
    #[arg(long, env = "LOG_AI_PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub log_ai_percent: Option<u8>,
    /// Where traces and metrics are sent: a collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; unset =
    /// nowhere.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_parser = address)]
    pub otel_exporter_otlp_endpoint: Option<String>,
    /// Headers that the collector wants, `name=value` with commas between them.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_HEADERS", hide_env_values = true)]
    pub otel_exporter_otlp_headers: Option<Secret>,
    /// Time for the collector's answer, milliseconds; what it does not take in time is dropped and counted.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_TIMEOUT", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub otel_exporter_otlp_timeout: u32,
    /// Part of the traces that are sent, 0 to 1, where the caller has not decided.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value_t = 1.0, value_parser = part)]
    pub otel_traces_sampler_arg: f64,
    /// How often metrics are sent, milliseconds.
    #[arg(long, env = "OTEL_METRIC_EXPORT_INTERVAL", default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(100..=3_600_000))]
    pub otel_metric_export_interval: u32,
    /// The name of the service in traces and metrics.
    #[arg(long, env = "OTEL_SERVICE_NAME", default_value = "koalens")]
    pub otel_service_name: String,
    /// What else traces and metrics should say of this instance, `name=value` with commas between them.
    #[arg(long, env = "OTEL_RESOURCE_ATTRIBUTES")]
    pub otel_resource_attributes: Option<String>,
    /// Where errors are reported to; unset = nowhere.
    #[arg(long, env = "SENTRY_DSN", hide_env_values = true, value_parser = dsn)]
    pub sentry_dsn: Option<Secret>,
}

impl Config {
    /// How many percent of the analyses log what was asked of a model and what it answered.
    pub(super) fn ai_percent(&self, environment: Environment) -> u8 {
        self.log_ai_percent.unwrap_or(if environment == Environment::Staging { 100 } else { 0 })
    }
}

/// What cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// What it is, for whom it is meant.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

fn address(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is = ["http://", "https://"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    if is { Ok(text.to_owned()) } else { Err("neither http:// nor https://".to_owned()) }
}

fn part(text: &str) -> Result<f64, String> {
    text.trim().parse().ok().filter(|part| (0.0..=1.0).contains(part)).ok_or_else(|| "not between 0 and 1".to_owned())
}

fn dsn(text: &str) -> Result<Secret, String> {
    // It holds a key: what is wrong with it is said without repeating it.
    if super::reports::is_dsn(text.trim()) { Ok(text.into()) } else { Err("not a DSN".to_owned()) }
}
/// Severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// For developers.
    Debug,
    /// What happened.
    Info,
    /// What should be looked at.
    #[value(alias = "warning")]
    Warn,
    /// What failed.
    Error,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Trace => Self::TRACE,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Info => Self::INFO,
            LogLevel::Warn => Self::WARN,
            LogLevel::Error => Self::ERROR,
        }
    }
}

/// Shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}
