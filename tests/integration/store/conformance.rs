//! Every act of the store, on both engines.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use futures_util::future::join_all;
use koalens_backend::domain::{Analysis, CallOutcome, CallRole, NanoUsd, ProviderCall, Status};
use koalens_backend::store::{self, Attempts, Budget, Config, Engine, Error, Feedback, Recorded, Slice, Store};

use super::*;

on_both! {
    async fn machines_together_never_lease_more_than_the_budget(bench: Bench) {
        let stores = [Arc::new(bench.open().await), Arc::new(bench.open().await)];
        let budget = |period: &str, usd: i64| {
            Budget { period: period.to_owned(), ends_at_ms: FEBRUARY_MS, limit: NanoUsd(usd * 1_000_000_000) }
        };
        let budgets = [budget("hour:1", 2), budget("day:1", 3)];
        let leases = (0..60).map(|number| {
            let (store, budgets) = (Arc::clone(&stores[number % 2]), budgets.clone());
            tokio::spawn(async move { store.lease_budget(&budgets, NanoUsd(0)).await.unwrap() })
        });
        let leases: Vec<Slice> = join_all(leases).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(leases.iter().map(|lease| lease.amount.0).sum::<i64>(), 2_000_000_000);
        assert!(leases.iter().any(|lease| lease.amount.0 == 0 && lease.taken_percent == 100));

        stores[0].return_budget(&budgets, NanoUsd(500_000_000)).await.unwrap();
        let again = stores[1].lease_budget(&budgets, NanoUsd(0)).await.unwrap();
        assert_eq!((again.amount.0, again.taken_percent), (50_000_000, 78));
        let next_hour = [budget("hour:2", 2), budget("day:1", 3)];
        assert!(stores[1].lease_budget(&next_hour, NanoUsd(0)).await.unwrap().amount.0 > 0, "a new hour begins with a whole budget");
    }

    async fn what_was_recorded_is_read_back_equal(bench: Bench) {
        let store = bench.open().await;
        assert_eq!(store.record(&analysis(1), Some(&user("åsa"))).await.unwrap(), Recorded::Stored);
        assert_eq!(store.analysis(id(1)).await.unwrap(), Some(analysis(1)));
        assert_eq!(store.analysis(id(2)).await.unwrap(), None);
    }

    async fn every_attempt_is_a_row_with_all_its_columns(bench: Bench) {
        let store = bench.open().await;
        store.record(&analysis(1), None).await.unwrap();
        let (unit, biggest) = (id(1), i64::MAX);
        let rows = bench.rows("SELECT * FROM provider_calls ORDER BY attempt").await;
        let shared = format!("1738368000005|gemini-rollout|2|{unit}|gemini");
        let figures = format!("p1|4294967295|1|2|3|4|{biggest}");
        assert_eq!(rows, [
            format!("{unit}|0|{shared}|gemini|primary|timeout|gemini-x|-|{figures}"),
            format!("{unit}|1|{shared}|claude|fallback|ok|gemini-x|claude-y\u{fffd}|{figures}"),
        ]);
    }

    async fn recording_twice_changes_nothing(bench: Bench) {
        let store = bench.open().await;
        for _ in 0..2 {
            assert_eq!(store.record(&analysis(1), Some(&user("a"))).await.unwrap(), Recorded::Stored);
        }
        assert_eq!((bench.count("analyses").await, bench.count("provider_calls").await), (1, 2));
        assert_eq!(store.history(&user("a"), 10, None).await.unwrap().len(), 1);
        assert_eq!(store.usage(&user("a"), FEBRUARY_MS).await.unwrap(), 1);
    }

    async fn usage_counts_pictures_with_a_list_of_this_month(bench: Bench) {
        let store = bench.open().await;
        let (anna, january_ms) = (user("anna"), FEBRUARY_MS - 1);
        store.record(&analysis(1), Some(&anna)).await.unwrap();
        store.record(&of_status(2, Status::Unknown), Some(&anna)).await.unwrap();
        store.record(&typed(3), Some(&anna)).await.unwrap();
        store.record(&analysis(4), Some(&user("bo"))).await.unwrap();
        store.record(&analysis(5), None).await.unwrap();
        store.record(&Analysis { created_at_ms: january_ms, ..analysis(6) }, Some(&anna)).await.unwrap();
        for (number, status) in [(7, Status::Vegan), (8, Status::Vegan), (9, Status::Uncertain)] {
            store.record(&of_status(number, status), Some(&anna)).await.unwrap();
        }
        assert_eq!(store.usage(&anna, FEBRUARY_MS).await.unwrap(), 4);
        assert_eq!(store.usage(&anna, january_ms).await.unwrap(), 1);
        assert_eq!(store.usage(&user("nobody"), FEBRUARY_MS).await.unwrap(), 0);
    }

    async fn history_pages_are_newest_first_and_do_not_overlap(bench: Bench) {
        let store = bench.open().await;
        for number in [2, 5, 1, 4, 3] {
            store.record(&analysis(number), Some(&user("a"))).await.unwrap();
        }
        store.record(&analysis(6), Some(&user("b"))).await.unwrap();
        let page = async |before| {
            let page = store.history(&user("a"), 2, before).await.unwrap();
            page.into_iter().map(|analysis| analysis.id).collect::<Vec<_>>()
        };
        assert_eq!(page(None).await, [id(5), id(4)]);
        assert_eq!(page(Some(id(4))).await, [id(3), id(2)]);
        assert_eq!(page(Some(id(2))).await, [id(1)]);
        assert_eq!(page(Some(id(1))).await, []);
        let everyones = async |before| {
            let page = store.recent(2, before).await.unwrap();
            page.into_iter().map(|analysis| analysis.id).collect::<Vec<_>>()
        };
        assert_eq!(everyones(None).await, [id(6), id(5)]);
        assert_eq!(everyones(Some(id(5))).await, [id(4), id(3)]);
    }

    async fn a_batch_is_recorded_whole(bench: Bench) {
        let store = bench.open().await;
        let batch: Vec<_> = (1..=20).map(|number| (typed(number), Some(user("a")))).collect();
        assert_eq!(store.record_many(&batch).await.unwrap(), Recorded::Stored);
        assert_eq!(store.record_many(&batch).await.unwrap(), Recorded::Stored);
        assert_eq!(store.history(&user("a"), 100, None).await.unwrap().len(), 20);
        assert_eq!(store.record_many(&[]).await.unwrap(), Recorded::Stored);
    }

    async fn one_refused_row_does_not_take_its_batch_with_it(bench: Bench) {
        let store = bench.open().await;
        bench.execute("CREATE UNIQUE INDEX one_model ON analyses (model)").await;
        let other = Analysis { model: "other".into(), ..typed(3) };
        let outcome = store.record_many(&[(typed(1), None), (typed(2), None), (other, None)]).await;
        assert!(matches!(outcome, Err(Error::Refused(_))), "{outcome:?}");
        assert_eq!(bench.rows("SELECT id FROM analyses ORDER BY id").await, [id(1).to_string(), id(3).to_string()]);
        assert!(bench.spooled("json").is_empty());
    }

    async fn the_attempts_of_a_failed_analysis_are_kept(bench: Bench) {
        let store = bench.open().await;
        let attempts =
            Attempts { id: id(1), created_at_ms: FEBRUARY_MS, assignment: assignment(), calls: vec![call(), call()] };
        for _ in 0..2 {
            assert_eq!(store.record_attempts(&attempts, Some(&user("a"))).await.unwrap(), Recorded::Stored);
        }
        assert_eq!((bench.count("provider_calls").await, bench.count("analyses").await), (2, 0));
        assert_eq!(store.usage(&user("a"), FEBRUARY_MS).await.unwrap(), 0);
    }

    async fn a_unit_is_exposed_once_a_step_and_only_by_being_tried(bench: Bench) {
        let store = bench.open().await;
        store.record(&analysis(1), Some(&user("a"))).await.unwrap();
        store.record(&analysis(2), Some(&user("a"))).await.unwrap();
        store.record(&analysis(3), None).await.unwrap();
        for (number, role, outcome) in [
            (4, CallRole::Primary, CallOutcome::Cached),
            (5, CallRole::Primary, CallOutcome::Budget),
            (6, CallRole::Shadow, CallOutcome::Ok),
        ] {
            let calls = vec![ProviderCall { role, outcome, ..call() }];
            store.record(&Analysis { calls, ..analysis(number) }, None).await.unwrap();
        }
        let hash = store.user_hash(&user("a")).await.unwrap();
        let mut expected = vec![hash.as_str().to_owned(), id(3).to_string()];
        expected.sort();
        let mut units = bench.rows("SELECT unit FROM step_units").await;
        units.sort();
        assert_eq!(units, expected);
    }

    async fn the_newest_feedback_wins(bench: Bench) {
        let store = bench.open().await;
        store.record(&analysis(1), None).await.unwrap();
        let wrong = Feedback {
            verdict_correct: false,
            correct_status: Some(Status::Vegan),
            ingredient: Some("grädde\0".into()),
            comment: Some("havre".into()),
        };
        let right = Feedback { verdict_correct: true, correct_status: None, ingredient: None, comment: None };
        assert!(store.set_feedback(id(1), &right, 1).await.unwrap());
        assert!(store.set_feedback(id(1), &wrong, 2).await.unwrap());
        assert_eq!(bench.rows("SELECT * FROM feedback").await, [format!("{}|2|0|vegan|grädde\u{fffd}|havre", id(1))]);
        assert!(!store.set_feedback(id(2), &right, 3).await.unwrap());
        let complaints = store.complaints(10).await.unwrap();
        assert_eq!((complaints.len(), complaints[0].count), (1, 1));
        assert_eq!(complaints[0].correct_status.as_deref(), Some("vegan"));
    }

    async fn a_forgotten_user_is_tied_to_nothing(bench: Bench) {
        let store = bench.open().await;
        let (gone, stays) = (user("gone"), user("stays"));
        store.record(&analysis(1), Some(&gone)).await.unwrap();
        store.record(&analysis(2), Some(&stays)).await.unwrap();
        let hash = store.user_hash(&gone).await.unwrap();
        store.forget_user(&gone, FEBRUARY_MS).await.unwrap();
        assert_eq!(store.history(&gone, 10, None).await.unwrap(), []);
        assert_eq!(store.usage(&gone, FEBRUARY_MS).await.unwrap(), 0);
        for column in ["user_hash FROM analyses", "unit_hash FROM provider_calls", "unit FROM step_units"] {
            let rows = bench.rows(&format!("SELECT {column}")).await;
            assert!(!rows.contains(&hash.as_str().to_owned()), "{column}");
            assert!(rows.contains(&store.user_hash(&stays).await.unwrap().as_str().to_owned()), "{column}");
        }
        assert_eq!(store.analysis(id(1)).await.unwrap(), Some(analysis(1)));
        assert_eq!(store.usage(&stays, FEBRUARY_MS).await.unwrap(), 1);
    }

    async fn what_began_before_forgetting_is_stored_without_its_user(bench: Bench) {
        let store = bench.open().await;
        store.forget_user(&user("a"), FEBRUARY_MS).await.unwrap();
        store.record(&analysis(1), Some(&user("a"))).await.unwrap();
        assert_eq!(store.history(&user("a"), 10, None).await.unwrap(), []);
        let later = Analysis { created_at_ms: FEBRUARY_MS + 1, ..analysis(2) };
        store.record(&later, Some(&user("a"))).await.unwrap();
        assert_eq!(store.history(&user("a"), 10, None).await.unwrap(), [later]);
        assert_eq!(bench.count("analyses").await, 2);
    }

    async fn retention_deletes_what_is_older_and_nothing_else(bench: Bench) {
        let store = bench.open().await;
        let day_ms = 86_400_000;
        let old = |number| {
            let at_ms = FEBRUARY_MS - 40 * day_ms;
            let calls = vec![ProviderCall { started_at_ms: at_ms, ..call() }];
            (Analysis { created_at_ms: at_ms, calls, ..analysis(number) }, Some(user("old")))
        };
        store.record_many(&(0..1100).map(old).collect::<Vec<_>>()).await.unwrap();
        store.record(&analysis(2000), Some(&user("new"))).await.unwrap();
        let feedback = Feedback { verdict_correct: true, correct_status: None, ingredient: None, comment: None };
        for number in [1, 2000] {
            store.set_feedback(id(number), &feedback, FEBRUARY_MS).await.unwrap();
        }
        store.forget_user(&user("other"), FEBRUARY_MS - 40 * day_ms).await.unwrap();
        // 1100 analyses, 1100 attempts, one unit, one month, one forgotten user, seventeen sums of a minute and an hour.
        assert_eq!(store.purge_before(FEBRUARY_MS - 20 * day_ms).await.unwrap(), 2237);
        for (table, left) in [
            ("analyses", 1), ("provider_calls", 2), ("user_analyses", 1), ("feedback", 1), ("usage", 1),
            ("step_units", 1), ("forgotten", 0),
        ] {
            assert_eq!(bench.count(table).await, left, "{table}");
        }
        assert_eq!(store.purge_before(FEBRUARY_MS - 20 * day_ms).await.unwrap(), 0);
    }

    async fn two_machines_write_at_once_and_lose_nothing(bench: Bench) {
        let stores = [Arc::new(bench.open().await), Arc::new(bench.open().await)];
        let mut writers = tokio::task::JoinSet::new();
        for store in &stores {
            for number in 0..40 {
                let store = Arc::clone(store);
                writers.spawn(async move { store.record(&analysis(number), Some(&user("a"))).await.unwrap() });
            }
        }
        assert!(writers.join_all().await.into_iter().all(|recorded| recorded == Recorded::Stored));
        assert_eq!(stores[0].usage(&user("a"), FEBRUARY_MS).await.unwrap(), 40);
        assert_eq!(bench.count("provider_calls").await, 80);
    }

    async fn machines_share_the_key_that_the_first_one_made(bench: Bench) {
        let first = bench.open().await.user_hash(&user("a")).await.unwrap();
        let other = Store::open(&bench.config, [8; 32]).await.unwrap();
        assert_eq!(other.user_hash(&user("a")).await.unwrap(), first);
        let key = Some(store::HashKey::parse("0123456789abcdef").unwrap());
        let configured = Store::open(&Config { user_hash_key: key, ..bench.config.clone() }, [9; 32]).await.unwrap();
        assert_ne!(configured.user_hash(&user("a")).await.unwrap(), first);
    }

    async fn migrating_again_changes_nothing_even_at_once(bench: Bench) {
        let store = bench.open().await;
        store.record(&analysis(1), None).await.unwrap();
        let migrations = bench.count("_sqlx_migrations").await;
        let (one, other) = tokio::join!(store::migrate(&bench.config), store::migrate(&bench.config));
        one.and(other).unwrap();
        assert_eq!(store.analysis(id(1)).await.unwrap(), Some(analysis(1)));
        assert_eq!(bench.count("_sqlx_migrations").await, migrations);
    }

    async fn a_newer_schema_is_fine(bench: Bench) {
        bench.execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', true, '', 0)",
        ).await;
        assert!(bench.open().await.is_up().await);
    }

    async fn a_backup_restores(bench: Bench) {
        let store = bench.open().await;
        store.record(&analysis(1), Some(&user("a"))).await.unwrap();
        let copy = bench.dir.path().join("copy");
        store::backup(&bench.config, &copy).await.unwrap();
        store.record(&analysis(2), Some(&user("a"))).await.unwrap();
        let url = match bench.config.engine() {
            Engine::Sqlite => format!("sqlite://{}", copy.display()),
            Engine::Postgres => restored(&copy),
        };
        let other = Bench::empty(|_| url);
        let restored = other.open().await;
        assert_eq!(restored.history(&user("a"), 10, None).await.unwrap(), [analysis(1)]);
        assert_eq!(
            restored.user_hash(&user("a")).await.unwrap(), store.user_hash(&user("a")).await.unwrap(),
            "the key is part of the backup"
        );
        assert!(matches!(store::backup(&bench.config, &copy).await, Err(Error::Backup(_))), "never overwrites");
    }
}

