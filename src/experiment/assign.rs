//! The rules that choose an arm, in their order. Pure: state, identity and what can be called come in.

use crate::domain::{Assignment, AssignmentReason, Environment, Exposure, ProviderName, Rollout, Share, UnitKind};

use super::config::TestUnit;
use super::rollout::OBJECTIVE_MS;
use super::{Arm, Callable, Config, Experiment, bucket};

/// What does not change from request to request.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The settings.
    pub config: &'a Config,
    /// The declared experiment.
    pub experiment: &'a Experiment,
    /// Where the service runs.
    pub environment: Environment,
    /// The readers that can be called, in order of preference.
    pub callable: &'a [Callable],
}

/// How far the rollout has come, as this instance knows it.
#[derive(Debug, Clone, Copy)]
pub enum Standing<'a> {
    /// Not read yet: nobody gets the new arm.
    Unread,
    /// There never was one.
    Nothing,
    /// The last state that was read.
    Stored(&'a Rollout),
}

/// What one request says.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The user, who keeps an arm.
    pub user: Option<&'a str>,
    /// The request's own id, random: what is drawn by where there is no user.
    pub id: &'a str,
    /// A provider that the request names, and whether an admin asks.
    pub forced: Option<(ProviderName, bool)>,
}

/// A forced provider that this instance cannot call, or may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the provider {} cannot be called here", .0.as_str())]
pub struct Unassignable(pub ProviderName);

/// Draws the arm of one request: the first rule that applies.
///
/// # Errors
/// [`Unassignable`] when the request forces a provider that cannot be called.
pub fn assign(rules: &Rules<'_>, standing: Standing<'_>, ask: &Ask<'_>) -> Result<Assignment, Unassignable> {
    if let Some((provider, by_admin)) = ask.forced {
        return rules.forced(provider, by_admin, standing);
    }
    if rules.is_new_arm_off(standing) {
        return Ok(rules.not_new(ask));
    }
    let drawn = rules.tested(ask).or_else(|| rules.rolled_out(standing, ask));
    Ok(drawn.unwrap_or_else(|| plain(AssignmentReason::Configured, rules.configured())))
}

/// The same, in a sentence for people.
///
/// # Errors
/// As [`assign`].
pub fn explain(rules: &Rules<'_>, standing: Standing<'_>, ask: &Ask<'_>) -> Result<(Assignment, String), Unassignable> {
    let assignment = assign(rules, standing, ask)?;
    let arm = assignment.arm_name();
    let because = match assignment.reason {
        AssignmentReason::GeminiDisabled => "the new arm is switched off or rolled back".to_owned(),
        AssignmentReason::Override => "the request names its provider".to_owned(),
        AssignmentReason::AbTest => {
            format!("the staging test gives the new arm {}", rules.config.ab_test_percentage)
        }
        AssignmentReason::Rollout => {
            let share = rules.share_in_force(standing).unwrap_or_default();
            let bucket = assignment.bucket.map_or("no user, drawn at random".to_owned(), |bucket| {
                format!("bucket {bucket} of 10000, the new arm has those below {}", share.buckets())
            });
            format!("the rollout stands at {share}: {bucket}")
        }
        AssignmentReason::Configured => {
            "no experiment applies: AI_PROVIDER, or the first that can be called".to_owned()
        }
    };
    Ok((assignment.clone(), format!("{arm}: {because}")))
}

