//! Every rule of the decision, one row each, and the changes between states.

use std::collections::BTreeMap;

use super::*;
use crate::domain::{Action, Figures, Ground, Measured, Phase, PlanName, Rollout, Share, Sketch, Yardstick, measure};
use crate::experiment::config::of_flags as config;
use crate::experiment::{Config, Experiment};

const HOUR_MS: i64 = 3_600_000;
const START_MS: i64 = 1_000_000;

fn share(percent: f64) -> Share {
    Share::of_percent(percent).unwrap()
}

/// An arm: each unit asked once, all as slow as `ms`.
fn arm(units: i64, failed: i64, ms: u32) -> Figures {
    let mut figures = Figures::default();
    let n = i64::from(ms);
    for (name, sum) in [
        (measure::UNITS, units),
        (measure::EXPOSED, units),
        (measure::UNITS_FAILED, failed),
        (measure::FAILED, failed),
        (measure::MS, units * n),
        (measure::MS_SQUARED, units * n * n),
    ] {
        figures.add(name, sum);
    }
    figures.add(&format!("{}{}", measure::MS_BUCKET, Sketch::bucket(ms)), units);
    figures
}

fn and(mut figures: Figures, name: &str, n: i64) -> Figures {
    figures.add(name, n);
    figures
}

/// A rollout at a step, what was measured in it, and when it is looked at.
struct Case {
    flags: Vec<&'static str>,
    commands: Vec<Command>,
    new: Figures,
    old: Figures,
    after_ms: i64,
    measured: bool,
    yardstick: Option<Yardstick>,
}

/// At 50 % of the standard plan, baked, healthy.
fn fine() -> Case {
    Case {
        flags: vec![],
        commands: vec![Command::Start(PlanName::Standard), Command::Promote(None)],
        new: arm(1000, 5, 1000),
        old: arm(1000, 5, 1000),
        after_ms: 48 * HOUR_MS,
        measured: true,
        yardstick: None,
    }
}

fn everyone(new: Figures) -> Case {
    let commands = vec![Command::Start(PlanName::Standard), Command::Promote(Some(Share::EVERYBODY))];
    Case { commands, new, old: Figures::default(), ..fine() }
}

impl Case {
    fn rollout(&self, config: &Config) -> Rollout {
        let mut rollout = None;
        for command in &self.commands {
            rollout =
                Some(apply(&config.limits, "gemini-rollout", rollout.as_ref(), *command, self.yardstick, START_MS));
        }
        rollout.unwrap()
    }

    fn decide(&self) -> (Action, Ground) {
        let config = config(&self.flags);
        let (rollout, experiment) = (self.rollout(&config), Experiment::default());
        let arms = BTreeMap::from([("gemini".to_owned(), self.new.clone()), ("claude".to_owned(), self.old.clone())]);
        let now_ms = START_MS + self.after_ms;
        let measured = Measured { at_ms: now_ms, steps: vec![(rollout.step.clone(), arms)] };
        let schedule = Schedule::new(&config, &experiment);
        let decision = decide(&schedule, &rollout, self.measured.then_some(&measured), now_ms);
        (decision.action, decision.reason)
    }
}