/// Restores an archive into a fresh database on the shared server.
fn restored(archive: &Path) -> String {
    let url = postgres::shared().new_database();
    let status = Command::new("pg_restore").arg("--no-owner").arg("--dbname").arg(&url).arg(archive).status().unwrap();
    assert!(status.success(), "pg_restore: {status}");
    url
}

#[tokio::test]
async fn both_engines_give_byte_equal_answers() {
    let mut transcripts = Vec::new();
    for bench in [Bench::sqlite().await, Bench::postgres(postgres::shared()).await] {
        let store = bench.open().await;
        for number in [3, 1, 2] {
            store.record(&analysis(number), Some(&user("åsa"))).await.unwrap();
        }
        let feedback = Feedback { verdict_correct: true, correct_status: None, ingredient: None, comment: None };
        let mut transcript = vec![
            serde_json::to_string(&store.analysis(id(1)).await.unwrap()).unwrap(),
            serde_json::to_string(&store.history(&user("åsa"), 2, None).await.unwrap()).unwrap(),
            store.usage(&user("åsa"), FEBRUARY_MS).await.unwrap().to_string(),
            store.user_hash(&user("åsa")).await.unwrap().as_str().to_owned(),
            store.set_feedback(id(2), &feedback, 5).await.unwrap().to_string(),
        ];
        store.forget_user(&user("åsa"), FEBRUARY_MS).await.unwrap();
        for table in ["analyses", "provider_calls", "step_units", "feedback", "forgotten", "service_keys"] {
            transcript.extend(bench.rows(&format!("SELECT * FROM {table} ORDER BY 1, 2")).await);
        }
        transcripts.push(transcript);
    }
    assert_eq!(transcripts[0], transcripts[1]);
}

