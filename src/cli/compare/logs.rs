//! Figures from exported logs: one JSON object a line, as the service writes them, with or without a prefix such as
//! `fly logs` puts before each. The lines of one request belong together; they are counted as the store counts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::domain::{
    Assignment, AssignmentReason, CallOutcome, CallRole, Figures, NanoUsd, ProviderCall, ProviderName, Status, Tokens,
};
use crate::store::{ArmAndModel, figures_of};

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: nothing can be read from it", path.display())]
pub(super) struct Unreadable {
    path: PathBuf,
    source: std::io::Error,
}

/// What is known of a line; most lines have only some of it.
#[derive(Debug, Deserialize)]
struct Line {
    timestamp: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    analysis_id: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    role: Option<CallRole>,
    outcome: Option<CallOutcome>,
    #[serde(alias = "ms")]
    provider_ms: Option<u32>,
    status: Option<Status>,
    verdict: Option<Status>,
    input_tokens: Option<u32>,
    cached_tokens: Option<u32>,
    output_tokens: Option<u32>,
    thinking_tokens: Option<u32>,
    cost_usd: Option<f64>,
}

/// One request as its lines tell it.
#[derive(Debug, Default)]
struct Request {
    /// Its attempts.
    calls: Vec<ProviderCall>,
    /// The same with what they used, where that is logged: of some requests, or all.
    told: Vec<ProviderCall>,
    /// Who answered, in the words of the line about the verdict.
    answered: Option<ProviderCall>,
    status: Option<Status>,
}

/// The message of a line with what a call used.
const TOLD: &str = "AI Response";

/// The figures of all files together, by provider and model; lines outside `window` (UTC milliseconds) and those about
/// anything else are left out.
///
/// # Errors
/// The first file that cannot be read.
pub(super) fn read(
    files: &[PathBuf],
    window: &Range<Option<i64>>,
) -> Result<BTreeMap<ArmAndModel, Figures>, Unreadable> {
    let mut requests: BTreeMap<String, Request> = BTreeMap::new();
    for path in files {
        let fail = |source| Unreadable { path: path.clone(), source };
        let lines = BufReader::new(File::open(path).map_err(fail)?).split(b'\n');
        for (number, line) in lines.enumerate() {
            let line = line.map_err(fail)?;
            if let Some(line) = parse(&String::from_utf8_lossy(&line)) {
                add(&mut requests, path, number, &line, window);
            }
        }
    }
    let mut figures: BTreeMap<ArmAndModel, Figures> = BTreeMap::new();
    for (arm, sums) in requests.into_values().filter_map(Request::figures) {
        figures.entry(arm).or_default().merge(&sums);
    }
    Ok(figures)
}

/// The object in a line, whatever stands before it.
fn parse(line: &str) -> Option<Line> {
    serde_json::from_str(line[line.find('{')?..].trim_end()).ok()
}

fn add(requests: &mut BTreeMap<String, Request>, path: &Path, number: usize, line: &Line, window: &Range<Option<i64>>) {
    let at_ms = line.timestamp.as_deref().and_then(moment);
    let early = window.start.zip(at_ms).is_some_and(|(from, at)| at < from);
    let late = window.end.zip(at_ms).is_some_and(|(to, at)| at >= to);
    let Some(provider) = line.provider.as_deref().and_then(ProviderName::parse).filter(|_| !early && !late) else {
        return;
    };
    // The same request in two files is one; a line without a request is one by itself.
    let alone = || format!("{}:{number}", path.display());
    let id = line.request_id.clone().or_else(|| line.analysis_id.clone()).unwrap_or_else(alone);
    let call = ProviderCall {
        started_at_ms: at_ms.unwrap_or_default() - i64::from(line.provider_ms.unwrap_or_default()),
        step: None,
        serving: provider,
        role: line.role.unwrap_or(CallRole::Primary),
        outcome: line.outcome.unwrap_or(CallOutcome::Ok),
        requested_model: line.model.clone().unwrap_or_default(),
        served_model: None,
        prompt_hash: None,
        provider_ms: line.provider_ms.unwrap_or_default(),
        tokens: line.tokens(),
        cost: line.cost(),
    };
    if line.role == Some(CallRole::Shadow) {
        return;
    }
    let is_told = line.message.as_deref() == Some(TOLD);
    let is_attempt = line.outcome.is_some() && line.role.is_some();
    let is_verdict = line.status.is_some() && line.provider_ms.is_some();
    if is_told || is_attempt || is_verdict {
        let request = requests.entry(id).or_default();
        request.status = line.status.or(line.verdict).or(request.status);
        if is_told {
            request.told.push(call);
        } else if is_attempt {
            request.calls.push(call);
        } else {
            request.answered = Some(call);
        }
    }
}