#[test]
fn each_rule_decides_where_it_stands() {
    use Action::{Advance, Hold, RollBack};
    let failing = || arm(1000, 60, 1000);
    let early = 5 * 60_000;
    let paused = vec![Command::Start(PlanName::Standard), Command::Promote(None), Command::Pause];
    let cases = [
        ("all is well", fine(), (Advance, Ground::Healthy)),
        (
            "the kill switch comes first",
            Case { flags: vec!["--enable-gemini=false"], new: failing(), ..fine() },
            (RollBack, Ground::KillSwitch),
        ),
        (
            "rolling back again changes nothing",
            Case {
                commands: vec![Command::Set(share(10.0)), Command::RollBack],
                flags: vec!["--enable-gemini=false"],
                ..fine()
            },
            (Hold, Ground::RolledBack),
        ),
        (
            "without a plan nothing advances",
            Case { commands: vec![Command::Set(share(50.0))], ..fine() },
            (Hold, Ground::NotRunning),
        ),
        (
            "a share set by hand is guarded",
            Case { commands: vec![Command::Set(share(50.0))], new: failing(), ..fine() },
            (RollBack, Ground::ErrorGate),
        ),
        (
            "against absolute limits too",
            Case { commands: vec![Command::Set(share(100.0))], ..everyone(arm(1000, 200, 1000)) },
            (RollBack, Ground::Critical),
        ),
        (
            "or only watched, where that was asked for",
            Case {
                flags: vec!["--rollout-guard-manual=false"],
                commands: vec![Command::Set(share(50.0))],
                new: failing(),
                ..fine()
            },
            (Hold, Ground::ErrorGate),
        ),
        (
            "the kill switch leaves it for when it is lifted",
            Case {
                flags: vec!["--enable-gemini=false"],
                commands: vec![Command::Set(share(50.0))],
                new: failing(),
                ..fine()
            },
            (Hold, Ground::KillSwitch),
        ),
        (
            "errors roll back before the interval is over",
            Case { new: failing(), after_ms: early, ..fine() },
            (RollBack, Ground::ErrorGate),
        ),
        (
            "and while paused",
            Case { new: failing(), commands: paused.clone(), ..fine() },
            (RollBack, Ground::ErrorGate),
        ),
        (
            "and below the minimum sample",
            Case { new: arm(20, 12, 1000), old: arm(20, 0, 1000), after_ms: early, ..fine() },
            (RollBack, Ground::ErrorGate),
        ),
        (
            "and before an approval",
            Case { flags: vec!["--rollout-approval=true"], new: failing(), ..fine() },
            (RollBack, Ground::ErrorGate),
        ),
        (
            "empty answers roll back",
            Case { new: and(arm(1000, 5, 1000), measure::UNITS_UNUSABLE, 40), after_ms: early, ..fine() },
            (RollBack, Ground::QualityGate),
        ),
        (
            "slowness rolls back",
            Case { new: and(arm(1000, 5, 1000), measure::UNITS_SLOW, 40), after_ms: early, ..fine() },
            (RollBack, Ground::LatencyGate),
        ),
        (
            "two arms that fail alike are not told apart",
            Case { new: arm(1000, 9, 1000), old: arm(1000, 9, 1000), ..fine() },
            (Advance, Ground::Healthy),
        ),
        ("a lopsided split holds", Case { new: arm(1300, 5, 1000), ..fine() }, (Hold, Ground::SampleRatio)),
        (
            "or rolls back",
            Case { flags: vec!["--rollout-on-mismatch=roll-back"], new: arm(1300, 5, 1000), ..fine() },
            (RollBack, Ground::SampleRatio),
        ),
        (
            "or passes with a warning",
            Case { flags: vec!["--rollout-on-mismatch=warn"], new: arm(1300, 5, 1000), ..fine() },
            (Advance, Ground::Healthy),
        ),
        (
            "a unit in two arms holds",
            Case { new: and(arm(1000, 5, 1000), measure::UNITS_CROSSED, 1), ..fine() },
            (Hold, Ground::TwoArms),
        ),
        ("a paused plan stays", Case { commands: paused, ..fine() }, (Hold, Ground::NotRunning)),
        ("a step bakes", Case { after_ms: 48 * HOUR_MS - 1, ..fine() }, (Hold, Ground::Interval)),
        ("what was not measured is not healthy", Case { measured: false, ..fine() }, (Hold, Ground::NoAnalysis)),
        (
            "nobody is no pass",
            Case { new: Figures::default(), old: Figures::default(), ..fine() },
            (Hold, Ground::NoData),
        ),
        (
            "nobody in the new arm alone is an uneven split",
            Case { new: Figures::default(), ..fine() },
            (Hold, Ground::SampleRatio),
        ),
        (
            "nobody waits out its grace",
            Case {
                flags: vec!["--rollout-on-no-data=roll-back"],
                new: Figures::default(),
                old: Figures::default(),
                after_ms: 71 * HOUR_MS,
                ..fine()
            },
            (Hold, Ground::NoData),
        ),
        (
            "and then does what was asked",
            Case {
                flags: vec!["--rollout-on-no-data=roll-back"],
                new: Figures::default(),
                old: Figures::default(),
                after_ms: 72 * HOUR_MS,
                ..fine()
            },
            (RollBack, Ground::NoData),
        ),
        ("a few are too few", Case { new: arm(99, 0, 1000), old: arm(99, 0, 1000), ..fine() }, (Hold, Ground::Sample)),
        (
            "a warning holds",
            Case { new: arm(1000, 15, 1000), old: arm(1000, 14, 1000), ..fine() },
            (Hold, Ground::Warning),
        ),
        (
            "a slow mean warns",
            Case { new: arm(1000, 5, 3100), old: arm(1000, 5, 3100), ..fine() },
            (Hold, Ground::Warning),
        ),
        (
            "an approval is waited for",
            Case { flags: vec!["--rollout-approval=true"], ..fine() },
            (Hold, Ground::Approval),
        ),
        ("a mean beyond doubt rolls back", Case { new: arm(1000, 5, 6000), ..fine() }, (RollBack, Ground::Critical)),
        (
            "unless the old arm is as slow",
            Case { new: arm(1000, 5, 6000), old: arm(1000, 5, 6000), ..fine() },
            (Hold, Ground::Warning),
        ),
        (
            "errors in both arms are critical all the same",
            Case { new: arm(1000, 250, 1000), old: arm(1000, 250, 1000), ..fine() },
            (RollBack, Ground::Critical),
        ),
        (
            "too few are never critical",
            Case { new: arm(99, 30, 1000), old: arm(99, 30, 1000), ..fine() },
            (Hold, Ground::Sample),
        ),
        ("with everyone in, one arm is enough", everyone(arm(1000, 5, 1000)), (Advance, Ground::Healthy)),
        ("and absolute limits act", everyone(arm(1000, 200, 1000)), (RollBack, Ground::Critical)),
        ("also when everything fails", everyone(arm(200, 200, 1000)), (RollBack, Ground::Critical)),
        (
            "and the old arm's slowness is remembered",
            Case { yardstick: Some(Yardstick { mean_ms: 5500.0, p95_ms: 11_000.0 }), ..everyone(arm(1000, 5, 10_500)) },
            (Hold, Ground::Warning),
        ),
    ];
    for (name, case, expected) in cases {
        assert_eq!(case.decide(), expected, "{name}");
    }
}