impl Rules<'_> {
    fn forced(&self, provider: ProviderName, admin: bool, standing: Standing<'_>) -> Result<Assignment, Unassignable> {
        let is_new = self.experiment.new_arm().is_some_and(|arm| arm.provider == provider);
        let off = (provider == ProviderName::Gemini && self.config.gemini_is_off())
            || (is_new && self.is_new_arm_off(standing));
        let callable = self.callable.iter().any(|it| it.provider == provider);
        if !callable || (off && !admin) {
            return Err(Unassignable(provider));
        }
        Ok(plain(AssignmentReason::Override, provider))
    }

    /// Whom nobody may call now, not even in another's place: Gemini where it is switched off, and the new arm's provider
    /// after a roll-back.
    #[must_use]
    pub fn barred(&self, standing: Standing<'_>) -> Vec<ProviderName> {
        let gemini = self.config.gemini_is_off().then_some(ProviderName::Gemini);
        let new = self.experiment.new_arm().map(|arm| arm.provider).filter(|_| self.is_new_arm_off(standing));
        let old = |provider: &ProviderName| self.experiment.arms.iter().skip(1).any(|arm| arm.provider == *provider);
        gemini.into_iter().chain(new.filter(|provider| !old(provider))).collect()
    }

    fn is_new_arm_off(&self, standing: Standing<'_>) -> bool {
        let rolled_back =
            matches!(standing, Standing::Stored(rollout) if rollout.phase == crate::domain::Phase::RolledBack);
        rolled_back || self.experiment.new_arm().is_some_and(|arm| self.config.switches_off(arm))
    }

    /// The staging test.
    fn tested(&self, ask: &Ask<'_>) -> Option<Assignment> {
        if self.environment != Environment::Staging || !self.config.enable_ab_test {
            return None;
        }
        let key = format!("{}-ab", self.experiment.key);
        let share = self.config.ab_test_percentage;
        let by_user = self.config.ab_test_unit == TestUnit::User;
        let ask = if by_user { *ask } else { Ask { user: None, ..*ask } };
        let (arm, bucket) = self.draw(&key, share, &ask)?;
        let unit = if by_user { UnitKind::User } else { UnitKind::Request };
        // Each share is a step of its own: figures of different shares cannot be added up.
        let exposure = expose(arm, Some(i32::from(share.buckets())), unit, OBJECTIVE_MS);
        Some(drawn(AssignmentReason::AbTest, key, arm, bucket, exposure))
    }

    /// The rollout: the percentage in force of the users.
    fn rolled_out(&self, standing: Standing<'_>, ask: &Ask<'_>) -> Option<Assignment> {
        let share = self.share_in_force(standing)?;
        let key = self.experiment.key.clone();
        let (arm, bucket) = self.draw(&key, share, ask)?;
        let (step, slow_after_ms) = match standing {
            Standing::Stored(rollout) => (Some(rollout.step.number), rollout.step.slow_after_ms),
            Standing::Unread | Standing::Nothing => (None, OBJECTIVE_MS),
        };
        let exposure = expose(arm, step, UnitKind::User, slow_after_ms);
        Some(drawn(AssignmentReason::Rollout, key, arm, bucket, exposure))
    }

    fn share_in_force(&self, standing: Standing<'_>) -> Option<Share> {
        let wanted = self.config.wants_rollout();
        match standing {
            Standing::Stored(rollout) => Some(rollout.share()),
            Standing::Unread => wanted.then_some(Share::NOBODY),
            Standing::Nothing => wanted.then(|| self.config.gemini_rollout_percentage.unwrap_or_default()),
        }
    }

    /// The arm of one unit, and its bucket where it is a user; `None` where that arm cannot be called.
    fn draw(&self, key: &str, share: Share, ask: &Ask<'_>) -> Option<(&Arm, Option<u16>)> {
        let identity = ask.user.unwrap_or(ask.id);
        let bucket = bucket::of(key, identity);
        let new = self.experiment.new_arm()?;
        let arm =
            if bucket < share.buckets() && new.is_callable(self.callable) { new } else { self.old(key, identity)? };
        Some((arm, ask.user.map(|_| bucket)))
    }

    /// Which of the old arms: drawn apart from the share, so that nobody changes it when the share moves.
    fn old(&self, key: &str, identity: &str) -> Option<&Arm> {
        let old: Vec<&Arm> = self.experiment.arms.iter().skip(1).filter(|arm| self.can(arm)).collect();
        let total: u64 = old.iter().map(|arm| u64::from(arm.weight)).sum();
        let at = u64::from(bucket::of(&format!("{key}/old"), identity)) * total / u64::from(bucket::BUCKETS);
        let mut passed = 0;
        old.into_iter().find(|arm| {
            passed += u64::from(arm.weight);
            at < passed
        })
    }

    fn can(&self, arm: &Arm) -> bool {
        arm.is_callable(self.callable) && !self.config.switches_off(arm)
    }

    /// `AI_PROVIDER`, else the first that can be called.
    fn configured(&self) -> ProviderName {
        self.first_of(|_| true)
    }

    /// As [`Self::configured`] without the new arm: else the old arm that the unit has anyway, else whoever else there is.
    fn not_new(&self, ask: &Ask<'_>) -> Assignment {
        let new = self.experiment.new_arm().map(|arm| arm.provider);
        let plainly = |provider| plain(AssignmentReason::GeminiDisabled, provider);
        if let Some(wish) = self.config.ai_provider.filter(|wish| Some(*wish) != new && self.may_call(*wish)) {
            return plainly(wish);
        }
        match self.old(&self.experiment.key, ask.user.unwrap_or(ask.id)) {
            Some(old) => {
                let exposure = expose(old, None, UnitKind::User, OBJECTIVE_MS);
                Assignment { exposure: Some(exposure), ..plainly(old.provider) }
            }
            None => plainly(self.first_of(|provider| Some(provider) != new)),
        }
    }

    fn first_of(&self, accept: impl Fn(ProviderName) -> bool) -> ProviderName {
        let fits = |provider: &ProviderName| accept(*provider) && self.may_call(*provider);
        let wished = self.config.ai_provider.filter(|wish| fits(wish));
        wished.or_else(|| self.callable.iter().map(|it| it.provider).find(fits)).unwrap_or(ProviderName::Local)
    }

    fn may_call(&self, provider: ProviderName) -> bool {
        let off = provider == ProviderName::Gemini && self.config.gemini_is_off();
        !off && self.callable.iter().any(|it| it.provider == provider)
    }
}

