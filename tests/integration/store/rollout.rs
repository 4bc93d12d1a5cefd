//! The rollout's state, its log and its leader; and the sums of what arms did. On both engines.

use std::collections::BTreeMap;

use koalens_backend::domain::{
    Action, Decision, Exposure, Figures, Ground, Phase, PlanName, Quality, RELATIVE_ERROR, Rollout, Share, Step,
    UnitKind, measure,
};
use koalens_backend::store::{Attempts, LogEntry};

use super::*;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

fn rollout(version: i64, percent: f64) -> Rollout {
    let step =
        Step { number: 1, share: Share::of_percent(percent).unwrap(), began_at_ms: FEBRUARY_MS, slow_after_ms: 5_000 };
    Rollout {
        experiment: "x".into(),
        algorithm: "a".into(),
        version,
        phase: Phase::Running,
        plan: PlanName::Quick,
        step,
        earlier: vec![],
        started_at_ms: Some(FEBRUARY_MS),
        baked_ms: 0,
        baking_since_ms: Some(FEBRUARY_MS),
        approved: false,
        yardstick: None,
        environment: Some(Share::HALF),
    }
}

fn entry(why: &str) -> LogEntry<'_> {
    LogEntry { who: "admin", why, action: "set", decision: None }
}

fn drawn(arm: &str, unit: UnitKind) -> Assignment {
    let exposure = Exposure { arm: arm.into(), step: Some(7), unit, slow_after_ms: 2_000, strategy: None };
    Assignment { experiment: Some("x".into()), exposure: Some(exposure), ..assignment() }
}

fn attempt(number: u128, outcome: CallOutcome, ms: u32) -> ProviderCall {
    let at_ms = i64::try_from(number).unwrap() * 20_000;
    let (tokens, cost) = (Tokens { input: 100, cached: 10, output: 20, thinking: 5 }, NanoUsd(700));
    let call = call();
    ProviderCall { started_at_ms: FEBRUARY_MS + at_ms, step: Some(7), outcome, provider_ms: ms, tokens, cost, ..call }
}

/// An analysis of the arm `gemini`, asked once.
fn asked(number: u128, outcome: CallOutcome, ms: u32) -> Analysis {
    let calls = vec![attempt(number, outcome, ms)];
    Analysis { assignment: drawn("gemini", UnitKind::User), calls, ..analysis(number) }
}

async fn step(store: &Store, arm: &str) -> Figures {
    let step = Step { number: 7, ..rollout(1, 10.0).step };
    let measured = store.measure("x", &[step]).await.unwrap();
    measured.steps[0].1.get(arm).cloned().unwrap_or_default()
}

async fn whole(store: &Store) -> Figures {
    let all = store.figures(FEBRUARY_MS - HOUR_MS, FEBRUARY_MS + 100 * HOUR_MS).await.unwrap();
    all.into_values().fold(Figures::default(), |mut sum, figures| {
        sum.merge(&figures);
        sum
    })
}

