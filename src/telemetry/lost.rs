//! What operators will not see: counted, and said once an outage.

use std::fmt::Display;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tracing_appender::non_blocking::ErrorCounter;

use super::instruments;

/// What is sent to operators.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal {
    /// Of traces.
    Spans,
    /// One reading of all instruments.
    Metrics,
    /// Reports of errors.
    Reports,
    /// Of the log.
    Lines,
}

/// Why it was not.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reason {
    /// Too much waits already.
    Queue,
    /// Who should take it does not.
    Refused,
}

impl Signal {
    const ALL: [Self; 4] = [Self::Spans, Self::Metrics, Self::Reports, Self::Lines];

    fn as_str(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Metrics => "metrics",
            Self::Reports => "reports",
            Self::Lines => "lines",
        }
    }
}

impl Reason {
    const ALL: [Self; 2] = [Self::Queue, Self::Refused];

    fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Refused => "refused",
        }
    }
}

/// Counts from 0, so that the first loss is an increase.
pub(super) fn begin() {
    for signal in Signal::ALL {
        Reason::ALL.into_iter().for_each(|reason| count(signal, reason, 0));
    }
}

/// So many are lost.
pub(super) fn count(signal: Signal, reason: Reason, items: usize) {
    instruments::get().telemetry_lost.add(items as u64, [signal.as_str().into(), reason.as_str().into()]);
}

/// Who counts lost lines, and how many of them are counted here too.
static LINES: OnceLock<(ErrorCounter, AtomicUsize)> = OnceLock::new();

/// Lines that are lost from now on are known from this counter.
pub(super) fn watch(lines: ErrorCounter) {
    let _already = LINES.set((lines, AtomicUsize::new(0)));
}

/// Counts the lines that were lost since it was last asked.
pub(super) fn count_lines() {
    if let Some((lines, counted)) = LINES.get() {
        let lost = lines.dropped_lines();
        count(Signal::Lines, Reason::Queue, lost.saturating_sub(counted.swap(lost, Ordering::AcqRel)));
    }
}

/// Whether what takes a signal is in trouble.
#[derive(Debug)]
pub(super) struct Trouble {
    signal: Signal,
    is: AtomicBool,
}

impl Trouble {
    pub fn new(signal: Signal) -> Self {
        Self { signal, is: AtomicBool::new(false) }
    }

    /// So many were sent, or not.
    pub fn tell<E: Display>(&self, sent: &Result<(), E>, items: usize) {
        let (signal, was) = (self.signal.as_str(), self.is.swap(sent.is_err(), Ordering::AcqRel));
        match sent {
            Ok(()) if was => tracing::info!(signal, "telemetry ({signal}) is taken again"),
            Ok(()) => {}
            Err(error) => {
                count(self.signal, Reason::Refused, items);
                if !was {
                    tracing::warn!(signal, cause = %error, "telemetry ({signal}) is not taken; it is lost until it is");
                }
            }
        }
    }
}