#[tokio::test]
async fn a_postgres_that_was_never_migrated_is_refused() {
    let url = postgres::shared().new_database();
    let bench = Bench::empty(|_| url);
    let refused = Store::open(&bench.config, SPARE_KEY).await.err().unwrap();
    assert!(matches!(refused, Error::SchemaOlder { found: 0, needed: 1.. }), "{refused:?}");
    assert!(refused.to_string().contains("koalens migrate"));
}

#[tokio::test]
async fn a_postgres_with_an_older_schema_is_refused() {
    let bench = Bench::postgres(postgres::shared()).await;
    bench.execute("DELETE FROM _sqlx_migrations WHERE version > 1").await;
    let refused = Store::open(&bench.config, SPARE_KEY).await.err().unwrap();
    assert!(matches!(refused, Error::SchemaOlder { found: 1, .. }), "{refused:?}");
}

#[tokio::test]
async fn files_with_user_ids_are_for_their_owner_alone() {
    let bench = Bench::sqlite().await;
    let store = bench.open().await;
    store.record(&analysis(1), Some(&user("a"))).await.unwrap();
    let files = fs::read_dir(bench.dir.path()).unwrap().map(|file| file.unwrap());
    let files: Vec<_> = files.filter(|file| file.file_type().unwrap().is_file()).collect();
    assert!(files.len() > 1, "the file and its log");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_made_is_said_at_start() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let bench = Bench::empty(|_| format!("sqlite://{}/file/k.db", dir.path().display()));
    assert!(matches!(Store::open(&bench.config, SPARE_KEY).await, Err(Error::Directory(_))));
}

#[tokio::test]
async fn a_backup_of_nothing_leaves_nothing() {
    let bench = Bench::empty(|dir| format!("sqlite://{}/missing.db", dir.display()));
    let copy = bench.dir.path().join("copy");
    assert!(store::backup(&bench.config, &copy).await.is_err());
    assert!(!copy.exists() && !bench.dir.path().join("missing.db").exists());
}