on_both! {
    async fn sums_are_those_of_the_rows(bench: Bench) {
        let store = bench.open().await;
        // Some hours of calls, of which each tenth times out.
        for number in 0..700 {
            let (outcome, ms) = if number % 10 == 3 {
                (CallOutcome::Timeout, 9_000)
            } else {
                (CallOutcome::Ok, 500 + u32::try_from(number * 37 % 4_000).unwrap())
            };
            store.record(&asked(number, outcome, ms), Some(&user("a"))).await.unwrap();
        }
        let (from, to) = (FEBRUARY_MS + 7 * MINUTE_MS, FEBRUARY_MS + 3 * HOUR_MS + 11 * MINUTE_MS);
        let figures = store.figures(from, to).await.unwrap();
        let figures = &figures[&("gemini".to_owned(), "gemini-x".to_owned())];
        let rows = format!("FROM provider_calls WHERE started_at >= {from} AND started_at < {to}");
        let plain = bench.rows(&format!(
            "SELECT CAST(COUNT(*) AS BIGINT), CAST(SUM(provider_ms) AS BIGINT), CAST(SUM(cost_nano_usd) AS BIGINT) {rows}"
        )).await;
        let sums = [measure::REQUESTS, measure::MS, measure::COST].map(|name| figures.sum(name).to_string());
        assert_eq!(plain, [sums.join("|")]);
        let failed = bench.rows(&format!("SELECT 1 {rows} AND outcome = 'timeout'")).await.len();
        assert_eq!(figures.count("failed.timeout"), failed as u64);
        let mut times: Vec<f64> =
            bench.rows(&format!("SELECT provider_ms {rows}")).await.iter().map(|ms| ms.parse().unwrap()).collect();
        times.sort_by(f64::total_cmp);
        for q in [0.5, 0.95, 0.99] {
            let exact = times[((times.len() - 1) as f64 * q) as usize];
            let got = figures.times().quantile(q).unwrap();
            assert!((got - exact).abs() <= exact * RELATIVE_ERROR * 1.000_001, "{q}: {got} for {exact}");
        }
        for bin_ms in [30 * MINUTE_MS, HOUR_MS] {
            let bins = store.timeline(FEBRUARY_MS, FEBRUARY_MS + 4 * HOUR_MS, bin_ms).await.unwrap();
            assert!(bins.len() > 2);
            for (begin, arms) in bins {
                let end = begin + bin_ms;
                let select = format!("SELECT 1 FROM provider_calls WHERE started_at >= {begin} AND started_at < {end}");
                assert_eq!(arms["gemini"].count(measure::REQUESTS), bench.rows(&select).await.len() as u64, "{begin}");
            }
        }
    }

    async fn a_record_that_comes_twice_counts_once(bench: Bench) {
        let store = bench.open().await;
        for _ in 0..2 {
            store.record(&asked(1, CallOutcome::Timeout, 10), Some(&user("a"))).await.unwrap();
            let assignment = drawn("gemini", UnitKind::User);
            let calls = vec![attempt(2, CallOutcome::Server, 10)];
            let attempts = Attempts { id: id(2), created_at_ms: FEBRUARY_MS, assignment, calls };
            store.record_attempts(&attempts, Some(&user("b"))).await.unwrap();
        }
        let figures = whole(&store).await;
        let sums = [measure::REQUESTS, measure::FAILED, "failed.timeout", "failed.server", "verdict.non-vegan"];
        assert_eq!(sums.map(|name| figures.sum(name)), [2, 2, 1, 1, 1]);
        let step = step(&store, "gemini").await;
        assert_eq!([measure::UNITS, measure::UNITS_FAILED].map(|name| step.sum(name)), [2, 2]);
    }

    async fn a_unit_counts_once_in_its_step_however_often_it_asks_and_fails(bench: Bench) {
        let store = bench.open().await;
        let unusable = Quality { unusable: true, judged: 4, agreed: 3 };
        for (number, outcome, ms) in [
            (1, CallOutcome::Ok, 100), (2, CallOutcome::Server, 100), (3, CallOutcome::Server, 100),
            (4, CallOutcome::Ok, 2_001), (5, CallOutcome::Timeout, 1), (6, CallOutcome::Cached, 1),
        ] {
            let asked = Analysis { quality: Some(unusable), ..asked(number, outcome, ms) };
            store.record(&asked, Some(&user("a"))).await.unwrap();
        }
        store.record(&asked(7, CallOutcome::Ok, 100), None).await.unwrap();
        let step = step(&store, "gemini").await;
        let names = [
            measure::UNITS, measure::UNITS_FAILED, measure::UNITS_UNUSABLE, measure::UNITS_SLOW,
            measure::UNITS_CROSSED, measure::EXPOSED, measure::FAILED, measure::CACHED, measure::AGREED,
        ];
        assert_eq!(names.map(|name| step.sum(name)), [2, 1, 1, 1, 0, 6, 3, 1, 18]);
    }

    async fn a_unit_in_two_arms_is_seen(bench: Bench) {
        let store = bench.open().await;
        store.record(&asked(1, CallOutcome::Ok, 100), Some(&user("a"))).await.unwrap();
        for number in [2, 3] {
            let calls = vec![ProviderCall { serving: ProviderName::Claude, ..attempt(number, CallOutcome::Ok, 100) }];
            let assignment = Assignment { arm: ProviderName::Claude, ..drawn("claude", UnitKind::User) };
            store.record(&Analysis { assignment, calls, ..analysis(number) }, Some(&user("a"))).await.unwrap();
        }
        assert_eq!(step(&store, "claude").await.sum(measure::UNITS_CROSSED), 1);
    }

    async fn requests_are_units_where_each_is_drawn_anew(bench: Bench) {
        let store = bench.open().await;
        for number in [1, 2] {
            let assignment = drawn("gemini", UnitKind::Request);
            let asked = Analysis { assignment, ..asked(number, CallOutcome::Ok, 100) };
            store.record(&asked, Some(&user("a"))).await.unwrap();
        }
        assert_eq!(step(&store, "gemini").await.sum(measure::UNITS), 2);
    }

    async fn an_analysis_takes_as_long_as_its_attempts_and_the_waits_between(bench: Bench) {
        let store = bench.open().await;
        let first = attempt(0, CallOutcome::Server, 100);
        let retry = ProviderCall {
            role: CallRole::Retry, started_at_ms: first.started_at_ms + 900, ..attempt(0, CallOutcome::Ok, 600)
        };
        let other = ProviderCall { serving: ProviderName::Claude, role: CallRole::Shadow, ..attempt(0, CallOutcome::Ok, 9_000) };
        let analysis = Analysis { calls: vec![first, retry, other], ..asked(1, CallOutcome::Ok, 1) };
        store.record(&analysis, None).await.unwrap();
        let figures = whole(&store).await;
        let names = [measure::MS, measure::FAILED, measure::FALLBACKS, measure::COST, measure::INPUT];
        assert_eq!(names.map(|name| figures.sum(name)), [1_500, 0, 0, 1_400, 200]);
    }

    async fn the_attempt_that_decided_counts(bench: Bench) {
        let store = bench.open().await;
        let slow = ProviderCall { outcome: CallOutcome::GivenUp, ..attempt(0, CallOutcome::Ok, 900) };
        let began_at_ms = slow.started_at_ms;
        let hedge = ProviderCall {
            role: CallRole::Hedge, started_at_ms: began_at_ms + 600, ..attempt(0, CallOutcome::Ok, 300)
        };
        // The row of one that was given up may stand last, with a time of its own.
        for (number, calls) in [(1, vec![slow.clone(), hedge.clone()]), (2, vec![hedge, slow])] {
            store.record(&Analysis { calls, ..asked(number, CallOutcome::Ok, 1) }, None).await.unwrap();
        }
        let no_money = ProviderCall { role: CallRole::Retry, ..attempt(0, CallOutcome::Budget, 0) };
        let calls = vec![attempt(0, CallOutcome::Server, 100), no_money];
        store.record(&Analysis { calls, ..asked(3, CallOutcome::Ok, 1) }, None).await.unwrap();
        store.record(&asked(4, CallOutcome::Cached, 0), None).await.unwrap();
        let figures = whole(&store).await;
        let names = [measure::REQUESTS, measure::EXPOSED, measure::FAILED, "failed.server", measure::CACHED];
        assert_eq!(names.map(|name| figures.sum(name)), [4, 3, 1, 1, 1]);
        assert_eq!((figures.sum(measure::MS), figures.times().count()), (900 + 300 + 100, 3));
    }

    async fn two_machines_count_together(bench: Bench) {
        let stores = [bench.open().await, bench.open().await].map(std::sync::Arc::new);
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..80 {
            let store = std::sync::Arc::clone(&stores[number as usize % 2]);
            let name = format!("user-{}", number % 20);
            writers.spawn(async move {
                store.record(&asked(number, CallOutcome::Server, 100), Some(&user(&name))).await.unwrap()
            });
        }
        writers.join_all().await;
        for store in &stores {
            store.drain_spool().await.unwrap();
        }
        let step = step(&stores[0], "gemini").await;
        let names = [measure::REQUESTS, measure::UNITS, measure::UNITS_FAILED];
        assert_eq!(names.map(|name| step.sum(name)), [80, 20, 20]);
    }

    async fn a_change_that_knows_an_older_version_does_nothing(bench: Bench) {
        let store = bench.open().await;
        let (one, two) = (rollout(1, 10.0), rollout(2, 50.0));
        assert_eq!(store.rollout("x").await.unwrap().0, None);
        assert!(store.change_rollout(None, &one, &entry("first"), None).await.unwrap());
        assert!(!store.change_rollout(None, &one, &entry("again"), None).await.unwrap());
        assert!(store.change_rollout(Some(&one), &two, &entry("more"), None).await.unwrap());
        assert!(!store.change_rollout(Some(&one), &rollout(2, 0.0), &entry("late"), None).await.unwrap());
        assert_eq!(store.rollout("x").await.unwrap().0, Some(two.clone()));
        let log = store.rollout_log("x", 10).await.unwrap();
        assert_eq!(log.iter().map(|line| line.why.as_str()).collect::<Vec<_>>(), ["more", "first"]);
        assert_eq!((log[0].before.as_ref(), log[0].after.as_ref(), log[0].version), (Some(&one), Some(&two), 2));
        assert_eq!(log[1].before, None);
    }

    async fn the_log_is_only_appended_to(bench: Bench) {
        let store = bench.open().await;
        store.change_rollout(None, &rollout(1, 10.0), &entry("first"), None).await.unwrap();
        for statement in ["UPDATE rollout_log SET why = 'x'", "DELETE FROM rollout_log"] {
            let mut connection = bench.connect().await;
            let outcome = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await;
            assert!(outcome.unwrap_err().to_string().contains("only appended to"), "{statement}");
        }
    }

    async fn one_leads_at_a_time_and_the_one_before_is_fenced_off(bench: Bench) {
        let store = bench.open().await;
        let first = store.lease("rollout", "a", 200).await.unwrap().unwrap();
        assert_eq!(store.lease("rollout", "b", 200).await.unwrap(), None);
        assert_eq!(store.lease("rollout", "a", 200).await.unwrap().unwrap(), first, "renewed");
        assert!(store.lease("other", "b", 200).await.unwrap().is_some());
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        assert!(
            !store.change_rollout(None, &rollout(1, 10.0), &entry("late"), Some(&first)).await.unwrap(),
            "nobody took it, but it has run out"
        );
        let second = store.lease("rollout", "b", 60_000).await.unwrap().unwrap();
        assert!(second.epoch > first.epoch);
        assert!(!store.change_rollout(None, &rollout(1, 10.0), &entry("late"), Some(&first)).await.unwrap());
        assert!(store.change_rollout(None, &rollout(1, 10.0), &entry("now"), Some(&second)).await.unwrap());
        let decision = Decision { action: Action::Hold, reason: Ground::Interval, figures: BTreeMap::new() };
        let decided = LogEntry { action: "decide", decision: Some(&decision), ..entry("") };
        assert!(!store.log_decision(&rollout(1, 10.0), &decided, &first).await.unwrap());
        assert!(store.log_decision(&rollout(1, 10.0), &decided, &second).await.unwrap());
        assert_eq!(store.rollout_log("x", 1).await.unwrap()[0].decision, Some(decision));
        store.release(&second).await.unwrap();
        assert!(store.lease("rollout", "a", 200).await.unwrap().is_some(), "given back");
    }

    async fn a_day_of_a_million_analyses_is_summed_up_in_three_tenths_of_a_second(bench: Bench) {
        let store = bench.open().await;
        // Two arms, 1440 minutes and their hours: a dozen sums and 120 buckets of times each.
        for (scope, slots, span_ms, n) in [("minute", 1_440, MINUTE_MS, 1), ("hour", 24, HOUR_MS, 60)] {
            bench.execute(&format!(
                "INSERT INTO tallies (scope, slot, arm, model, measure, n)
                 WITH RECURSIVE slots(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM slots WHERE i < {slots} - 1),
                      names(m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM names WHERE m < 131),
                      arms(arm) AS (SELECT 'gemini' UNION ALL SELECT 'claude')
                 SELECT '{scope}', {FEBRUARY_MS} + i * {span_ms}, arm, 'm',
                     CASE WHEN m < 120 THEN 'ms.' || (300 + m) WHEN m = 120 THEN 'requests' ELSE 'sum' || m END,
                     CASE WHEN m = 120 THEN {n} * 348 ELSE {n} * 3 END
                 FROM slots CROSS JOIN names CROSS JOIN arms"
            )).await;
        }
        let from = FEBRUARY_MS + 30 * MINUTE_MS;
        let began = std::time::Instant::now();
        let figures = store.figures(from, FEBRUARY_MS + 24 * HOUR_MS).await.unwrap();
        let took = began.elapsed();
        let requests: i64 = figures.values().map(|arm| arm.sum(measure::REQUESTS)).sum();
        assert_eq!(requests, 2 * 1_410 * 348, "98 of 100 in a million");
        let times: u64 = figures.values().map(|arm| arm.times().count()).sum();
        assert_eq!(times, 2 * 1_410 * 120 * 3);
        assert!(took < std::time::Duration::from_millis(300), "{took:?}");
    }
}

#[tokio::test]
async fn postgres_hints_at_a_change() {
    let bench = Bench::postgres(postgres::shared()).await;
    let store = bench.open().await;
    let mut hints = store.hints();
    let soon = std::time::Duration::from_secs(1);
    assert!(tokio::time::timeout(soon, hints.next()).await.is_err(), "nothing to hint at");
    store.change_rollout(None, &rollout(1, 10.0), &entry("first"), None).await.unwrap();
    tokio::time::timeout(soon, hints.next()).await.expect("a hint");
}
