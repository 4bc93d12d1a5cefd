//! The rules in their order, and what must hold for every user.

use super::*;
use crate::domain::{Phase, PlanName, Strategy};
use crate::experiment::config::of_flags as config;
use crate::experiment::rollout::{Command, apply};

struct World {
    config: Config,
    experiment: Experiment,
    environment: Environment,
    callable: Vec<Callable>,
    stored: Option<Rollout>,
}

impl World {
    fn new(flags: &[&str]) -> Self {
        let config = config(flags);
        let experiment = config.experiment();
        let callable = [ProviderName::Gemini, ProviderName::Claude, ProviderName::Local];
        let callable = callable.map(|provider| Callable { provider, model: "m".to_owned() }).to_vec();
        Self { config, experiment, environment: Environment::Production, callable, stored: None }
    }

    fn staging(self) -> Self {
        Self { environment: Environment::Staging, ..self }
    }

    fn with(mut self, commands: &[Command]) -> Self {
        for command in commands {
            let next = apply(&self.config.limits, &self.experiment.key, self.stored.as_ref(), *command, None, 1_000);
            self.stored = Some(next);
        }
        self
    }

    fn without(mut self, provider: ProviderName) -> Self {
        self.callable.retain(|it| it.provider != provider);
        self
    }

    fn try_ask(&self, ask: &Ask<'_>) -> Result<Assignment, Unassignable> {
        let Self { config, experiment, environment, callable, stored } = self;
        let rules = Rules { config, experiment, environment: *environment, callable };
        assign(&rules, stored.as_ref().map_or(Standing::Nothing, Standing::Stored), ask)
    }

    fn ask(&self, user: &str) -> Assignment {
        self.try_ask(&Ask { user: Some(user), id: "0", forced: None }).unwrap()
    }

    fn force(&self, provider: ProviderName, admin: bool) -> Result<Assignment, Unassignable> {
        self.try_ask(&Ask { user: None, id: "0", forced: Some((provider, admin)) })
    }

    /// How many of 2,000 users get Gemini.
    fn gemini(&self) -> usize {
        (0..2000).filter(|i| self.ask(&format!("user-{i}")).arm == ProviderName::Gemini).count()
    }
}

fn share(percent: f64) -> Share {
    Share::of_percent(percent).unwrap()
}

const ALL: Command = Command::Set(Share::EVERYBODY);

#[test]
fn the_first_rule_that_applies_decides_and_is_named() {
    use AssignmentReason as R;
    use ProviderName as P;
    let on = "--enable-gemini=true";
    let everyone = "--gemini-rollout-percentage=100";
    let test = ["--enable-ab-test=true", "--ab-test-percentage=100"];
    for (world, reason, arm) in [
        (World::new(&["--enable-gemini=false"]).with(&[ALL]), R::GeminiDisabled, P::Claude),
        (World::new(&["--disable-gemini=true", on]).with(&[ALL]), R::GeminiDisabled, P::Claude),
        (World::new(&[on]).with(&[ALL, Command::RollBack]), R::GeminiDisabled, P::Claude),
        (World::new(&["--ai-provider=gemini"]).with(&[ALL, Command::RollBack]), R::GeminiDisabled, P::Claude),
        (World::new(&["--enable-gemini=false", "--ai-provider=local"]), R::GeminiDisabled, P::Local),
        (World::new(&[&test[..], &["--enable-gemini=false"]].concat()).staging(), R::GeminiDisabled, P::Claude),
        (World::new(&test).staging().with(&[Command::Set(Share::NOBODY)]), R::AbTest, P::Gemini),
        (World::new(&test).with(&[Command::Set(Share::NOBODY)]), R::Rollout, P::Claude),
        (World::new(&[on]), R::Rollout, P::Claude),
        (World::new(&[on, everyone]), R::Rollout, P::Gemini),
        (World::new(&[everyone]), R::Configured, P::Gemini),
        (World::new(&["--ai-provider=claude"]), R::Configured, P::Claude),
        (World::new(&["--ai-provider=claude"]).with(&[ALL]), R::Rollout, P::Gemini),
        (World::new(&[on, everyone]).without(P::Gemini), R::Rollout, P::Claude),
        (World::new(&[]).without(P::Gemini).without(P::Claude), R::Configured, P::Local),
    ] {
        let got = world.ask("anna");
        assert_eq!((got.reason, got.arm), (reason, arm), "{:?} {:?}", world.config.enable_gemini, world.stored);
    }
}

