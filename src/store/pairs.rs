//! Pairs of arms that were shown the same pictures: the rows and sums of calls that were made for comparison alone.

use std::collections::BTreeMap;

use crate::domain::{
    Analysis, AnalysisId, Assignment, CallRole, Figures, NanoUsd, ProviderCall, Quality, Status, UserId, measure, pair,
};

use super::insert::{insert_call, owner, unit_of};
use super::record::Attempts;
use super::tally::{Account, DEAREST, HOUR_MS, Tally};
use super::{Error, Store};

/// Nano-USD in a millionth of a dollar.
const MICRO: i64 = 1_000;

/// What one arm made of the pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// As it was assigned, or would have been.
    pub assignment: Assignment,
    /// Its attempts, others' in between left out.
    pub calls: Vec<ProviderCall>,
    /// What its answer was worth; `None` without an answer of its own.
    pub quality: Option<Quality>,
    /// What its answer meant.
    pub status: Option<Status>,
}

/// The same pictures, read by the arm that was assigned and after the answer by the other one.
#[derive(Debug, Clone, PartialEq)]
pub struct Shadowed {
    /// Of the analysis.
    pub id: AnalysisId,
    /// When it was asked for, UTC milliseconds.
    pub created_at_ms: i64,
    /// How many attempts were recorded with the analysis: those of the other arm are numbered on.
    pub attempts: usize,
    /// The assigned arm.
    pub assigned: Side,
    /// The other one, in the role `shadow`.
    pub other: Side,
    /// Whether the assigned arm is the new one.
    pub new_is_assigned: bool,
}

impl Side {
    /// What the assigned arm made of an analysis that was answered.
    #[must_use]
    pub fn of_analysis(analysis: &Analysis) -> Self {
        // What another arm answered in its place is not its own.
        let own = analysis.serving == analysis.assignment.arm;
        Self {
            assignment: analysis.assignment.clone(),
            calls: analysis.calls.clone(),
            quality: analysis.quality.filter(|_| own),
            status: own.then_some(analysis.verdict.status),
        }
    }

    /// The same of one that came to nothing.
    #[must_use]
    pub fn of_attempts(attempts: &Attempts) -> Self {
        let (assignment, calls) = (attempts.assignment.clone(), attempts.calls.clone());
        Self { assignment, calls, quality: None, status: None }
    }

    /// Whether the arm was really asked: not by an answer from the cache, a missing budget or an open circuit.
    #[must_use]
    pub fn was_asked(&self) -> bool {
        Account::of(&self.assignment, &self.calls).is_some_and(|account| account.asked())
    }

    fn cost(&self) -> i64 {
        let own = self.calls.iter().filter(|call| call.role != CallRole::Fallback);
        own.fold(0_i64, |sum, call| sum.saturating_add(call.cost.0)).min(DEAREST)
    }
}

impl Shadowed {
    /// What it adds to the figures of the pair; nothing but the cost where one of the two was not really asked.
    fn sums(&self) -> Vec<(String, i64)> {
        let mut sums = vec![(measure::SHADOW_COST.to_owned(), self.other.cost())];
        // In its own eyes the other arm was asked first.
        let asked = |call: &ProviderCall| ProviderCall { role: CallRole::Primary, ..call.clone() };
        let other_calls: Vec<_> = self.other.calls.iter().map(asked).collect();
        let (Some(assigned), Some(other)) = (
            Account::of(&self.assigned.assignment, &self.assigned.calls).filter(Account::asked),
            Account::of(&self.other.assignment, &other_calls).filter(Account::asked),
        ) else {
            return sums;
        };
        let ((new, new_side), (old, old_side)) = if self.new_is_assigned {
            ((&assigned, &self.assigned), (&other, &self.other))
        } else {
            ((&other, &self.other), (&assigned, &self.assigned))
        };
        sums.push((measure::PAIRS.to_owned(), 1));
        let unusable = |side: &Side| side.quality.is_some_and(|quality| quality.unusable);
        let mut discordant = |name: &str, new: bool, old: bool| {
            let side = if new { measure::ONLY_NEW } else { measure::ONLY_OLD };
            sums.extend((new != old).then(|| (format!("{name}{side}"), 1)));
        };
        discordant(measure::PAIR_FAILED, new.failed(), old.failed());
        discordant(measure::PAIR_UNUSABLE, unusable(new_side), unusable(old_side));
        discordant(measure::PAIR_SLOW, new.slow(), old.slow());
        if !new.failed() && !old.failed() {
            sums.extend(differences((new, new_side), (old, old_side)));
        }
        sums
    }
}

