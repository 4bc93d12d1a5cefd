//! Sums over what arms did, made when an analysis is recorded, so that reading them costs the same whatever happened.
//!
//! All figures are of the analyses *assigned* to an arm, whoever answered: tokens and cost are those of all its
//! attempts, fallbacks to others included and shadow calls not. Its time goes from its first attempt at the arm to the
//! end of the last, waits between them included.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, AssertSqlSafe};

use crate::domain::{Assignment, CallOutcome, CallRole, Figures, ProviderCall, Quality, Sketch, Status, measure};

use super::Error;
use super::database::storable;

/// A minute and an hour, milliseconds.
pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const HOUR_MS: i64 = 3_600_000;
/// Longest time that is summed up, milliseconds: beyond every deadline, and small enough for sums of squares.
const LONGEST_MS: u32 = 600_000;
/// Highest cost of one analysis, billionths of a dollar: far beyond any, and small enough for sums.
pub(super) const DEAREST: i64 = 1_000_000_000_000_000;
/// Rows in one statement.
const ROWS: usize = 100;

/// What to add: scope, slot, arm, model, measure. In order, so that two machines never wait for each other crosswise.
#[derive(Default)]
pub(super) struct Tally(BTreeMap<(String, i64, String, String, String), i64>);

/// One analysis in the eyes of its arm.
pub(super) struct Account<'a> {
    assignment: &'a Assignment,
    calls: &'a [ProviderCall],
    own: Vec<&'a ProviderCall>,
    first: &'a ProviderCall,
    /// The one that decided.
    last: &'a ProviderCall,
}

impl<'a> Account<'a> {
    /// `None` where the arm was not asked at all.
    pub(super) fn of(assignment: &'a Assignment, calls: &'a [ProviderCall]) -> Option<Self> {
        let own = |call: &&ProviderCall| {
            call.serving == assignment.arm && !matches!(call.role, CallRole::Shadow | CallRole::Fallback)
        };
        let own: Vec<_> = calls.iter().filter(own).collect();
        // The loser of two that ran beside each other says nothing, and a missing budget nothing of the attempt before.
        let tells = |call: &&&ProviderCall| !matches!(call.outcome, CallOutcome::GivenUp | CallOutcome::Budget);
        let (first, last) = (*own.first()?, *own.iter().rfind(tells).or(own.last())?);
        Some(Self { assignment, calls, own, first, last })
    }

    /// A unit is exposed when its provider is tried: not by an answer from the cache or a missing budget.
    pub(super) fn exposed(&self) -> bool {
        self.own.iter().any(|call| !matches!(call.outcome, CallOutcome::Budget | CallOutcome::Cached))
    }

    /// Whether it was really asked: an open circuit is a failure of the arm, but says nothing of these pictures.
    pub(super) fn asked(&self) -> bool {
        self.exposed() && self.last.outcome != CallOutcome::BreakerOpen
    }

    pub(super) fn failed(&self) -> bool {
        self.exposed() && !matches!(self.last.outcome, CallOutcome::Ok | CallOutcome::Budget | CallOutcome::Cached)
    }

    /// Whether it took longer than the step allows, or ended without an answer for want of time.
    pub(super) fn slow(&self) -> bool {
        let limit = self.assignment.exposure.as_ref().map_or(u32::MAX, |exposure| exposure.slow_after_ms);
        self.exposed() && (self.ms() > limit || self.last.outcome == CallOutcome::Timeout)
    }

    /// The experiment and step it counts in.
    pub(super) fn step(&self) -> Option<(&'a str, i32)> {
        Some((self.assignment.experiment.as_deref()?, self.first.step?))
    }