impl Line {
    fn tokens(&self) -> Tokens {
        Tokens {
            input: self.input_tokens.unwrap_or_default(),
            cached: self.cached_tokens.unwrap_or_default(),
            output: self.output_tokens.unwrap_or_default(),
            thinking: self.thinking_tokens.unwrap_or_default(),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a cost is far below the largest number")]
    fn cost(&self) -> NanoUsd {
        NanoUsd((self.cost_usd.unwrap_or_default() * 1e9).round() as i64)
    }
}

impl Request {
    /// Counted for the provider that was asked first.
    fn figures(mut self) -> Option<(ArmAndModel, Figures)> {
        let used = self.told.iter().find(|call| call.outcome == CallOutcome::Ok).cloned();
        if self.calls.is_empty() {
            self.calls = if self.told.is_empty() { self.answered.into_iter().collect() } else { self.told };
        } else if let Some(used) = used {
            let ok = |call: &&mut ProviderCall| call.serving == used.serving && call.outcome == CallOutcome::Ok;
            if let Some(call) = self.calls.iter_mut().rfind(ok) {
                (call.tokens, call.cost) = (used.tokens, used.cost);
            }
        }
        self.calls.sort_by_key(|call| call.started_at_ms);
        let first = self.calls.iter().find(|call| call.role == CallRole::Primary)?;
        let (arm, model) = (first.serving, first.requested_model.clone());
        let assignment =
            Assignment { experiment: None, arm, reason: AssignmentReason::Configured, bucket: None, exposure: None };
        let figures = figures_of(&assignment, &self.calls, self.status, None)?;
        Some(((arm.as_str().to_owned(), model), figures))
    }
}

fn moment(text: &str) -> Option<i64> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measure;

    const LOG: &str = r#"
{"timestamp":"2026-11-22T07:00:00.000Z","level":"INFO","message":"Using AI provider: gemini","provider":"gemini","reason":"rollout","request_id":"a"}
{"timestamp":"2026-11-22T07:00:01.000Z","level":"WARN","provider":"gemini","model":"g","outcome":"server","cause":"500","request_id":"a"}
{"timestamp":"2026-11-22T07:00:01.000Z","level":"INFO","provider":"gemini","model":"g","role":"primary","outcome":"server","provider_ms":900,"request_id":"a"}
{"timestamp":"2026-11-22T07:00:02.500Z","level":"INFO","provider":"gemini","model":"g","role":"retry","outcome":"ok","provider_ms":1400,"request_id":"a"}
{"timestamp":"2026-11-22T07:00:02.510Z","level":"INFO","message":"AI Response","provider":"gemini","model":"g-001","role":"retry","outcome":"ok","ms":1400,"input_tokens":1800,"output_tokens":400,"cost_usd":0.0004,"verdict":"vegan","request_id":"a"}
2026-11-22T07:01:00Z app[3d8d] arn [info]{"timestamp":"2026-11-22T07:01:00.000Z","provider":"gemini","model":"g","role":"primary","outcome":"timeout","provider_ms":9000,"request_id":"b"}
2026-11-22T07:01:02Z app[3d8d] arn [info]{"timestamp":"2026-11-22T07:01:02.000Z","provider":"claude","model":"c","role":"fallback","outcome":"ok","provider_ms":2000,"request_id":"b"}
2026-11-22T07:01:02Z app[3d8d] arn [info]{"timestamp":"2026-11-22T07:01:02.010Z","provider":"claude","status":"non-vegan","provider_ms":11000,"request_id":"b"}
{"timestamp":"2026-11-22T07:01:05.000Z","provider":"claude","model":"c","role":"shadow","outcome":"ok","provider_ms":2000,"request_id":"a"}
{"timestamp":"2026-11-22T07:02:00.000Z","message":"AI Response","provider":"claude","model":"c","ms":1500,"input_tokens":1500,"output_tokens":300,"verdict":"vegan"}
not JSON at all {
{"timestamp":"2026-11-22T07:02:00.000Z","message":"listening","address":"x"}
"#;

    fn figures(window: &Range<Option<i64>>) -> BTreeMap<ArmAndModel, Figures> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), LOG).unwrap();
        read(&[file.path().to_owned()], window).unwrap()
    }

    #[test]
    fn the_lines_of_a_request_are_counted_together_prefixed_or_not() {
        let all = figures(&(None..None));
        let gemini = &all[&("gemini".to_owned(), "g".to_owned())];
        let names = [measure::REQUESTS, measure::FAILED, "failed.timeout", measure::FALLBACKS, "verdict.vegan"];
        assert_eq!(names.map(|name| gemini.sum(name)), [2, 1, 1, 1, 1]);
        assert_eq!([measure::INPUT, measure::COST].map(|name| gemini.sum(name)), [1800, 400_000]);
        // From the first attempt's beginning, 07:00:00.1, to the end of the retry.
        assert_eq!(gemini.sum(measure::MS), 2_400 + 9_000);
        let claude = &all[&("claude".to_owned(), "c".to_owned())];
        assert_eq!(names.map(|name| claude.sum(name)), [1, 0, 0, 0, 1], "a line about an answer alone counts too");
        assert_eq!(claude.sum(measure::MS), 1_500);
    }

    #[test]
    fn a_window_leaves_out_what_was_before_and_after() {
        let from = moment("2026-11-22T07:01:00Z");
        assert_eq!(figures(&(from..None)).values().map(|sums| sums.sum(measure::REQUESTS)).sum::<i64>(), 2);
        assert_eq!(figures(&(None..from)).values().map(|sums| sums.sum(measure::REQUESTS)).sum::<i64>(), 1);
    }
}