#[test]
fn who_is_not_in_the_share_has_the_configured_reader_where_the_old_arm_cannot_be_called() {
    let world = World::new(&["--ai-provider=local"]).without(ProviderName::Claude).with(&[Command::Set(share(30.0))]);
    let arms: Vec<_> = (0..200).map(|i| world.ask(&format!("user-{i}"))).collect();
    assert!(arms.iter().all(|it| (it.arm == ProviderName::Gemini) == (it.reason == AssignmentReason::Rollout)));
    assert!(arms.iter().all(|it| matches!(it.arm, ProviderName::Gemini | ProviderName::Local)));
}

#[test]
fn an_override_passes_unless_the_new_arm_is_off_and_then_an_admins_does() {
    use ProviderName::{Claude, Gemini, Openai};
    let running = World::new(&[]).with(&[Command::Set(share(10.0))]);
    let forced = running.force(Gemini, false).unwrap();
    assert_eq!(forced.reason, AssignmentReason::Override);
    assert!(!forced.may_fall_back() && forced.exposure.is_none());
    assert_eq!(running.force(Openai, true), Err(Unassignable(Openai)));
    for world in [World::new(&["--enable-gemini=false"]), World::new(&[]).with(&[ALL, Command::RollBack])] {
        assert_eq!(world.force(Gemini, false), Err(Unassignable(Gemini)));
        assert_eq!(world.force(Gemini, true).unwrap().arm, Gemini);
        assert_eq!(world.force(Claude, false).unwrap().arm, Claude);
    }
}

#[test]
fn the_share_in_force_is_met_and_who_is_in_stays_in() {
    let at = |percent| World::new(&[]).with(&[Command::Set(share(percent))]);
    let counts: Vec<_> = [0.0, 10.0, 50.0, 100.0].into_iter().map(|percent| at(percent).gemini()).collect();
    assert_eq!((counts[0], counts[3]), (0, 2000));
    assert!((150..=250).contains(&counts[1]) && (920..=1080).contains(&counts[2]), "{counts:?}");
    let (small, large) = (at(10.0), at(50.0));
    for i in 0..2000 {
        let user = format!("user-{i}");
        let (before, after) = (small.ask(&user), large.ask(&user));
        assert_eq!(before.bucket, after.bucket);
        assert!(before.arm != ProviderName::Gemini || after.arm == ProviderName::Gemini, "{user} left");
    }
}

#[test]
fn a_request_without_a_user_is_drawn_by_its_own_id() {
    let world = World::new(&[]).with(&[Command::Set(Share::HALF)]);
    let ids: Vec<_> = (0..2000).map(|i| format!("id-{i}")).collect();
    let drawn = ids.iter().map(|id| world.try_ask(&Ask { user: None, id, forced: None }).unwrap());
    let gemini = drawn.inspect(|it| assert_eq!(it.bucket, None)).filter(|it| it.arm == ProviderName::Gemini).count();
    assert!((920..=1080).contains(&gemini), "{gemini}");
}

#[test]
fn the_staging_test_draws_requests_or_users() {
    let arms = |unit: &str| {
        let world = World::new(&["--enable-ab-test=true", unit]).staging();
        let ask = |i: u32| world.try_ask(&Ask { user: Some("anna"), id: &format!("id-{i}"), forced: None }).unwrap();
        (0..200).map(ask).filter(|it| it.arm == ProviderName::Gemini).count()
    };
    assert!((60..=140).contains(&arms("--ab-test-unit=request")));
    assert!([0, 200].contains(&arms("--ab-test-unit=user")));
}

#[test]
fn what_is_drawn_says_in_which_step_it_counts() {
    let world = World::new(&[]).with(&[Command::Start(PlanName::Quick), Command::Promote(None)]);
    let exposure = world.ask("anna").exposure.unwrap();
    let step = &world.stored.as_ref().unwrap().step;
    assert_eq!((exposure.step, exposure.slow_after_ms), (Some(step.number), step.slow_after_ms));
    assert_eq!(world.stored.unwrap().phase, Phase::Running);
}

