//! What happens while the database is down, and when it comes back.

use std::fs;
use std::time::Instant;

use koalens_backend::store::{Attempts, Error, Recorded, Store};

use super::*;

on_both! {
    async fn a_damaged_spool_file_is_set_aside_and_the_rest_is_stored(bench: Bench) {
        let store = bench.open().await;
        fs::write(bench.spool().join(format!("{}.json", id(1))), "{\"user\":\"a\",\"wh").unwrap();
        fs::write(bench.spool().join(format!("{}.json", id(2))), "").unwrap();
        let whole = serde_json::json!({"user": "a", "what": {"analysis": analysis(3)}}).to_string();
        fs::write(bench.spool().join(format!("{}.json", id(3))), whole).unwrap();
        assert_eq!(Store::open(&bench.config, SPARE_KEY).await.unwrap().drain_spool().await.unwrap(), 1);
        assert_eq!(store.history(&user("a"), 10, None).await.unwrap(), [analysis(3)]);
        assert_eq!((bench.spooled("json").len(), bench.spooled("bad").len()), (0, 2));
    }

    async fn a_spooled_row_that_the_database_refuses_is_set_aside(bench: Bench) {
        let store = bench.open().await;
        bench.execute("CREATE UNIQUE INDEX one_model ON analyses (model)").await;
        for number in [1, 2] {
            let entry = serde_json::json!({"user": null, "what": {"analysis": analysis(number)}}).to_string();
            fs::write(bench.spool().join(format!("{}.json", id(number))), entry).unwrap();
        }
        assert_eq!(Store::open(&bench.config, SPARE_KEY).await.unwrap().drain_spool().await.unwrap(), 1);
        assert_eq!(bench.spooled("bad"), [bench.spool().join(format!("{}.bad", id(2)))]);
        assert!(store.is_up().await);
    }

    async fn an_outage_costs_one_timeout_not_one_for_each_request(bench: Bench) {
        let store = bench.open().await;
        store.record(&analysis(1), None).await.unwrap();
        let _lock = bench.lock().await;
        let begun = Instant::now();
        for number in 2..8 {
            assert_eq!(store.record(&analysis(number), None).await.unwrap(), Recorded::Spooled);
        }
        assert!(begun.elapsed().as_secs() < 8, "not six times two seconds: {:?}", begun.elapsed());
    }

    async fn a_database_that_somebody_locks_does_not_hold_an_answer(bench: Bench) {
        let store = bench.open().await;
        store.record(&analysis(1), Some(&user("a"))).await.unwrap();
        let lock = bench.lock().await;
        let begun = Instant::now();
        assert_eq!(store.record(&analysis(2), Some(&user("a"))).await.unwrap(), Recorded::Spooled);
        assert!(begun.elapsed().as_secs() < 4, "{:?}", begun.elapsed());
        lock.close().await.unwrap();
        assert_eq!(store.drain_spool().await.unwrap(), 1);
        assert_eq!(store.history(&user("a"), 10, None).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn analyses_survive_a_postgres_that_is_cut_off_and_comes_back() {
    let server = Postgres::start();
    let bench = Bench::postgres(&server).await;
    let store = bench.open().await;
    store.record(&analysis(1), Some(&user("a"))).await.unwrap();
    server.stop();
    for number in [2, 3] {
        assert_eq!(store.record(&analysis(number), Some(&user("a"))).await.unwrap(), Recorded::Spooled);
    }
    let attempts = Attempts { id: id(4), created_at_ms: FEBRUARY_MS, assignment: assignment(), calls: vec![call()] };
    assert_eq!(store.record_attempts(&attempts, None).await.unwrap(), Recorded::Spooled);
    assert_eq!(store.record_many(&[(typed(5), Some(user("a")))]).await.unwrap(), Recorded::Spooled);
    assert_eq!(store.analysis(id(2)).await.unwrap(), Some(analysis(2)), "read from the spool");
    assert!(!store.is_up().await);
    assert!(store.history(&user("a"), 10, None).await.is_err_and(|error| error.try_later()));
    assert!(store.analysis(id(1)).await.is_err_and(|error| error.try_later()));
    assert_eq!(store.drain_spool().await.unwrap(), 0);

    server.restart();
    assert_eq!(store.drain_spool().await.unwrap(), 4);
    assert!(bench.spooled("json").is_empty());
    assert_eq!(store.history(&user("a"), 10, None).await.unwrap().len(), 4);
    assert_eq!(store.usage(&user("a"), FEBRUARY_MS).await.unwrap(), 3);
    assert_eq!(bench.count("provider_calls").await, 7);
    store.close().await;
}

#[tokio::test]
async fn the_service_starts_while_postgres_is_down_and_checks_the_schema_later() {
    let server = Postgres::start();
    let (old, new) = (Bench::empty(|_| server.new_database()), Bench::postgres(&server).await);
    server.stop();
    let (on_old, on_new) = (old.open().await, new.open().await);
    assert_eq!(on_new.record(&analysis(1), Some(&user("a"))).await.unwrap(), Recorded::Spooled);
    server.restart();
    assert!(on_new.is_up().await && !on_old.is_up().await);
    assert_eq!(on_new.drain_spool().await.unwrap(), 1);
    assert_eq!(on_new.history(&user("a"), 1, None).await.unwrap(), [analysis(1)]);
    assert_eq!(on_old.record(&analysis(1), None).await.unwrap(), Recorded::Spooled, "until somebody migrates");
}

#[tokio::test]
async fn a_forgotten_user_stays_forgotten_when_the_spool_drains() {
    let bench = Bench::sqlite().await;
    let store = bench.open().await;
    let entry = serde_json::json!({"user": "a", "what": {"analysis": analysis(1)}}).to_string();
    fs::write(bench.spool().join(format!("{}.json", id(1))), entry).unwrap();
    store.forget_user(&user("a"), FEBRUARY_MS + 1).await.unwrap();
    let reopened = bench.open().await;
    assert_eq!(reopened.drain_spool().await.unwrap(), 1);
    assert_eq!(bench.rows("SELECT user_hash FROM analyses").await, ["-"]);
    assert_eq!(bench.count("user_analyses").await, 0);
}

#[tokio::test]
async fn a_full_spool_refuses_and_says_so_beforehand() {
    let bench = Bench::sqlite().await;
    let store = bench.open().await;
    let lock = bench.lock().await;
    let long = |number| Analysis { label_text: "a".repeat(200 << 10), ..analysis(number) };
    for number in 0..5 {
        assert!(number > 3 || !store.spool_full());
        assert_eq!(store.record(&long(number), None).await.unwrap(), Recorded::Spooled);
    }
    assert!(store.spool_full());
    let refused = store.record(&long(5), None).await.unwrap_err();
    assert!(matches!(refused, Error::SpoolFull) && refused.try_later());
    lock.close().await.unwrap();
    assert_eq!(store.drain_spool().await.unwrap(), 5);
    assert!(!store.spool_full());
}
