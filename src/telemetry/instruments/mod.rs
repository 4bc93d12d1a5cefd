//! Every instrument: its name, its labels, its unit and its help, in one table. Names are the same in Prometheus text
//! and in OTLP: nothing is added to them.

mod handles;
mod process;

use std::sync::OnceLock;

use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{MeterProviderBuilder, SdkMeterProvider};
use prometheus::{Encoder, Registry, TextEncoder};

use super::otlp::Reader;
use crate::domain::Escalation;
pub use handles::Kind;
use handles::{Amount, Count, Models, Spread, State};
pub(super) use handles::{Label, Level};
use process::{Cpu, MostFiles, Observed, OpenFiles, Resident, Started};

/// One instrument.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name in Prometheus text and in OTLP.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// Its unit (UCUM).
    pub unit: &'static str,
    /// What it says.
    pub help: &'static str,
}

macro_rules! instruments {
    ($($field:ident: $handle:ty = $name:literal $labels:tt $unit:literal $help:literal;)*) => {
        /// The instruments.
        pub(in crate::telemetry) struct Instruments {
            $(pub $field: $handle,)*
            /// The models that have a name of their own.
            pub models: Models,
        }

        /// Every instrument, in the order in which they are documented.
        pub const TABLE: &[Row] = &[$(
            Row { name: $name, kind: <$handle>::KIND, labels: &$labels, unit: $unit, help: $help },
        )*];

        impl Instruments {
            fn new(meter: &Meter) -> Self {
                let mut rows = TABLE.iter();
                Self {
                    $($field: <$handle>::new(meter, rows.next().unwrap_or(&TABLE[0]), $labels),)*
                    models: Models::default(),
                }
            }

            /// Lets every series exist whose labels are known.
            fn begin(&self) {
                $(self.$field.begin();)*
            }

            #[cfg(test)]
            fn touch(&self) {
                $(self.$field.touch();)*
            }
        }
    };
}

