//! A collector inside the test's process: takes OTLP over HTTP and Sentry's envelopes, and keeps what it was sent.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Mutex;
use std::time::Duration;

use actix_web::web::{Bytes, Data, PayloadConfig, to};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// The running collector; it lives as long as the test's runtime.
pub struct Collector {
    address: SocketAddr,
    state: Data<State>,
}

struct State {
    /// How long it thinks before it answers.
    thinks: Duration,
    got: Mutex<Vec<Got>>,
}

/// One request that it got.
#[derive(Debug, Clone)]
pub struct Got {
    /// Path.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// The body, as it came.
    pub body: Bytes,
}

/// A span, its attributes as text.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The span.
    pub span: Span,
    /// Its attributes.
    pub attributes: HashMap<String, String>,
    /// Those of who sent it.
    pub resource: HashMap<String, String>,
}

impl Seen {
    /// The id of its trace, in hexadecimal digits.
    pub fn trace(&self) -> String {
        hex(&self.span.trace_id)
    }

    /// Its id.
    pub fn id(&self) -> String {
        hex(&self.span.span_id)
    }

    /// The id of the span it is part of; empty where it is the first.
    pub fn parent(&self) -> String {
        hex(&self.span.parent_span_id)
    }
}

impl Collector {
    /// Starts one that answers at once.
    pub fn start() -> Self {
        Self::that_thinks(Duration::ZERO)
    }

    /// Starts one that takes so long to answer.
    pub fn that_thinks(thinks: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Data::new(State { thinks, got: Mutex::default() });
        let shared = state.clone();
        let server = HttpServer::new(move || {
            App::new().app_data(shared.clone()).app_data(PayloadConfig::new(16 << 20)).default_service(to(take))
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(0).listen(listener).unwrap().run();
        tokio::spawn(server);
        Self { address, state }
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What Sentry would call its address here.
    pub fn dsn(&self) -> String {
        format!("http://publickey@{}/42", self.address)
    }

    /// The requests it got on `path`.
    pub fn got(&self, path: &str) -> Vec<Got> {
        self.state.got.lock().unwrap().iter().filter(|got| got.path == path).cloned().collect()
    }

    /// The spans it was sent.
    pub fn spans(&self) -> Vec<Seen> {
        let requests =
            self.got("/v1/traces").into_iter().map(|got| ExportTraceServiceRequest::decode(got.body).unwrap());
        let resources = requests.flat_map(|request| request.resource_spans);
        let spans = resources.flat_map(|of_one| {
            let resource = texts(&of_one.resource.unwrap_or_default().attributes);
            let spans = of_one.scope_spans.into_iter().flat_map(|scope| scope.spans);
            spans.map(move |span| (span, resource.clone())).collect::<Vec<_>>()
        });
        spans.map(|(span, resource)| Seen { attributes: texts(&span.attributes), span, resource }).collect()
    }

    /// The names of the metrics it was sent.
    pub fn metrics(&self) -> Vec<String> {
        let requests =
            self.got("/v1/metrics").into_iter().map(|got| ExportMetricsServiceRequest::decode(got.body).unwrap());
        let scopes = requests.flat_map(|request| request.resource_metrics).flat_map(|of_one| of_one.scope_metrics);
        scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name).collect()
    }
}

async fn take(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    let got = Got { path: request.path().to_owned(), headers: headers.collect(), body };
    state.got.lock().unwrap().push(got);
    tokio::time::sleep(state.thinks).await;
    HttpResponse::Ok().finish()
}

fn texts(attributes: &[KeyValue]) -> HashMap<String, String> {
    attributes.iter().map(|pair| (pair.key.clone(), text(pair.value.as_ref()))).collect()
}

fn text(value: Option<&AnyValue>) -> String {
    let value = value.and_then(|value| value.value.clone());
    if let Some(Value::StringValue(text)) = value {
        text
    } else if let Some(Value::IntValue(number)) = value {
        number.to_string()
    } else {
        format!("{value:?}")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
