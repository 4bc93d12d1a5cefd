//! What stands between a vendor that misbehaves and everybody else: retries, the circuit breaker, the budget.

use std::time::Duration;

use futures_util::future::join_all;
use koalens_backend::domain::{CallOutcome, CallRole, NanoUsd, ProviderName};
use koalens_backend::providers::{Error, Purse};
use tokio::time::Instant;

use super::read;
use crate::harness::until;
use crate::harness::vendors::{VENDORS, Vendors};

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_vendor_is_asked_a_few_times_and_then_left_alone() {
    let vendors = Vendors::start();
    for (place, vendor) in VENDORS.into_iter().enumerate() {
        let readers = vendors.readers(vendor, "stub-broken", &[]);
        let mut last = None;
        for _ in 0..40 {
            last = Some(read(&readers, None).await);
        }
        let asked = vendors.asked().len() - 3 * place;
        assert_eq!(asked, 3, "{vendor:?}");
        let last = last.unwrap();
        assert_eq!(last.reading.err(), Some(Error::CircuitOpen));
        assert_eq!(last.calls.len(), 1);
        assert_eq!((last.calls[0].outcome, last.calls[0].provider_ms), (CallOutcome::BreakerOpen, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_comes_back_is_found_by_one_probe() {
    let vendors = Vendors::start();
    let flags = ["--circuit-breaker-failure-threshold", "1", "--circuit-breaker-recovery-timeout", "1"];
    let readers = vendors.readers(ProviderName::Claude, "stub-flaky", &flags);
    assert!(read(&readers, None).await.reading.is_err(), "the first attempt fails and opens the circuit");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert!(read(&readers, None).await.reading.is_ok());
    assert!(read(&readers, None).await.reading.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_in_passing_is_tried_again_and_every_attempt_is_a_row() {
    let vendors = Vendors::start();
    for vendor in VENDORS {
        let answer = read(&vendors.readers(vendor, "stub-flaky", &[]), None).await;
        assert!(answer.reading.is_ok(), "{vendor:?}: {answer:?}");
        let rows: Vec<_> = answer.calls.iter().map(|call| (call.role, call.outcome)).collect();
        assert_eq!(rows, [(CallRole::Primary, CallOutcome::Server), (CallRole::Retry, CallOutcome::Ok)], "{vendor:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_mended_by_trying_again_is_tried_once() {
    let vendors = Vendors::start();
    for vendor in VENDORS {
        for model in ["stub-key", "stub-spent", "stub-refusal", "stub-garbage", "stub-final"] {
            let answer = read(&vendors.readers(vendor, model, &[]), None).await;
            assert_eq!(answer.calls.len(), 1, "{vendor:?} {model}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_calls_at_once_do_not_overshoot_the_budget() {
    let vendors = Vendors::start();
    let purse = Purse::empty();
    let limit = NanoUsd(100_000_000);
    let an_hour = Instant::now() + Duration::from_secs(3600);
    purse.fill(limit, 50, an_hour);
    purse.fill(NanoUsd(0), 100, an_hour);
    let readers = vendors.readers_paid_from(ProviderName::Gemini, "gemini-3.8-flash", &[], purse);
    let answers = join_all((0..100).map(|_| read(&readers, None))).await;
    let calls = || answers.iter().flat_map(|answer| &answer.calls);
    let spent: i64 = calls().map(|call| call.cost.0).sum();
    assert!(spent > 0 && spent <= limit.0, "{spent}");
    let unpaid = answers.iter().filter(|answer| matches!(answer.reading, Err(Error::BudgetSpent))).count();
    let paid = calls().filter(|call| call.outcome == CallOutcome::Ok).count();
    assert!(paid > 0 && unpaid > 0 && paid + unpaid == 100, "{paid} paid, {unpaid} not");
    assert_eq!(vendors.asked().len(), paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_names_a_time_to_come_back_is_waited_for() {
    let vendors = Vendors::start();
    let limited = VENDORS.map(async |vendor| {
        let began = Instant::now();
        let flags = ["--max-retries", "1", "--circuit-breaker-failure-threshold", "9"];
        let answer = read(&vendors.readers(vendor, "stub-dated", &flags), None).await;
        (vendor, answer.calls.len(), began.elapsed())
    });
    for (vendor, attempts, took) in join_all(limited).await {
        // The stand-in names the second after the next: between one and two from now.
        assert_eq!(attempts, 2, "{vendor:?}");
        assert!(took >= Duration::from_millis(900), "{vendor:?} {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slower_of_two_calls_is_cancelled_and_what_it_may_have_cost_is_booked() {
    let vendors = Vendors::start();
    let purse = Purse::empty();
    let limit = NanoUsd(100_000_000_000);
    purse.fill(limit, 1, Instant::now() + Duration::from_secs(3600));
    let flags = ["--hedge-slow-calls", "true"];
    let readers = vendors.readers_paid_from(ProviderName::Gemini, "stub-stutters", &flags, purse.clone());
    let mut spent = 0;
    // The twenty-first answer has no end: from then on it is known how fast they usually are.
    for _ in 0..20 {
        let answer = read(&readers, None).await;
        assert_eq!(answer.calls.len(), 1);
        spent += answer.calls[0].cost.0;
    }
    let before = purse.empty_out();
    assert_eq!(before.0, limit.0 - spent);
    purse.put_back(before);
    let hedged = read(&readers, None).await;
    assert!(hedged.reading.is_ok(), "{hedged:?}");
    let rows: Vec<_> = hedged.calls.iter().map(|call| (call.role, call.outcome)).collect();
    assert_eq!(rows, [(CallRole::Primary, CallOutcome::GivenUp), (CallRole::Hedge, CallOutcome::Ok)]);
    let [loser, winner] = &hedged.calls[..] else { panic!("{hedged:?}") };
    assert!(loser.cost.0 > 0 && loser.tokens.input > 0, "{loser:?}");
    let paid = before.0 - purse.empty_out().0;
    assert!(paid >= loser.cost.0 + winner.cost.0, "{paid} for {hedged:?}");
    until("the stand-in sees it", Duration::from_secs(5), async || vendors.left() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_say_what_it_cost_is_not_free() {
    let vendors = Vendors::start();
    for vendor in [ProviderName::Gemini, ProviderName::Claude] {
        let purse = Purse::empty();
        purse.fill(NanoUsd(1_000_000_000), 1, Instant::now() + Duration::from_secs(3600));
        let readers = vendors.readers_paid_from(vendor, "stub-uncounted", &[], purse.clone());
        let answer = read(&readers, None).await;
        assert!(answer.reading.is_ok() && answer.calls[0].cost.0 > 0, "{vendor:?}: {answer:?}");
        let paid = 1_000_000_000 - purse.empty_out().0;
        assert!(paid > answer.calls[0].cost.0, "{vendor:?}: the most that it can have cost, {paid}");
    }
}
