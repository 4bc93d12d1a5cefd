//! Logs and events: what operators see. Told by the other rooms, never asked.
//!
//! Counts go to OpenTelemetry instruments, which [`exposition`] writes as Prometheus text.
//!
//! One function per event in [`events`] writes everything there is to say about it. No picture, key, raw user id or
//! path with a user in it reaches a log: events take domain values, and those that could carry such things are not
//! among their arguments.

mod config;
pub mod events;
mod instruments;

pub use config::{Config, LogFormat, LogLevel};
pub use instruments::{Kind, Row, TABLE, exposition, markdown_table};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

/// Installs the process-wide subscriber: one JSON object a line on standard output with every field, those of the
/// request's span included, at top level; or lines for people. Does nothing when one is installed already.
pub fn init(config: &Config) {
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match config.log_format {
        LogFormat::Json => Box::new(json_layer(std::io::stdout)),
        LogFormat::Pretty => Box::new(fmt::layer().compact().with_writer(std::io::stderr)),
    };
    let installed = tracing_subscriber::registry().with(layer.with_filter(of_ours(config.log_level.into()))).try_init();
    if installed.is_err() {
        tracing::debug!("a subscriber is installed already");
    }
    instruments::install();
}

/// Everything of this program from `level` on, and of the libraries only what is wrong: what they say in passing is
/// about bytes and headers, which are nobody's to read.
fn of_ours(level: LevelFilter) -> Targets {
    let libraries = level.min(LevelFilter::WARN);
    Targets::new().with_default(libraries).with_targets([(env!("CARGO_CRATE_NAME"), level), ("koalens", level)])
}

fn json_layer<W>(writer: W) -> json_subscriber::JsonLayer<Registry, W>
where
    W: for<'w> fmt::MakeWriter<'w> + 'static,
{
    let mut layer = json_subscriber::JsonLayer::new(writer);
    layer
        .with_timer("timestamp", fmt::time::SystemTime)
        .with_level("level")
        .with_target("target")
        .with_flattened_event()
        .with_top_level_flattened_span_list();
    layer
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// The one line that `log` writes within a request while lines of `level` and above are kept.
    fn line(level: LevelFilter, log: impl FnOnce()) -> serde_json::Value {
        serde_json::from_str(text(level, log).trim()).unwrap()
    }

    fn text(level: LevelFilter, log: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = json_layer(move || writer.clone()).with_filter(of_ours(level));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let _inside = events::request_span("req-1").entered();
            log();
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn libraries_are_heard_only_when_something_is_wrong() {
        assert_eq!(text(LevelFilter::TRACE, || tracing::info!(target: "hyper::proto", "flushed 512 bytes")), "");
        assert!(text(LevelFilter::INFO, || tracing::error!(target: "hyper::proto", "broken")).contains("broken"));
    }

    #[test]
    fn a_json_line_carries_event_and_request_fields_at_top_level() {
        let line = line(LevelFilter::INFO, || tracing::info!(provider = "local", "Using AI provider: local"));
        assert_eq!(line["message"], "Using AI provider: local");
        assert_eq!(line["provider"], "local");
        assert_eq!(line["request_id"], "req-1");
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn a_requests_id_is_there_when_only_failures_are_logged() {
        let line = line(LevelFilter::ERROR, events::request_panicked);
        assert_eq!(line["request_id"], "req-1");
    }
}