#[test]
fn an_estimate_past_the_critical_limit_is_no_proof() {
    let limits = config(&[]).limits;
    let few = checks(&limits, &arm(120, 8, 1000), None);
    assert_eq!((few[0].status, few[1].status), (Health::Warning, Health::Warning), "{few:?}");
    assert!(few[0].value > Some(0.05) && few[0].bound < Some(0.05), "{few:?}");
    assert_eq!(overall(&checks(&limits, &Figures::default(), None)), Health::NoData);
}

#[test]
fn one_user_who_asks_a_thousand_times_proves_little() {
    let mut figures = arm(100, 10, 1000);
    figures.add(measure::EXPOSED, 900);
    figures.add(measure::FAILED, 70);
    let limits = config(&[]).limits;
    assert_eq!(checks(&limits, &figures, None)[0].status, Health::Warning);
    assert_eq!(checks(&limits, &arm(1000, 200, 1000), None)[0].status, Health::Critical);
    let mut one = arm(100, 1, 1000);
    one.add(measure::EXPOSED, 10_000);
    one.add(measure::FAILED, 10_000);
    assert_eq!(checks(&limits, &one, None)[0].status, Health::Warning, "ten thousand failures of a single user");
}

#[test]
fn a_plan_goes_from_its_first_step_to_its_end() {
    let limits = config(&[]).limits;
    let step = |rollout: Option<&Rollout>, command| apply(&limits, "x", rollout, command, None, START_MS);
    let mut rollout = step(None, Command::Start(PlanName::Standard));
    let mut seen = vec![rollout.share().percent()];
    for _ in 0..2 {
        rollout = step(Some(&rollout), Command::Promote(None));
        seen.push(rollout.share().percent());
    }
    assert_eq!(seen, [10.0, 50.0, 100.0]);
    assert_eq!(rollout.earlier.len(), 2, "the plan's own steps, and not what stood before it");
    rollout = step(Some(&rollout), Command::Promote(None));
    assert_eq!((rollout.phase, rollout.share(), rollout.version), (Phase::Finished, Share::EVERYBODY, 4));
}

