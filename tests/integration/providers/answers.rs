//! What each kind of answer comes to, for every vendor alike.

use futures_util::future::join_all;
use koalens_backend::domain::{CallOutcome, Legibility, ProviderName, Tokens};
use koalens_backend::providers::Error;
use koalens_backend::stub::Behaviour;

use super::read;
use crate::harness::vendors::{VENDORS, Vendors};

/// The outcome of a behaviour, and the error where there is no reading.
fn expected(behaviour: Behaviour) -> (CallOutcome, Option<Error>) {
    match behaviour {
        Behaviour::Ok
        | Behaviour::Cream
        | Behaviour::Slow
        | Behaviour::Thinking
        | Behaviour::OtherModel
        | Behaviour::Stutters
        | Behaviour::Uncounted
        | Behaviour::Injected => (CallOutcome::Ok, None),
        Behaviour::Limited | Behaviour::Dated | Behaviour::Spent => {
            (CallOutcome::RateLimited, Some(Error::RateLimited))
        }
        Behaviour::Overloaded | Behaviour::Broken | Behaviour::Flaky | Behaviour::Final => {
            (CallOutcome::Server, Some(Error::Server))
        }
        Behaviour::Key | Behaviour::Unknown | Behaviour::Redirects => (CallOutcome::Server, Some(Error::Rejected)),
        Behaviour::Refusal | Behaviour::Safety | Behaviour::Blocked => (CallOutcome::Refused, Some(Error::Refused)),
        Behaviour::Cut
        | Behaviour::MaxTokens
        | Behaviour::Garbage
        | Behaviour::Prose
        | Behaviour::Schema
        | Behaviour::Empty
        | Behaviour::Invents
        | Behaviour::Huge => (CallOutcome::Invalid, Some(Error::Invalid)),
        Behaviour::Hangs | Behaviour::Drips | Behaviour::Stalls => (CallOutcome::Timeout, Some(Error::TimedOut)),
        Behaviour::Drops => (CallOutcome::Network, Some(Error::Network)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_answer_has_one_outcome_at_every_vendor() {
    let vendors = Vendors::start();
    let limits = ["--gemini-timeout", "8", "--claude-timeout", "8", "--openai-timeout", "8"];
    let cases = VENDORS
        .iter()
        .flat_map(|vendor| Behaviour::ALL.iter().map(move |(name, behaviour)| (*vendor, *name, *behaviour)));
    let asked = join_all(cases.map(async |(vendor, name, behaviour)| {
        let answer = read(&vendors.readers(vendor, &format!("stub-{name}"), &limits), None).await;
        (vendor, name, behaviour, answer)
    }));
    for (vendor, name, behaviour, answer) in asked.await {
        let (outcome, error) = expected(behaviour);
        let first = &answer.calls[0];
        assert_eq!(first.outcome, outcome, "{vendor:?} {name}: {answer:?}");
        assert_eq!((first.serving, &first.requested_model), (vendor, &format!("stub-{name}")));
        assert!(first.prompt_hash.as_ref().is_some_and(|hash| hash.len() == 16));
        // What fails only the first time may be read by a later attempt.
        if behaviour != Behaviour::Flaky {
            assert_eq!(answer.reading.err(), error, "{vendor:?} {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_what_the_model_wrote_behind_its_thoughts() {
    let vendors = Vendors::start();
    for vendor in VENDORS {
        let reading = read(&vendors.readers(vendor, "stub-thinking", &[]), None).await.reading.unwrap();
        assert_eq!(reading.label_text, "Ingredienser: vatten, kokosmjölk, salt.", "{vendor:?}");
        assert_eq!(reading.legibility, Legibility::Full);
        let names: Vec<_> = reading.ingredients.unwrap().into_iter().map(|item| item.name).collect();
        assert_eq!(names, ["vatten", "kokosmjölk", "salt"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_cost_are_counted_as_each_vendor_bills_them() {
    let vendors = Vendors::start();
    let spent = [
        // Names that the stand-in reads a list for and the table has prices for, USD per million tokens.
        (ProviderName::Gemini, "gemini-3.8-flash", 1420, 1420 * 750 + 2048 * 75 + 264 * 3750),
        (ProviderName::Claude, "claude-haiku-5-5", 1300, 1300 * 100 + 2048 * 10 + 264 * 500),
        (ProviderName::Openai, "a-model-without-a-price", 1300, 0),
    ];
    for (vendor, model, input, nano_usd) in spent {
        let answer = read(&vendors.readers(vendor, model, &[]), None).await;
        let call = &answer.calls[0];
        assert_eq!(call.tokens, Tokens { input, cached: 2048, output: 200, thinking: 64 }, "{vendor:?}");
        assert_eq!(call.cost.0, nano_usd, "{vendor:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_and_useless_answers_are_billed() {
    let vendors = Vendors::start();
    for vendor in [ProviderName::Gemini, ProviderName::Claude] {
        for model in ["stub-refusal", "stub-prose", "stub-max-tokens"] {
            let answer = read(&vendors.readers(vendor, model, &[]), None).await;
            assert!(answer.reading.is_err() && answer.calls[0].cost.0 > 0, "{vendor:?} {model}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_that_answered_is_recorded_and_its_price_paid() {
    let vendors = Vendors::start();
    for vendor in VENDORS {
        let answer = read(&vendors.readers(vendor, "stub-other-model", &[]), None).await;
        let call = &answer.calls[0];
        assert_eq!(call.requested_model, "stub-other-model");
        assert!(
            call.served_model.as_deref().is_some_and(|served| served != "stub-other-model"),
            "{vendor:?}: {call:?}"
        );
    }
    let answer = read(&vendors.readers(ProviderName::Gemini, "stub-other-model", &[]), None).await;
    let call = &answer.calls[0];
    assert_eq!(
        (call.requested_model.as_str(), call.served_model.as_deref()),
        ("stub-other-model", Some("gemini-3.5-flash-lite"))
    );
    assert_eq!(call.cost.0, 1420 * 300 + 2048 * 30 + 264 * 2500);
}
