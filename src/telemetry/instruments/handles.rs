//! The kinds of instrument, each with as many label values as it has labels, and what may be a label's value.

use std::sync::{PoisonError, RwLock};

use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter};
use opentelemetry::{KeyValue, StringValue, Value};

use super::Row;

/// Upper bounds of durations, seconds: from a lookup to the request deadline.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 45.0];
/// Upper bounds of what lies between 0 and 1.
const PARTS: [f64; 11] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0];
/// Most models that are named; settings name three.
const MOST_MODELS: usize = 32;
/// What a model is called that no setting names.
const OTHER: &str = "other";

/// The value of a label: a word of this program (so that their number is bounded by its text), a status, the template
/// of a route, or a model that settings name.
#[derive(Debug, Clone)]
pub struct Label(Value);

impl From<&'static str> for Label {
    fn from(word: &'static str) -> Self {
        Self(word.into())
    }
}

impl Label {
    /// The template of a route, never the path with a user in it.
    pub fn route(template: &str) -> Self {
        Self(template.to_owned().into())
    }

    /// An HTTP status.
    pub fn status(status: u16) -> Self {
        Self(i64::from(status).into())
    }
}

/// The models that settings name. What else a vendor says that answered is `other`: its word is not ours to bound.
#[derive(Debug, Default)]
pub struct Models(RwLock<Vec<StringValue>>);

impl Models {
    /// From now on `model` stands under its own name.
    pub fn learn(&self, model: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST_MODELS && !known.iter().any(|one| one.as_str() == model) {
            known.push(model.to_owned().into());
        }
    }

    /// The label of `model`.
    pub fn label(&self, model: &str) -> Label {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|one| one.as_str() == model).map_or(OTHER.into(), |one| Label(one.clone().into()))
    }
}

/// What an instrument does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts in buckets.
    Histogram,
}

impl Kind {
    /// The word of the Prometheus text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// Counts what happened.
pub struct Count<const N: usize>(Counter<u64>, [&'static str; N]);

/// Adds up an amount that is not whole: dollars.
pub struct Amount<const N: usize>(Counter<f64>, [&'static str; N]);

/// How an amount is spread.
pub struct Spread<const N: usize>(Histogram<f64>, [&'static str; N]);

/// How many there are now, told by what comes and goes.
pub struct Level<const N: usize>(UpDownCounter<i64>, [&'static str; N]);

/// How much there is now, told as it stands.
pub struct State<const N: usize>(Gauge<f64>, [&'static str; N]);

impl<const N: usize> Count<N> {
    pub const KIND: Kind = Kind::Counter;

    pub fn new(meter: &Meter, row: &Row, keys: [&'static str; N]) -> Self {
        Self(meter.u64_counter(row.name).with_description(row.help).with_unit(row.unit).build(), keys)
    }

    /// Adds; adding 0 makes the series exist, so that its first increase is seen as one.
    pub fn add(&self, n: u64, labels: [Label; N]) {
        self.0.add(n, &pairs(self.1, labels));
    }

    /// Lets it exist from the start where it has no labels.
    pub fn begin(&self) {
        if N == 0 {
            self.0.add(0, &[]);
        }
    }

    #[cfg(test)]
    pub fn touch(&self) {
        self.add(1, any());
    }
}

impl<const N: usize> Amount<N> {
    pub const KIND: Kind = Kind::Counter;

    pub fn new(meter: &Meter, row: &Row, keys: [&'static str; N]) -> Self {
        Self(meter.f64_counter(row.name).with_description(row.help).with_unit(row.unit).build(), keys)
    }

    pub fn add(&self, amount: f64, labels: [Label; N]) {
        self.0.add(amount, &pairs(self.1, labels));
    }

    /// Lets it exist from the start where it has no labels.
    pub fn begin(&self) {
        if N == 0 {
            self.0.add(0.0, &[]);
        }
    }

    #[cfg(test)]
    pub fn touch(&self) {
        self.add(1.0, any());
    }
}

impl<const N: usize> Spread<N> {
    pub const KIND: Kind = Kind::Histogram;

    pub fn new(meter: &Meter, row: &Row, keys: [&'static str; N]) -> Self {
        let bounds = if row.unit == "s" { SECONDS.to_vec() } else { PARTS.to_vec() };
        let histogram = meter.f64_histogram(row.name).with_description(row.help).with_unit(row.unit);
        Self(histogram.with_boundaries(bounds).build(), keys)
    }

    pub fn record(&self, amount: f64, labels: [Label; N]) {
        self.0.record(amount, &pairs(self.1, labels));
    }

    /// A histogram exists once there is something in it.
    pub fn begin(&self) {}

    #[cfg(test)]
    pub fn touch(&self) {
        self.record(0.5, any());
    }
}

impl<const N: usize> Level<N> {
    pub const KIND: Kind = Kind::Gauge;

    pub fn new(meter: &Meter, row: &Row, keys: [&'static str; N]) -> Self {
        Self(meter.i64_up_down_counter(row.name).with_description(row.help).with_unit(row.unit).build(), keys)
    }

    pub fn change(&self, by: i64, labels: [Label; N]) {
        self.0.add(by, &pairs(self.1, labels));
    }

    /// Lets it exist from the start where it has no labels.
    pub fn begin(&self) {
        if N == 0 {
            self.0.add(0, &[]);
        }
    }

    #[cfg(test)]
    pub fn touch(&self) {
        self.change(1, any());
    }
}

impl<const N: usize> State<N> {
    pub const KIND: Kind = Kind::Gauge;

    pub fn new(meter: &Meter, row: &Row, keys: [&'static str; N]) -> Self {
        Self(meter.f64_gauge(row.name).with_description(row.help).with_unit(row.unit).build(), keys)
    }

    pub fn set(&self, amount: f64, labels: [Label; N]) {
        self.0.record(amount, &pairs(self.1, labels));
    }

    /// Lets it exist from the start where it has no labels.
    pub fn begin(&self) {
        if N == 0 {
            self.0.record(0.0, &[]);
        }
    }

    #[cfg(test)]
    pub fn touch(&self) {
        self.set(1.0, any());
    }
}

fn pairs<const N: usize>(keys: [&'static str; N], labels: [Label; N]) -> [KeyValue; N] {
    let mut labels = labels.map(|label| Some(label.0));
    std::array::from_fn(|n| KeyValue::new(keys[n], labels[n].take().unwrap_or(Value::Bool(false))))
}

#[cfg(test)]
fn any<const N: usize>() -> [Label; N] {
    std::array::from_fn(|_| "any".into())
}