#[test]
fn a_pause_does_not_count_as_baking() {
    let limits = config(&[]).limits;
    let at = |rollout: &Rollout, command, now_ms| apply(&limits, "x", Some(rollout), command, None, now_ms);
    let rollout = apply(&limits, "x", None, Command::Start(PlanName::Standard), None, 0);
    let rollout = at(&rollout, Command::Pause, 100);
    assert_eq!(rollout.baked_ms(1000), 100);
    let rollout = at(&rollout, Command::Resume, 1000);
    assert_eq!((rollout.baked_ms(1050), rollout.phase), (150, Phase::Running));
}

#[test]
fn a_hand_on_the_share_pauses_a_plan_and_lifts_a_roll_back() {
    let limits = config(&[]).limits;
    let at = |rollout: Option<&Rollout>, command| apply(&limits, "x", rollout, command, None, START_MS);
    let running = at(None, Command::Start(PlanName::Quick));
    let by_hand = at(Some(&running), Command::Set(share(25.0)));
    assert_eq!((by_hand.phase, by_hand.share()), (Phase::Paused, share(25.0)));
    assert!(by_hand.step.number > running.step.number);
    let back = at(Some(&by_hand), Command::RollBack);
    assert_eq!((back.phase, back.share()), (Phase::RolledBack, Share::NOBODY));
    for revives_not in [Command::Resume, Command::Promote(None), Command::Approve, Command::RollBack] {
        assert_eq!(at(Some(&back), revives_not).phase, Phase::RolledBack, "{revives_not:?}");
    }
    assert_eq!(at(Some(&back), Command::Set(share(5.0))).phase, Phase::Manual);
    assert_eq!(at(Some(&back), Command::Start(PlanName::Quick)).phase, Phase::Running);
}

#[test]
fn the_newest_instruction_wins() {
    let wants = |percent: &str| config(&["--enable-gemini=true", &format!("--gemini-rollout-percentage={percent}")]);
    let at = |rollout: Option<&Rollout>, command| apply(&config(&[]).limits, "x", rollout, command, None, START_MS);
    assert_eq!(follow_environment(&config(&[]), None), None);
    let first = follow_environment(&wants("10"), None).unwrap();
    assert_eq!(first, Command::Environment(share(10.0)));
    let stored = at(Some(&at(None, first)), Command::Start(PlanName::Standard));
    assert_eq!(follow_environment(&wants("10"), Some(&stored)), None, "the same value is no instruction");
    assert_eq!(follow_environment(&config(&["--enable-gemini=true"]), Some(&stored)), None);
    let stopped = at(Some(&stored), follow_environment(&wants("5"), Some(&stored)).unwrap());
    assert_eq!((stopped.phase, stopped.share()), (Phase::Paused, share(5.0)));
    assert_eq!(follow_environment(&wants("5"), Some(&stopped)), None);
}

#[test]
fn a_step_begins_with_what_counts_as_slow_in_it() {
    let limits = config(&[]).limits;
    let first = apply(&limits, "x", None, Command::Start(PlanName::Quick), None, START_MS);
    assert_eq!(first.step.slow_after_ms, OBJECTIVE_MS);
    let measured = yardstick(&arm(1000, 0, 2000));
    let second = apply(&limits, "x", Some(&first), Command::Promote(None), measured, START_MS);
    assert!((1980..=2020).contains(&second.step.slow_after_ms), "{}", second.step.slow_after_ms);
    assert_eq!(yardstick(&arm(99, 0, 2000)), None);
}