/// The other of the two compared arms, as it would have been assigned; `None` for what no experiment drew, or a third arm.
#[must_use]
pub fn opposite(experiment: &Experiment, assignment: &Assignment) -> Option<Assignment> {
    let exposure = assignment.exposure.as_ref()?;
    let (new, old) = (experiment.new_arm()?, experiment.old_arm()?);
    let other = match &exposure.arm {
        name if *name == new.name => old,
        name if *name == old.name => new,
        _ => return None,
    };
    let exposure = expose(other, exposure.step, exposure.unit, exposure.slow_after_ms);
    Some(Assignment { arm: other.provider, exposure: Some(exposure), ..assignment.clone() })
}

/// An arm by itself, as if a request had named it.
#[must_use]
pub fn alone(arm: &Arm) -> Assignment {
    let exposure = expose(arm, None, UnitKind::Request, OBJECTIVE_MS);
    Assignment { exposure: Some(exposure), ..plain(AssignmentReason::Override, arm.provider) }
}

/// The assignment of typed text, which no reader is asked about.
#[must_use]
pub fn typed() -> Assignment {
    plain(AssignmentReason::Configured, ProviderName::Local)
}

fn plain(reason: AssignmentReason, arm: ProviderName) -> Assignment {
    Assignment { experiment: None, arm, reason, bucket: None, exposure: None }
}

fn drawn(reason: AssignmentReason, key: String, arm: &Arm, bucket: Option<u16>, exposure: Exposure) -> Assignment {
    Assignment { experiment: Some(key), arm: arm.provider, reason, bucket, exposure: Some(exposure) }
}

fn expose(arm: &Arm, step: Option<i32>, unit: UnitKind, slow_after_ms: u32) -> Exposure {
    Exposure { arm: arm.name.clone(), step, unit, slow_after_ms, strategy: arm.strategy }
}

#[cfg(test)]
#[path = "assign_tests.rs"]
mod tests;