#[expect(clippy::cast_possible_truncation, reason = "millionths of a small logarithm")]
fn differences((new, new_side): (&Account<'_>, &Side), (old, old_side): (&Account<'_>, &Side)) -> Vec<(String, i64)> {
    let ms = i64::from(new.ms()) - i64::from(old.ms());
    let ln = f64::from(new.ms().max(1)).ln() - f64::from(old.ms().max(1)).ln();
    let cost = (new_side.cost() - old_side.cost()) / MICRO;
    [
        (measure::PAIR_ANSWERED, 1),
        (measure::PAIR_VERDICTS, i64::from(new_side.status != old_side.status)),
        (measure::PAIR_MS, ms),
        (measure::PAIR_MS_SQUARED, ms * ms),
        (measure::PAIR_LN, (ln * 1e6).round() as i64),
        (measure::PAIR_LN_SQUARED, (ln * ln * 1e6).round() as i64),
        (measure::PAIR_COST, cost),
        (measure::PAIR_COST_SQUARED, cost.saturating_mul(cost)),
    ]
    .map(|(name, n)| (name.to_owned(), n))
    .to_vec()
}

impl Store {
    /// Keeps the attempts of the other arm, and adds the pair to the figures; keeping it again changes nothing.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down: a pair does not wait for it.
    pub async fn record_pair(&self, shadowed: &Shadowed, user: Option<&UserId>) -> Result<(), Error> {
        let recording = self.database.bounded(async {
            let key = self.key().await?;
            let mut transaction = self.database.begin().await?;
            let owner = match user {
                Some(user) => owner(&mut transaction, user.as_str(), key, shadowed.created_at_ms).await?,
                None => None,
            };
            let assignment = &shadowed.assigned.assignment;
            let unit = unit_of(shadowed.id, assignment, owner.as_ref());
            let mut is_new = false;
            for (place, call) in (shadowed.attempts..).zip(&shadowed.other.calls) {
                let attempt = i64::try_from(place).unwrap_or(i64::MAX);
                let inserted = insert_call(&mut transaction, shadowed.id, attempt, assignment, &unit, call).await?;
                is_new |= inserted && place == shadowed.attempts;
            }
            if is_new {
                let mut tally = Tally::default();
                add(&mut tally, shadowed);
                tally.write(&mut transaction).await?;
            }
            Ok(transaction.commit().await?)
        });
        recording.await
    }

    /// The pairs whose second reading began from `from_ms` to before `to_ms` (whole minutes), by their name.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn pairs(&self, from_ms: i64, to_ms: i64) -> Result<BTreeMap<String, Figures>, Error> {
        let select = "SELECT arm, measure, CAST(SUM(n) AS BIGINT) FROM tallies
             WHERE scope = 'minute' AND slot >= $1 AND slot < $2 AND arm LIKE '%:%' GROUP BY arm, measure";
        let reading = self.database.bounded(async {
            let rows: Vec<(String, String, i64)> =
                sqlx::query_as(select).bind(from_ms).bind(to_ms).fetch_all(&mut *self.database.read().await?).await?;
            let mut pairs: BTreeMap<String, Figures> = BTreeMap::new();
            for (pair, measure, n) in rows {
                pairs.entry(pair).or_default().add(&measure, n);
            }
            Ok(pairs)
        });
        reading.await
    }

    /// What all machines spent on readings for comparison since `from_ms`, in whole hours.
    ///
    /// # Errors
    /// [`Error::try_later`] ones when the database is down.
    pub async fn spent_on_pairs(&self, from_ms: i64) -> Result<NanoUsd, Error> {
        let select = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM tallies
             WHERE scope = 'hour' AND slot >= $1 AND arm LIKE '%:%' AND measure = $2";
        let reading = self.database.bounded(async {
            let first = from_ms - from_ms.rem_euclid(HOUR_MS);
            let select = sqlx::query_scalar(select).bind(first).bind(measure::SHADOW_COST);
            Ok(NanoUsd(select.fetch_one(&mut *self.database.read().await?).await?))
        });
        reading.await
    }
}

fn add(tally: &mut Tally, shadowed: &Shadowed) {
    let (assigned, other) = (&shadowed.assigned.assignment, &shadowed.other.assignment);
    let (new, old) = if shadowed.new_is_assigned { (assigned, other) } else { (other, assigned) };
    let name = pair(new.arm_name(), old.arm_name());
    let at_ms = shadowed.other.calls.first().map_or(shadowed.created_at_ms, |call| call.started_at_ms);
    let step = assigned.exposure.as_ref().and_then(|exposure| exposure.step);
    let step = assigned.experiment.as_deref().zip(step);
    for (measure, n) in shadowed.sums() {
        tally.in_time(at_ms, &name, "", &measure, n);
        if let Some((experiment, step)) = step {
            tally.in_step_of(experiment, step, &name, &measure, n);
        }
    }
}