#[test]
fn old_arms_share_by_weight_and_nobody_changes_among_them_when_the_share_moves() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let arms = "experiment = \"three\"\n[[arm]]\nname = \"n\"\nprovider = \"gemini\"\n\
        [[arm]]\nname = \"a\"\nprovider = \"claude\"\nweight = 3\n[[arm]]\nname = \"b\"\nprovider = \"local\"\n";
    std::fs::write(file.path(), arms).unwrap();
    let flag = format!("--experiment-file={}", file.path().display());
    let at = |percent| World::new(&[&flag]).with(&[Command::Set(share(percent))]);
    let (none, some) = (at(0.0), at(40.0));
    let mut counts = [0; 2];
    for i in 0..2000 {
        let user = format!("user-{i}");
        let (before, after) = (none.ask(&user), some.ask(&user));
        counts[usize::from(before.arm_name() == "b")] += 1;
        assert!(after.arm_name() == "n" || after.arm_name() == before.arm_name());
    }
    assert!((1420..=1580).contains(&counts[0]), "{counts:?}");
}

#[test]
fn nobody_gets_the_new_arm_while_the_state_was_not_read() {
    let world = World::new(&["--enable-gemini=true", "--gemini-rollout-percentage=100"]);
    let World { config, experiment, environment, callable, .. } = &world;
    let rules = Rules { config, experiment, environment: *environment, callable };
    let got = assign(&rules, Standing::Unread, &Ask { user: Some("anna"), id: "0", forced: None }).unwrap();
    assert_eq!(got.arm, ProviderName::Claude);
    assert_eq!(got.exposure.unwrap().step, None, "it counts in no step");
}

#[test]
fn of_two_models_of_one_provider_the_old_one_is_kept_after_a_roll_back() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let arms = "experiment = \"models\"\n[[arm]]\nname = \"b\"\nprovider = \"gemini\"\nmodel = \"g-b\"\n\
        [[arm]]\nname = \"a\"\nprovider = \"gemini\"\nmodel = \"g-a\"\nstrategy = \"frames\"\n";
    std::fs::write(file.path(), arms).unwrap();
    let flag = format!("--experiment-file={}", file.path().display());
    let everyone = World::new(&[&flag]).with(&[Command::Set(Share::EVERYBODY)]).ask("anna");
    assert_eq!((everyone.arm_name(), everyone.strategy()), ("b", None));
    let back = World::new(&[&flag]).with(&[Command::Set(Share::EVERYBODY), Command::RollBack]);
    let got = back.ask("anna");
    assert_eq!((got.arm_name(), got.reason), ("a", AssignmentReason::GeminiDisabled));
    assert_eq!(got.strategy(), Some(Strategy::Frames));
    let World { config, experiment, environment, callable, stored } = &back;
    let rules = Rules { config, experiment, environment: *environment, callable };
    assert_eq!(rules.barred(Standing::Stored(stored.as_ref().unwrap())), [], "the old one answers for others too");
}

#[test]
fn who_is_switched_off_or_rolled_back_answers_for_nobody() {
    let barred = |world: &World| {
        let World { config, experiment, environment, callable, stored } = world;
        let rules = Rules { config, experiment, environment: *environment, callable };
        rules.barred(stored.as_ref().map_or(Standing::Nothing, Standing::Stored))
    };
    assert_eq!(barred(&World::new(&[])), []);
    assert_eq!(barred(&World::new(&["--enable-gemini=false"])).first(), Some(&ProviderName::Gemini));
    assert_eq!(barred(&World::new(&[]).with(&[Command::Set(share(50.0))])), []);
    let back = World::new(&[]).with(&[Command::Set(share(50.0)), Command::RollBack]);
    assert_eq!(barred(&back), [ProviderName::Gemini]);
}

#[test]
fn the_other_of_the_two_compared_arms_is_found_from_either() {
    let world = World::new(&[]).with(&[Command::Set(share(50.0))]);
    for user in ["anna", "bert", "cleo", "dora", "emil"] {
        let drawn = world.ask(user);
        let other = opposite(&world.experiment, &drawn).unwrap();
        assert_ne!(other.arm, drawn.arm);
        assert_eq!(opposite(&world.experiment, &other).unwrap(), drawn);
    }
    assert_eq!(opposite(&world.experiment, &typed()), None);
}

#[test]
fn an_explanation_names_the_rule_and_the_bucket() {
    let world = World::new(&[]).with(&[Command::Set(share(10.0))]);
    let World { config, experiment, environment, callable, stored } = &world;
    let rules = Rules { config, experiment, environment: *environment, callable };
    let ask = Ask { user: Some("anna"), id: "0", forced: None };
    let (assignment, words) = explain(&rules, Standing::Stored(stored.as_ref().unwrap()), &ask).unwrap();
    assert!(words.contains(&format!("bucket {}", assignment.bucket.unwrap())), "{words}");
    assert!(words.contains("10 %") && words.contains("below 1000"), "{words}");
}