instruments! {
    requests: Count<2> = "api_requests_total" ["route", "status"] "{request}"
        "Requests answered, by route template and status.";
    errors: Count<1> = "api_errors_total" ["code"] "{request}"
        "Requests answered with an error, by its code; the callers' own faults are among them.";
    request_seconds: Spread<1> = "api_request_duration_seconds" ["route"] "s"
        "Time from a request's head to its answer, by route template.";
    panics: Count<0> = "api_panics_total" [] "{panic}"
        "Panics: each is a fault in the program.";

    running: Level<1> = "admission_running" ["queue"] "{analysis}"
        "Analyses that have a place to work, by queue (media, text).";
    waiting: Level<1> = "admission_waiting" ["queue"] "{analysis}"
        "Analyses that wait for a place.";
    slots: State<1> = "admission_slots" ["queue"] "{analysis}"
        "Places to work.";
    queue_limit: State<1> = "admission_queue_limit" ["queue"] "{analysis}"
        "Places to wait.";
    refused: Count<1> = "admission_refused_total" ["queue"] "{analysis}"
        "Analyses refused because the queue was full, or because no place came free in time.";
    wait_seconds: Spread<1> = "admission_wait_seconds" ["queue"] "s"
        "Time an analysis waited for a place.";
    upload_memory: Level<0> = "upload_memory_bytes" [] "By"
        "Memory reserved for uploads under way.";
    upload_memory_limit: State<0> = "upload_memory_limit_bytes" [] "By"
        "Memory set aside for uploads.";
    upload_memory_refused: Count<0> = "upload_memory_refused_total" [] "{request}"
        "Uploads refused because that memory was taken.";

    videos: Count<0> = "video_analysis_requests_total" [] "{analysis}"
        "Analyses of clips that were asked for.";
    assignments: Count<2> = "analysis_assignments_total" ["provider", "reason"] "{analysis}"
        "Analyses by the reader they were assigned to, and the rule that chose it.";
    verdicts: Count<2> = "analysis_verdicts_total" ["status", "provider"] "{analysis}"
        "Analyses decided, by verdict and by who read.";
    confidence: Spread<0> = "analysis_confidence" [] "1"
        "How sure verdicts are, 0 to 1.";
    escalations: Count<1> = "analysis_escalations_total" ["reason"] "{analysis}"
        "Verdicts that took more than one reading: vegan_check (a second reading was made), vegan_overruled (it found something), check_failed (it could not be made).";
    records_lost: Count<0> = "analysis_records_lost_total" [] "{analysis}"
        "Analyses that could be kept neither in the database nor on disk.";

    media_seconds: Spread<1> = "media_seconds" ["stage"] "s"
        "Time of a media stage (prepare, encode, read), waiting for a worker included.";
    tokens_saved: Spread<0> = "media_tokens_saved_ratio" [] "1"
        "Part of the tokens saved by what a remote reader was shown of a clip, against the clip itself at one frame of 280 tokens a second.";
    pool_size: State<1> = "worker_pool_size" ["role"] "{process}"
        "Media workers that may work at once, by role (prepare, read).";
    pool_ready: Level<1> = "worker_pool_ready" ["role"] "{process}"
        "Media workers that wait for a job.";
    pool_busy: Level<1> = "worker_pool_busy" ["role"] "{process}"
        "Media workers at work.";
    worker_start_failures: Count<1> = "worker_start_failures_total" ["role"] "{process}"
        "Media workers that could not be started.";

    provider_requests: Count<2> = "ai_provider_requests_total" ["provider", "model"] "{call}"
        "Attempts at a reader, and calls that its open circuit refused.";
    provider_failures: Count<2> = "ai_provider_failures_total" ["provider", "kind"] "{call}"
        "Those of them that gave no reading, by kind.";
    provider_seconds: Spread<1> = "ai_provider_response_time_seconds" ["provider"] "s"
        "Time of an attempt at a reader.";
    provider_tokens: Count<3> = "ai_provider_tokens_total" ["provider", "model", "kind"] "{token}"
        "Tokens used, by kind (input, cached, output, thinking).";
    provider_cost: Amount<2> = "ai_provider_cost_usd_total" ["provider", "model"] "USD"
        "What attempts cost by the price table, US dollars.";
    fallbacks: Count<2> = "ai_provider_fallbacks_total" ["provider", "serving"] "{analysis}"
        "Analyses answered by another reader than the assigned one: provider is the assigned one, serving who answered.";
    circuit: State<1> = "circuit_breaker_state" ["provider"] "1"
        "Circuit of a provider: 0 closed, 1 half-open, 2 open.";

    cache_hits: Count<0> = "answer_cache_hits_total" [] "{analysis}"
        "Uploads whose reading was kept from before.";
    cache_misses: Count<0> = "answer_cache_misses_total" [] "{analysis}"
        "Uploads whose reading was looked for and not found.";
    cache_bytes: State<0> = "answer_cache_bytes" [] "By"
        "Memory that kept readings take.";
    cache_limit: State<0> = "answer_cache_limit_bytes" [] "By"
        "Memory that they may take.";
    shared_cache_failures: Count<0> = "answer_cache_shared_failures_total" [] "{call}"
        "Times that the cache which machines share did not answer.";

    budget_limit: State<1> = "budget_limit_usd" ["period"] "USD"
        "What may be spent in a period (day, hour), all machines together, US dollars.";
    budget_taken: State<0> = "budget_taken_ratio" [] "1"
        "Part of the fullest budget that all machines together have leased or spent, 0 to 1.";
    budget_leased: Amount<0> = "budget_leased_usd_total" [] "USD"
        "What this instance has leased from the budgets, US dollars.";
    budget_returned: Amount<0> = "budget_returned_usd_total" [] "USD"
        "What this instance gave back unspent, US dollars.";
    budget_refusals: Count<1> = "budget_refusals_total" ["provider"] "{call}"
        "Calls not made because the budget was spent.";

    spool_records: State<0> = "spool_records" [] "{record}"
        "Records on disk that wait for the database.";
    spool_bytes: State<0> = "spool_bytes" [] "By"
        "Bytes they take.";
    spool_limit: State<0> = "spool_limit_bytes" [] "By"
        "Bytes they may take.";
    spool_set_aside: Count<0> = "spool_set_aside_total" [] "{record}"
        "Records that the database will never take.";
    background_failures: Count<1> = "background_failures_total" ["task"] "{run}"
        "Runs of background work that failed; each is tried again.";

    rollout_percentage: State<0> = "rollout_percentage" [] "%"
        "Part of the units that the new reader is given, percent.";
    rollout_stage: State<0> = "rollout_stage" [] "1"
        "Which step of its plan the rollout is in, from 1; 0 without a rollout.";
    rollout_phase: State<1> = "rollout_phase" ["phase"] "1"
        "1 for what the rollout is doing, 0 for what it is not.";

    _cpu: Observed<Cpu> = "process_cpu_seconds_total" [] "s"
        "Processor time of the service's own process, its media workers left out.";
    _resident: Observed<Resident> = "process_resident_memory_bytes" [] "By"
        "Resident memory of the service's own process.";
    _open_files: Observed<OpenFiles> = "process_open_fds" [] "{file}"
        "File descriptors in use.";
    _most_files: Observed<MostFiles> = "process_max_fds" [] "{file}"
        "File descriptors that may be in use.";
    _started: Observed<Started> = "process_start_time_seconds" [] "s"
        "When the process started, seconds since 1970.";
    info: State<1> = "service_info" ["version"] "1"
        "1, with the version that runs.";
    telemetry_lost: Count<2> = "telemetry_lost_total" ["signal", "reason"] "{item}"
        "What operators will not see: spans, metrics, log lines or reports dropped rather than waited for.";
}