    pub(super) fn arm(&self) -> &'a str {
        self.assignment.arm_name()
    }

    pub(super) fn began_at_ms(&self) -> i64 {
        self.first.started_at_ms
    }

    pub(super) fn ms(&self) -> u32 {
        let end_ms = self.last.started_at_ms.saturating_add(i64::from(self.last.provider_ms));
        u32::try_from(end_ms.saturating_sub(self.first.started_at_ms).max(0)).unwrap_or(LONGEST_MS).min(LONGEST_MS)
    }

    /// What it adds to every scope.
    fn sums(&self, status: Option<Status>, quality: Quality) -> Vec<(String, i64)> {
        let counted = || self.calls.iter().filter(|call| call.role != CallRole::Shadow);
        let tokens = |of: fn(&ProviderCall) -> u32| counted().map(|call| i64::from(of(call))).sum::<i64>();
        let cost = counted().fold(0_i64, |sum, call| sum.saturating_add(call.cost.0)).min(DEAREST);
        let fell_back = counted().any(|call| call.serving != self.assignment.arm);
        let mut sums = vec![
            (measure::REQUESTS.to_owned(), 1),
            (measure::EXPOSED.to_owned(), i64::from(self.exposed())),
            (measure::FAILED.to_owned(), i64::from(self.failed())),
            (measure::UNUSABLE.to_owned(), i64::from(quality.unusable && self.exposed() && !self.failed())),
            (measure::FALLBACKS.to_owned(), i64::from(fell_back)),
            (measure::CACHED.to_owned(), i64::from(self.last.outcome == CallOutcome::Cached)),
            (measure::INPUT.to_owned(), tokens(|call| call.tokens.input)),
            (measure::CACHED_INPUT.to_owned(), tokens(|call| call.tokens.cached)),
            (measure::OUTPUT.to_owned(), tokens(|call| call.tokens.output)),
            (measure::THINKING.to_owned(), tokens(|call| call.tokens.thinking)),
            (measure::COST.to_owned(), cost),
            (measure::JUDGED.to_owned(), quality.judged.into()),
            (measure::AGREED.to_owned(), quality.agreed.into()),
        ];
        if self.failed() {
            sums.push((format!("{}{}", measure::FAILED_BY, self.last.outcome.as_str()), 1));
        }
        if let Some(status) = status {
            sums.push((format!("{}{}", measure::VERDICT, status.as_str()), 1));
        }
        if self.exposed() {
            sums.push((measure::MS.to_owned(), self.ms().into()));
            sums.push((format!("{}{}", measure::MS_BUCKET, Sketch::bucket(self.ms())), 1));
        }
        sums
    }

    /// What it adds beside that: what intervals need.
    #[expect(clippy::cast_possible_truncation, reason = "millionths of a small logarithm")]
    fn squares(&self) -> Vec<(String, i64)> {
        let (ms, ln) = (i64::from(self.ms()), f64::from(self.ms().max(1)).ln());
        let squares = [
            (measure::MS_SQUARED, ms * ms),
            (measure::LN, (ln * 1e6).round() as i64),
            (measure::LN_SQUARED, (ln * ln * 1e6).round() as i64),
        ];
        if self.exposed() { squares.map(|(name, n)| (name.to_owned(), n)).to_vec() } else { Vec::new() }
    }
}

/// What one analysis adds to the figures of its arm; `None` where the arm was not asked at all.
#[must_use]
pub fn figures_of(
    assignment: &Assignment,
    calls: &[ProviderCall],
    status: Option<Status>,
    quality: Option<Quality>,
) -> Option<Figures> {
    let account = Account::of(assignment, calls)?;
    let mut figures = Figures::default();
    let sums = account.sums(status, quality.unwrap_or_default());
    sums.iter().chain(&account.squares()).for_each(|(name, n)| figures.add(name, *n));
    Some(figures)
}

impl Tally {
    /// Adds one analysis. `status` is that of its answer, if there was one.
    pub(super) fn add(&mut self, account: &Account<'_>, status: Option<Status>, quality: Option<Quality>) {
        let mut sums = account.sums(status, quality.unwrap_or_default());
        sums.extend(account.squares());
        for (name, n) in &sums {
            self.in_time(account.began_at_ms(), account.arm(), &account.first.requested_model, name, *n);
            self.in_step(account, name, *n);
        }
    }

    /// Adds to a sum of the minute and the hour of `at_ms`.
    pub(super) fn in_time(&mut self, at_ms: i64, arm: &str, model: &str, name: &str, n: i64) {
        for (scope, span_ms) in [("minute", MINUTE_MS), ("hour", HOUR_MS)] {
            self.put(scope, at_ms - at_ms.rem_euclid(span_ms), arm, model, name, n);
        }
    }

    /// Adds to a sum of the step that the analysis counts in.
    pub(super) fn in_step(&mut self, account: &Account<'_>, name: &str, n: i64) {
        if let Some((experiment, step)) = account.step() {
            self.in_step_of(experiment, step, account.arm(), name, n);
        }
    }

    /// Adds to a sum of a step.
    pub(super) fn in_step_of(&mut self, experiment: &str, step: i32, arm: &str, name: &str, n: i64) {
        self.put(&step_scope(experiment), step.into(), arm, "", name, n);
    }

    fn put(&mut self, scope: &str, slot: i64, arm: &str, model: &str, name: &str, n: i64) {
        if n != 0 {
            let model = storable(model).into_owned();
            *self.0.entry((scope.to_owned(), slot, arm.to_owned(), model, name.to_owned())).or_default() += n;
        }
    }

    /// Writes it all: the last thing before a commit, because these rows are everybody's.
    pub(super) async fn write(self, db: &mut AnyConnection) -> Result<(), Error> {
        let rows: Vec<_> = self.0.into_iter().collect();
        for rows in rows.chunks(ROWS) {
            let statement = upsert(rows.len());
            let mut query = sqlx::query(AssertSqlSafe(statement));
            for ((scope, slot, arm, model, name), n) in rows {
                query = query.bind(scope).bind(*slot).bind(arm).bind(model).bind(name).bind(*n);
            }
            query.execute(&mut *db).await?;
        }
        Ok(())
    }
}

/// The scope of an experiment's steps.
pub(super) fn step_scope(experiment: &str) -> String {
    format!("step:{experiment}")
}

fn upsert(rows: usize) -> String {
    let row = |at: usize| {
        let first = at * 6 + 1;
        let places: Vec<_> = (first..first + 6).map(|place| format!("${place}")).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO tallies (scope, slot, arm, model, measure, n) VALUES {}
         ON CONFLICT (scope, slot, arm, model, measure) DO UPDATE SET n = tallies.n + excluded.n",
        rows.join(", ")
    )
}
