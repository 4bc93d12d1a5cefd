//! Logs, metrics, traces and reports: what operators see. Told by the other rooms, never asked.
//!
//! Counts go to OpenTelemetry instruments, which [`exposition`] writes as Prometheus text; spans make the trace of a
//! request; both are sent to a collector (`otlp`) where there is one, and errors to Sentry (`reports`). None of it is
//! ever waited for: what cannot be sent in time is dropped and counted (`lost`).
//!
//! One function per event in [`events`] writes everything there is to say about it. No picture, key, raw user id or
//! path with a user in it reaches a log, a trace or a report: events take domain values, and those that could carry such
//! things are not among their arguments.

mod config;
pub mod events;
mod instruments;
mod lost;
mod otlp;
mod reports;

pub use config::{Config, LogFormat, LogLevel, Secret};
pub use instruments::{Kind, Row, TABLE, exposition, markdown_table};

use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::Subscriber;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::domain::Environment;
use events::Ids;
use reports::Reports;

/// The target of every span: they make traces, and of the log only the request's is part.
const SPANS: &str = "trace";
/// Log lines that may wait to be written: some megabytes.
const LINES: usize = 10_000;
/// Time for what waits to be sent when the service stops.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What is to be sent off before the process ends.
#[must_use]
pub struct Telemetry {
    tracer: SdkTracerProvider,
    reports: Option<Arc<sentry::Client>>,
    lines: WorkerGuard,
}

/// Installs the process-wide subscriber and begins to count. Logs are one JSON object a line on standard output, every
/// field at top level, those of a request with its id and its trace's; or lines for people. Does nothing when one is
/// installed already.
pub fn init(config: &Config, environment: Environment) -> Telemetry {
    // Who sends over TLS here shares the providers' stack.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let mut faults = Vec::new();
    let resource = otlp::resource(config, environment);
    let tracer = otlp::tracer(config, resource.clone(), &mut faults);
    instruments::install(resource, otlp::reader(config, &mut faults));
    lost::begin();
    let reports = config.sentry_dsn.as_ref().and_then(|dsn| Reports::new(dsn, environment, &mut faults));
    let (layer, lines) = log_layer(config.log_format);
    let telemetry = Telemetry { tracer: tracer.clone(), reports: reports.as_ref().map(Reports::client), lines };
    let installed = tracing_subscriber::registry()
        .with(layer.with_filter(of_ours(config.log_level.into())))
        .with(trace_layer(&tracer))
        .with(reports.with_filter(of_ours(LevelFilter::ERROR)))
        .try_init();
    if installed.is_err() {
        tracing::debug!("a subscriber is installed already");
    }
    events::log_ai(config.ai_percent(environment));
    std::panic::set_hook(Box::new(on_panic));
    faults.iter().for_each(|fault| events::start_warning(fault));
    telemetry
}

impl Telemetry {
    /// Sends what waits, for two seconds at most: a collector that is down or slow does not keep the process.
    pub async fn stop(self) {
        let Self { tracer, reports, lines } = self;
        let works: [Box<dyn FnOnce() + Send>; 4] = [
            Box::new(move || drop(lines)),
            Box::new(move || drop(tracer.shutdown_with_timeout(LAST_WORDS))),
            Box::new(instruments::stop),
            Box::new(move || {
                let _in_time = reports.map(|client| client.flush(Some(LAST_WORDS)));
            }),
        ];
        let (done, mut all_done) = mpsc::channel::<()>(1);
        for work in works {
            let done = done.clone();
            // Threads of their own: the runtime would wait for those it knows.
            std::thread::spawn(move || {
                work();
                drop(done);
            });
        }
        drop(done);
        let _in_time = timeout(LAST_WORDS, all_done.recv()).await;
    }
}

/// Says where, and what as far as it can quote nothing: a panic's words may hold what was being worked on.
fn on_panic(panic: &PanicHookInfo<'_>) {
    let at = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    events::panicked(&at, unquoted(panic.payload_as_str().unwrap_or_default()));
}

fn unquoted(words: &str) -> &str {
    words.split(['`', '\'', '"']).next().unwrap_or_default().trim()
}

/// Everything of this program from `level` on, and of the libraries only what is wrong: what they say in passing is
/// about bytes and headers, which are nobody's to read.
fn of_ours(level: LevelFilter) -> Targets {
    let libraries = level.min(LevelFilter::WARN);
    Targets::new().with_default(libraries).with_targets([(env!("CARGO_CRATE_NAME"), level), ("koalens", level)])
}

/// Spans to traces.
fn trace_layer<S>(tracer: &SdkTracerProvider) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer.tracer("koalens"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target(SPANS, LevelFilter::TRACE))
}

/// Writes lines from a thread of its own: who reads them slowly loses some, and keeps nobody waiting.
fn log_layer(format: LogFormat) -> (Box<dyn Layer<Registry> + Send + Sync>, WorkerGuard) {
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(LINES);
    let (writer, guard) = match format {
        LogFormat::Json => builder.finish(std::io::stdout()),
        LogFormat::Pretty => builder.finish(std::io::stderr()),
    };
    lost::watch(writer.error_counter());
    match format {
        LogFormat::Json => (Box::new(json_layer(writer)), guard),
        LogFormat::Pretty => (Box::new(fmt::layer().compact().with_writer(writer)), guard),
    }
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
        .with_flattened_event();
    layer.add_from_extension_ref::<Ids, _, _>("request_id", |ids| Some(&ids.request));
    layer.add_from_extension_ref::<Ids, _, _>("trace_id", |ids| ids.trace.as_ref());
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
            let inbound = events::Inbound {
                request_id: "req-1",
                method: "POST",
                route: "/analyze",
                traceparent: None,
                tracestate: None,
            };
            let _inside = events::request_span(&inbound).entered();
            log();
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_panics_words_are_cut_where_they_begin_to_quote() {
        assert_eq!(
            unquoted("index out of bounds: the len is 3 but the index is 5"),
            "index out of bounds: the len is 3 but the index is 5"
        );
        assert_eq!(
            unquoted("byte index 1 is not a char boundary; it is inside 'ö' of `Vatten, ägg`"),
            "byte index 1 is not a char boundary; it is inside"
        );
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
