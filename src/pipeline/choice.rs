//! The choice of an arm: the declared experiment, and how far its rollout has come as this instance knows it.

use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::{Assignment, Environment, ProviderName, Rollout};
use crate::experiment::rollout::Schedule;
use crate::experiment::{Ask, Callable, Config, Experiment, Rules, Standing, Unassignable, assign, explain};
use crate::telemetry::events;

/// Shared by everyone who assigns, and by who follows the stored state.
pub struct Choice {
    config: Config,
    experiment: Experiment,
    environment: Environment,
    known: RwLock<Known>,
}

#[derive(Clone)]
enum Known {
    Unread,
    Read(Option<Arc<Rollout>>),
}

impl Choice {
    /// Before the stored state was read: nobody gets the new arm of a rollout.
    #[must_use]
    pub fn new(config: Config, environment: Environment) -> Self {
        let experiment = config.experiment();
        Self { config, experiment, environment, known: RwLock::new(Known::Unread) }
    }

    /// Where there is no store: the settings say it all.
    #[must_use]
    pub fn without_state(config: Config, environment: Environment) -> Self {
        let choice = Self::new(config, environment);
        choice.follow(None);
        choice
    }

    /// The declared experiment.
    #[must_use]
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What the rollout is decided by.
    #[must_use]
    pub fn schedule(&self) -> Schedule<'_> {
        Schedule::new(&self.config, &self.experiment)
    }

    /// From now on this state is in force here. An older one than is known is left alone: reads overtake each other.
    pub fn follow(&self, stored: Option<Rollout>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let version = |rollout: Option<&Rollout>| rollout.map_or(0, |rollout| rollout.version);
        let newer = match &*known {
            Known::Unread => true,
            Known::Read(before) => version(stored.as_ref()) > version(before.as_deref()),
        };
        if newer {
            events::rollout_in_force(stored.as_ref());
            *known = Known::Read(stored.map(Arc::new));
        }
    }

    /// The state that is followed; `None` where there is none, or none was read yet.
    #[must_use]
    pub fn rollout(&self) -> Option<Arc<Rollout>> {
        match &*self.known.read().unwrap_or_else(PoisonError::into_inner) {
            Known::Unread => None,
            Known::Read(rollout) => rollout.clone(),
        }
    }

    /// Whom nobody may call now, not even in another's place.
    pub(super) fn barred(&self, callable: &[Callable]) -> Vec<ProviderName> {
        self.with(callable, |rules: &Rules<'_>, standing: Standing<'_>| rules.barred(standing))
    }

    pub(super) fn assign(&self, callable: &[Callable], ask: &Ask<'_>) -> Result<Assignment, Unassignable> {
        self.with(callable, |rules, standing| assign(rules, standing, ask))
    }

    /// Which arm a request gets, and why in words.
    ///
    /// # Errors
    /// [`Unassignable`] for a forced provider that cannot be called.
    pub fn explain(&self, callable: &[Callable], ask: &Ask<'_>) -> Result<(Assignment, String), Unassignable> {
        self.with(callable, |rules, standing| explain(rules, standing, ask))
    }

    fn with<T>(&self, callable: &[Callable], draw: impl FnOnce(&Rules<'_>, Standing<'_>) -> T) -> T {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Self { config, experiment, environment, .. } = self;
        let rules = Rules { config, experiment, environment: *environment, callable };
        let standing = match &known {
            Known::Unread => Standing::Unread,
            Known::Read(None) => Standing::Nothing,
            Known::Read(Some(rollout)) => Standing::Stored(rollout),
        };
        draw(&rules, standing)
    }
}
