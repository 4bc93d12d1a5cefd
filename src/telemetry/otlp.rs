//! OTLP over HTTP: traces and metrics to a collector, from threads of their own. Nothing here is waited for by a request:
//! what a collector does not take in time is dropped and counted.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{
    ExporterBuildError, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, Temporality};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor,
};

use super::lost::{Reason, Signal, Trouble};
use super::{Config, Secret};
use crate::domain::Environment;

/// Spans that may wait for the collector: some 200 analyses.
const QUEUE: usize = 2048;
/// How long spans are collected before they are sent.
const DELAY: Duration = Duration::from_secs(1);

/// What reads the instruments.
pub(super) type Reader = PeriodicReader<Watched<MetricExporter>>;

/// Who speaks: the service, its version, where it runs.
pub(super) fn resource(config: &Config, environment: Environment) -> Resource {
    let own = [
        KeyValue::new("service.name", config.otel_service_name.clone()),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("deployment.environment.name", environment.as_str()),
    ];
    let given = pairs(config.otel_resource_attributes.as_deref()).map(|(name, value)| KeyValue::new(name, value));
    Resource::builder().with_attributes(own).with_attributes(given).build()
}

/// Makes trace and span ids; sends what is sampled where there is a collector.
pub(super) fn tracer(config: &Config, resource: Resource, faults: &mut Vec<String>) -> SdkTracerProvider {
    let builder = SdkTracerProvider::builder().with_resource(resource);
    let Some(exporter) = usable(spans(config), faults) else { return builder.with_sampler(Sampler::AlwaysOff).build() };
    let share = Sampler::TraceIdRatioBased(config.otel_traces_sampler_arg);
    builder.with_sampler(Sampler::ParentBased(Box::new(share))).with_span_processor(Bounded::new(exporter)).build()
}

/// Reads the instruments now and then and sends what they say; `None` without a collector.
pub(super) fn reader(config: &Config, faults: &mut Vec<String>) -> Option<Reader> {
    let exporter = usable(metrics(config), faults)?;
    let every = Duration::from_millis(config.otel_metric_export_interval.into());
    Some(PeriodicReader::builder(Watched::new(Signal::Metrics, exporter)).with_interval(every).build())
}

/// A collector that cannot be used is a fault to be said; the service runs all the same.
fn usable<T>(built: Option<Result<T, ExporterBuildError>>, faults: &mut Vec<String>) -> Option<T> {
    built?.map_err(|error| faults.push(format!("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: {error}"))).ok()
}

fn spans(config: &Config) -> Option<Result<SpanExporter, ExporterBuildError>> {
    let url = url(config, "traces")?;
    Some(settled(SpanExporter::builder().with_http(), url, config).build())
}

fn metrics(config: &Config) -> Option<Result<MetricExporter, ExporterBuildError>> {
    let url = url(config, "metrics")?;
    let builder = MetricExporter::builder().with_http().with_temporality(Temporality::Cumulative);
    Some(settled(builder, url, config).build())
}

fn settled<B: WithExportConfig + WithHttpConfig>(builder: B, url: String, config: &Config) -> B {
    let headers: HashMap<_, _> = pairs(config.otel_exporter_otlp_headers.as_ref().map(Secret::expose)).collect();
    builder
        .with_endpoint(url)
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(Duration::from_millis(config.otel_exporter_otlp_timeout.into()))
        .with_headers(headers)
}

fn url(config: &Config, signal: &str) -> Option<String> {
    let base = config.otel_exporter_otlp_endpoint.as_deref()?;
    Some(format!("{}/v1/{signal}", base.trim_end_matches('/')))
}

/// `name=value` pairs with commas between them, as the standard variables hold them.
fn pairs(list: Option<&str>) -> impl Iterator<Item = (String, String)> {
    let pairs = list.unwrap_or_default().split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
}

/// An exporter whose failures are counted.
#[derive(Debug)]
pub(super) struct Watched<E> {
    exporter: E,
    trouble: Trouble,
    waiting: Arc<AtomicUsize>,
}

impl<E> Watched<E> {
    fn new(signal: Signal, exporter: E) -> Self {
        Self { exporter, trouble: Trouble::new(signal), waiting: Arc::default() }
    }
}

impl opentelemetry_sdk::trace::SpanExporter for Watched<SpanExporter> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        self.waiting.fetch_sub(count, Ordering::AcqRel);
        let sent = self.exporter.export(batch).await;
        self.trouble.tell(&sent, count);
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl PushMetricExporter for Watched<MetricExporter> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let sent = self.exporter.export(metrics).await;
        self.trouble.tell(&sent, 1);
        sent
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

/// Hands spans to a thread that sends them, as long as not too many wait there: the rest is dropped and counted.
#[derive(Debug)]
struct Bounded {
    batches: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
}

impl Bounded {
    fn new(exporter: SpanExporter) -> Self {
        let exporter = Watched::new(Signal::Spans, exporter);
        let waiting = Arc::clone(&exporter.waiting);
        let limits = BatchConfigBuilder::default().with_max_queue_size(QUEUE).with_scheduled_delay(DELAY).build();
        Self { batches: BatchSpanProcessor::builder(exporter).with_batch_config(limits).build(), waiting }
    }
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.batches.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let place = |waiting| (waiting < QUEUE).then_some(waiting + 1);
        match self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, place) {
            Ok(_) => self.batches.on_end(span),
            Err(_full) => super::lost::count(Signal::Spans, Reason::Queue, 1),
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}
