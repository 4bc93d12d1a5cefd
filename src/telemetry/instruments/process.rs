//! The process's own figures, read from `/proc` whenever someone looks.

use std::marker::PhantomData;

use opentelemetry::metrics::{AsyncInstrument, Meter};
use procfs::process::{LimitValue, Process, Stat};

use super::Row;
use super::handles::Kind;

/// Something that is read rather than told.
pub trait Reading {
    /// What it does.
    const KIND: Kind;
    /// What it is now; `None` where it cannot be read.
    fn read() -> Option<f64>;
}

/// An instrument that reads when it is looked at.
pub struct Observed<R>(PhantomData<R>);

impl<R: Reading + 'static> Observed<R> {
    pub const KIND: Kind = R::KIND;

    pub fn new(meter: &Meter, row: &Row, _: [&'static str; 0]) -> Self {
        match R::KIND {
            Kind::Counter => {
                let counter = meter.f64_observable_counter(row.name).with_description(row.help).with_unit(row.unit);
                let _registered = counter.with_callback(observe::<R>).build();
            }
            Kind::Gauge | Kind::Histogram => {
                let gauge = meter.f64_observable_gauge(row.name).with_description(row.help).with_unit(row.unit);
                let _registered = gauge.with_callback(observe::<R>).build();
            }
        }
        Self(PhantomData)
    }

    /// It exists from the start.
    pub fn begin(&self) {}

    #[cfg(test)]
    pub fn touch(&self) {}
}

fn observe<R: Reading>(seen: &dyn AsyncInstrument<f64>) {
    if let Some(now) = R::read() {
        seen.observe(now, &[]);
    }
}

/// Processor time of the service's own process.
pub struct Cpu;
/// Memory that is resident.
pub struct Resident;
/// File descriptors in use.
pub struct OpenFiles;
/// File descriptors that may be in use.
pub struct MostFiles;
/// When it started.
pub struct Started;

impl Reading for Cpu {
    const KIND: Kind = Kind::Counter;

    fn read() -> Option<f64> {
        let stat = stat()?;
        Some(seconds(stat.utime + stat.stime))
    }
}

impl Reading for Resident {
    const KIND: Kind = Kind::Gauge;

    fn read() -> Option<f64> {
        Some(number(stat()?.rss * procfs::page_size()))
    }
}

impl Reading for OpenFiles {
    const KIND: Kind = Kind::Gauge;

    fn read() -> Option<f64> {
        Process::myself().ok()?.fd_count().ok().map(|count| number(count as u64))
    }
}

impl Reading for MostFiles {
    const KIND: Kind = Kind::Gauge;

    fn read() -> Option<f64> {
        match Process::myself().ok()?.limits().ok()?.max_open_files.soft_limit {
            LimitValue::Value(most) => Some(number(most)),
            LimitValue::Unlimited => Some(f64::INFINITY),
        }
    }
}

impl Reading for Started {
    const KIND: Kind = Kind::Gauge;

    fn read() -> Option<f64> {
        Some(number(procfs::boot_time_secs().ok()?) + seconds(stat()?.starttime))
    }
}

fn stat() -> Option<Stat> {
    Process::myself().ok()?.stat().ok()
}

fn seconds(ticks: u64) -> f64 {
    number(ticks) / number(procfs::ticks_per_second())
}

#[expect(clippy::cast_precision_loss, reason = "bytes and ticks are far below 2⁵³")]
fn number(n: u64) -> f64 {
    n as f64
}
