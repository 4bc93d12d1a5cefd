//! Counters, reports and requests' keys, on both engines.

use std::sync::Arc;

use futures_util::future::join_all;
use koalens_backend::domain::CounterName;
use koalens_backend::store::{ApiKey, Awaited, Claim, Claimed, Noted, Report, hash_of};

use super::*;

fn counter(name: &str) -> CounterName {
    CounterName::parse(name).unwrap()
}

fn report() -> Report {
    Report {
        ingredient: "E471\0".into(),
        feedback: "'; --".into(),
        product_id: None,
        is_vegan: Some(false),
        said_at: Some("1763787600000".into()),
    }
}

/// A claim of ten seconds, made at `FEBRUARY_MS`.
fn claim(scope: &str, body: &str, number: u128) -> Claim {
    Claim {
        scope: scope.to_owned(),
        body: body.to_owned(),
        analysis: id(number),
        user: Some(user("anna")),
        lease_until_ms: FEBRUARY_MS + 10_000,
        expires_at_ms: FEBRUARY_MS + 86_400_000,
    }
}

on_both! {
    async fn a_counter_starts_anew_each_month(bench: Bench) {
        let store = bench.open().await;
        let (anna, scans, january_ms) = (user("anna"), counter("scans"), FEBRUARY_MS - 1);
        assert_eq!(store.counter(&anna, &scans, january_ms).await.unwrap(), 0);
        assert_eq!(store.count_up(&anna, &scans, 3, january_ms).await.unwrap(), 3);
        assert_eq!(store.count_up(&anna, &scans, 1, january_ms).await.unwrap(), 4);
        assert_eq!(store.count_up(&anna, &scans, 1, FEBRUARY_MS).await.unwrap(), 1);
        assert_eq!(store.counter(&anna, &scans, january_ms).await.unwrap(), 4);
        assert_eq!(store.counter(&anna, &counter("shares"), FEBRUARY_MS).await.unwrap(), 0);
        assert_eq!(store.counter(&user("bo"), &scans, FEBRUARY_MS).await.unwrap(), 0);
        assert_eq!(store.usage(&anna, FEBRUARY_MS).await.unwrap(), 0, "counters never add to usage");
        store.purge_before(FEBRUARY_MS).await.unwrap();
        assert_eq!(store.counter(&anna, &scans, january_ms).await.unwrap(), 0);
        assert_eq!(store.counter(&anna, &scans, FEBRUARY_MS).await.unwrap(), 1);
        store.forget_user(&anna, FEBRUARY_MS).await.unwrap();
        assert_eq!(bench.count("counters").await, 0);
    }

    async fn machines_count_up_together(bench: Bench) {
        let stores = [Arc::new(bench.open().await), Arc::new(bench.open().await)];
        let counting = (0..40).map(|number| {
            let store = Arc::clone(&stores[number % 2]);
            tokio::spawn(async move { store.count_up(&user("a"), &counter("b"), 1, FEBRUARY_MS).await.unwrap() })
        });
        let mut values: Vec<u64> = join_all(counting).await.into_iter().map(Result::unwrap).collect();
        values.sort_unstable();
        assert_eq!(values, (1..=40).collect::<Vec<_>>());
    }

    async fn a_report_is_kept_and_its_user_can_be_forgotten(bench: Bench) {
        let store = bench.open().await;
        let number = Uuid::from_u128(7);
        store.keep_report(number, &report(), Some(&user("anna")), FEBRUARY_MS).await.unwrap();
        let hash = store.user_hash(&user("anna")).await.unwrap();
        let rest = "E471\u{fffd}|'; --|-|0|1763787600000";
        let rows = bench.rows("SELECT * FROM reports").await;
        assert_eq!(rows, [format!("{number}|{FEBRUARY_MS}|{}|{rest}", hash.as_str())]);
        store.forget_user(&user("anna"), FEBRUARY_MS).await.unwrap();
        assert_eq!(bench.rows("SELECT * FROM reports").await, [format!("{number}|{FEBRUARY_MS}|-|{rest}")]);
        store.purge_before(FEBRUARY_MS + 1).await.unwrap();
        assert_eq!(bench.count("reports").await, 0);
    }

    async fn a_key_is_claimed_once_then_answers_the_same(bench: Bench) {
        let stores = [Arc::new(bench.open().await), Arc::new(bench.open().await)];
        let claims = (0..20_u128).map(|number| {
            let store = Arc::clone(&stores[usize::from(number % 2 == 0)]);
            tokio::spawn(async move { (number, store.claim_key(&claim("k", "a", number), FEBRUARY_MS).await.unwrap()) })
        });
        let claims: Vec<_> = join_all(claims).await.into_iter().map(Result::unwrap).collect();
        let fresh: Vec<u128> = claims.iter().filter(|(_, it)| *it == Claimed::Fresh).map(|(number, _)| *number).collect();
        assert_eq!(fresh.len(), 1, "{claims:?}");
        assert!(claims.iter().all(|(_, it)| matches!(it, Claimed::Fresh | Claimed::InFlight)), "{claims:?}");

        stores[0].answer_key(&claim("k", "a", 99), "not mine").await.unwrap();
        stores[0].answer_key(&claim("k", "a", fresh[0]), r#"{"status":"vegan"}"#).await.unwrap();
        let again = async |body| stores[1].claim_key(&claim("k", body, 50), FEBRUARY_MS + 80_000_000).await;
        assert_eq!(again("a").await.unwrap(), Claimed::Answered(r#"{"status":"vegan"}"#.into()));
        assert_eq!(again("b").await.unwrap(), Claimed::Conflict);
        let next_day = stores[1].claim_key(&claim("k", "b", 51), FEBRUARY_MS + 86_400_000).await;
        assert_eq!(next_day.unwrap(), Claimed::Fresh);
        assert!(!bench.rows("SELECT key_hash FROM request_keys").await.contains(&"k".to_owned()));
    }

    async fn a_lease_that_is_over_reads_as_interrupted_once(bench: Bench) {
        let store = bench.open().await;
        let claimed = async |number, after_ms| {
            let now_ms = FEBRUARY_MS + after_ms;
            let claim = Claim { lease_until_ms: now_ms + 10_000, ..claim("k", "a", number) };
            store.claim_key(&claim, now_ms).await.unwrap()
        };
        assert_eq!(claimed(1, 0).await, Claimed::Fresh);
        assert_eq!(claimed(2, 9_999).await, Claimed::InFlight);
        assert_eq!(claimed(3, 10_000).await, Claimed::Interrupted(id(1)));
        assert_eq!(claimed(4, 10_001).await, Claimed::Fresh);
        store.answer_key(&claim("k", "a", 1), "too late").await.unwrap();
        assert_eq!(claimed(5, 10_001).await, Claimed::InFlight, "whoever lost the lease cannot answer");
        store.fail_key(&claim("k", "a", 4), "why").await.unwrap();
        assert_eq!(claimed(6, 10_002).await, Claimed::Fresh);
    }

    async fn an_analysis_that_is_fetched_later_is_told_of_until_it_has_ended(bench: Bench) {
        let stores = [bench.open().await, bench.open().await];
        let (mine, at) = (claim("k", "a", 1), FEBRUARY_MS);
        let stands = async |at| stores[1].awaited(id(1), at).await.unwrap();
        assert_eq!(stands(at).await, None);
        stores[0].claim_key(&mine, at).await.unwrap();
        assert_eq!(stands(at).await, Some(Awaited::Running(None)));
        let noted = Noted { stage: "media".to_owned(), percent: 37 };
        stores[0].note_key(&mine, &noted).await.unwrap();
        assert_eq!(stands(at + 9_999).await, Some(Awaited::Running(Some(noted))));
        assert_eq!(stands(at + 10_000).await, Some(Awaited::Interrupted));
        stores[0].fail_key(&mine, "why").await.unwrap();
        assert_eq!(stands(at).await, Some(Awaited::Failed("why".to_owned())));
        assert_eq!(stores[1].claim_key(&claim("k", "b", 2), at).await.unwrap(), Claimed::Fresh, "a failure frees its key");
        assert_eq!(stands(at).await, None);
        stores[1].answer_key(&claim("k", "b", 2), "yes").await.unwrap();
        assert_eq!(stores[1].awaited(id(2), at).await.unwrap(), None, "what has a result is read from it");
    }

    async fn keys_go_with_their_time_and_with_their_user(bench: Bench) {
        let store = bench.open().await;
        for (scope, number) in [("k", 1), ("l", 2)] {
            store.claim_key(&claim(scope, "a", number), FEBRUARY_MS).await.unwrap();
        }
        let other = Claim { user: None, ..claim("m", "a", 3) };
        store.claim_key(&other, FEBRUARY_MS).await.unwrap();
        store.forget_user(&user("anna"), FEBRUARY_MS).await.unwrap();
        assert_eq!(bench.count("request_keys").await, 1);
        store.purge_keys(FEBRUARY_MS + 86_399_999).await.unwrap();
        assert_eq!(bench.count("request_keys").await, 1);
        store.purge_keys(FEBRUARY_MS + 86_400_000).await.unwrap();
        assert_eq!(bench.count("request_keys").await, 0);
    }

    async fn a_callers_key_is_kept_as_a_hash_until_it_is_revoked(bench: Bench) {
        let store = bench.open().await;
        let key = ApiKey {
            name: "the-app".to_owned(),
            hash: hash_of("koalens_secret"),
            per_minute: 240,
            created_at_ms: FEBRUARY_MS,
            revoked_at_ms: None,
        };
        assert!(store.add_api_key(&key).await.unwrap());
        assert!(!store.add_api_key(&ApiKey { hash: hash_of("another"), ..key.clone() }).await.unwrap());
        assert_eq!(store.api_keys().await.unwrap(), std::slice::from_ref(&key));
        assert!(!bench.rows("SELECT key_hash FROM api_keys").await[0].contains("secret"));
        assert!(store.revoke_api_key("the-app", FEBRUARY_MS + 1).await.unwrap());
        assert!(!store.revoke_api_key("the-app", FEBRUARY_MS + 2).await.unwrap());
        assert_eq!(store.api_keys().await.unwrap(), [ApiKey { revoked_at_ms: Some(FEBRUARY_MS + 1), ..key }]);
    }

    async fn a_premium_user_is_one_until_told_otherwise_or_forgotten(bench: Bench) {
        let store = bench.open().await;
        let (anna, at) = (user("anna"), FEBRUARY_MS);
        assert!(!store.is_premium(&anna).await.unwrap());
        for _twice in 0..2 {
            store.set_premium(&anna, true, at).await.unwrap();
        }
        assert!(store.is_premium(&anna).await.unwrap() && !store.is_premium(&user("bo")).await.unwrap());
        store.set_premium(&anna, false, at).await.unwrap();
        assert!(!store.is_premium(&anna).await.unwrap());
        store.set_premium(&anna, true, at).await.unwrap();
        store.forget_user(&anna, at).await.unwrap();
        assert_eq!(bench.count("premium_users").await, 0);
    }
}