/// The table as operators read it, in Markdown.
#[must_use]
pub fn markdown_table() -> String {
    let mut table = String::from("| name | type | unit | labels | what it says |\n|---|---|---|---|---|\n");
    for Row { name, kind, labels, unit, help } in TABLE {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        table.push_str(&format!("| `{name}` | {} | {unit} | {} | {help} |\n", kind.as_str(), labels.join(", ")));
    }
    table
}

static INSTALLED: OnceLock<Installed> = OnceLock::new();
static SILENT: OnceLock<Instruments> = OnceLock::new();

struct Installed {
    registry: Registry,
    instruments: Instruments,
    provider: SdkMeterProvider,
}

/// Begins to count. Only the first call has an effect.
pub(super) fn install(resource: Resource, sender: Option<Reader>) {
    let Some((registry, provider)) = meters(resource, sender) else { return };
    let instruments = Instruments::new(&provider.meter("koalens"));
    instruments.begin();
    Escalation::ALL.into_iter().for_each(|why| instruments.escalations.add(0, [why.as_str().into()]));
    instruments.info.set(1.0, [env!("CARGO_PKG_VERSION").into()]);
    let _already = INSTALLED.set(Installed { registry, instruments, provider });
}

/// Sends the last reading, where it is sent anywhere.
pub(super) fn stop() {
    if let Some(installed) = INSTALLED.get() {
        // What fails here is counted where nobody will look any more.
        let _sent = installed.provider.shutdown();
    }
}

fn meters(resource: Resource, sender: Option<Reader>) -> Option<(Registry, SdkMeterProvider)> {
    let registry = Registry::new();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .without_target_info()
        .without_units()
        .without_counter_suffixes()
        .scope_info_enabled(false)
        .build()
        .inspect_err(|error| tracing::error!(cause = %error, "nothing will be counted"))
        .ok()?;
    let builder = SdkMeterProvider::builder().with_resource(resource).with_reader(exporter);
    let builder = sender.into_iter().fold(builder, MeterProviderBuilder::with_reader);
    Some((registry, builder.build()))
}

/// The instruments in force; silent ones before [`install`].
pub(super) fn get() -> &'static Instruments {
    match INSTALLED.get() {
        Some(installed) => &installed.instruments,
        None => SILENT.get_or_init(|| Instruments::new(&opentelemetry::global::meter("koalens"))),
    }
}

/// Everything counted so far, as Prometheus text; empty before counting began.
#[must_use]
pub fn exposition() -> Vec<u8> {
    super::lost::count_lines();
    INSTALLED.get().map(|installed| write(&installed.registry)).unwrap_or_default()
}

fn write(registry: &Registry) -> Vec<u8> {
    let mut text = Vec::new();
    if let Err(error) = TextEncoder::new().encode(&registry.gather(), &mut text) {
        tracing::error!(cause = %error, "metrics cannot be written");
    }
    text
}

#[cfg(test)]
mod tests;
