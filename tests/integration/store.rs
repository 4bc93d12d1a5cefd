//! The store's conformance suite: every act, on both engines.
//!
//! `on_both!` turns one body into two tests. The body gets a [`Bench`]: settings for an empty, migrated database of its
//! own, and a way to look into it behind the store's back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use koalens_backend::domain::{
    Analysis, AnalysisId, Assignment, AssignmentReason, CallOutcome, CallRole, Language, Legibility, MediaFacts,
    MediaKind, NanoUsd, ProviderCall, ProviderName, Status, Timings, Tokens, UserId, Verdict,
};
use koalens_backend::store::{self, Attempts, Config, DatabaseUrl, Engine, Error, Feedback, Recorded, Store};
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use uuid::Uuid;

use crate::harness::postgres::{self, Postgres};

/// 2025-02-01T00:00:00Z.
const FEBRUARY_MS: i64 = 1_738_368_000_000;
const SPARE_KEY: [u8; 32] = [7; 32];

macro_rules! on_both {
    ($(async fn $name:ident($bench:ident: Bench) $body:block)*) => { $(
        mod $name {
            use super::*;

            async fn holds($bench: Bench) $body

            #[tokio::test]
            async fn on_sqlite() {
                holds(Bench::sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                holds(Bench::postgres(postgres::shared()).await).await;
            }
        }
    )* };
}

struct Bench {
    dir: tempfile::TempDir,
    config: Config,
}

impl Bench {
    fn empty(url: impl FnOnce(&Path) -> String) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = Config {
            database_url: Some(DatabaseUrl::parse(&url(dir.path())).unwrap()),
            data_dir: dir.path().join("data"),
            retention_days: 90,
            user_hash_key: None,
            spool_max_bytes: 1 << 20,
            database_timeout_seconds: 2,
            database_connections: 4,
        };
        Self { dir, config }
    }

    async fn migrated(self) -> Self {
        store::migrate(&self.config).await.unwrap();
        self
    }

    async fn sqlite() -> Self {
        Self::empty(|dir| format!("sqlite://{}/it's 100.db", dir.display())).migrated().await
    }

    async fn postgres(server: &Postgres) -> Self {
        let url = server.new_database();
        Self::empty(|_| url).migrated().await
    }

    /// Opens the store in a task, as the service may.
    async fn open(&self) -> Store {
        let config = self.config.clone();
        tokio::spawn(async move { Store::open(&config, SPARE_KEY).await.unwrap() }).await.unwrap()
    }

    async fn connect(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let url = match self.config.database_url.clone().unwrap() {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url,
        };
        AnyConnection::connect_with(&url.parse::<AnyConnectOptions>().unwrap()).await.unwrap()
    }

    async fn execute(&self, statement: &str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Every row of a table or query as text, columns and rows in a fixed order.
    async fn rows(&self, what: &str) -> Vec<String> {
        let mut connection = self.connect().await;
        let rows = sqlx::query(AssertSqlSafe(what)).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let cell = |row: &sqlx::any::AnyRow, column| {
            let text = row.try_get::<Option<String>, _>(column);
            text.map(|it| it.unwrap_or("-".into())).unwrap_or_else(|_| row.get::<i64, _>(column).to_string())
        };
        rows.iter().map(|row| (0..row.len()).map(|column| cell(row, column)).collect::<Vec<_>>().join("|")).collect()
    }

    async fn count(&self, table: &str) -> usize {
        self.rows(&format!("SELECT 1 FROM {table}")).await.len()
    }

    fn spool(&self) -> PathBuf {
        self.config.data_dir.join("spool")
    }

    fn spooled(&self, extension: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(self.spool()).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
    }
}

fn id(number: u128) -> AnalysisId {
    AnalysisId::new(Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + number))
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn call() -> ProviderCall {
    ProviderCall {
        started_at_ms: FEBRUARY_MS + 5,
        step: Some(2),
        serving: ProviderName::Gemini,
        role: CallRole::Primary,
        outcome: CallOutcome::Timeout,
        requested_model: "gemini-x".into(),
        served_model: None,
        prompt_hash: Some("p1".into()),
        provider_ms: u32::MAX,
        tokens: Tokens { input: 1, cached: 2, output: 3, thinking: 4 },
        cost: NanoUsd(i64::MAX),
    }
}

fn assignment() -> Assignment {
    Assignment {
        experiment: Some("gemini-rollout".into()),
        arm: ProviderName::Gemini,
        reason: AssignmentReason::Configured,
        bucket: Some(7312),
    }
}

/// A picture's analysis: assigned to Gemini, which timed out; answered by Claude.
fn analysis(number: u128) -> Analysis {
    let fallback = ProviderCall {
        serving: ProviderName::Claude,
        role: CallRole::Fallback,
        outcome: CallOutcome::Ok,
        served_model: Some("claude-y\0".into()),
        ..call()
    };
    Analysis {
        id: id(number),
        created_at_ms: FEBRUARY_MS,
        language: Language::Sv,
        assignment: assignment(),
        serving: ProviderName::Claude,
        model: "claude-y".into(),
        degraded: true,
        label_text: "Ingredienser: vatten, GRÄDDE \0 \u{1f95b} '; --".into(),
        image_quality_issues: vec![],
        verdict: Verdict {
            status: Status::NonVegan,
            confidence: 0.97,
            ingredients: vec![],
            watched: vec![],
            problem_ingredient: Some("GRÄDDE".into()),
            reasoning: "Innehåller grädde.".into(),
            uncertain_reasons: vec![],
            detected_language: Some("sv".into()),
            legibility: Legibility::Full,
        },
        media: Some(MediaFacts {
            kind: MediaKind::Video,
            duration_ms: Some(5000),
            frames_decoded: 150,
            images_sent: 8,
            bytes_sent: 91_234,
            image_tokens: 975,
            flattened: false,
        }),
        calls: vec![call(), fallback],
        timings: Timings { total_ms: 2215, ..Timings::default() },
    }
}

fn of_status(number: u128, status: Status) -> Analysis {
    let mut analysis = analysis(number);
    analysis.verdict.status = status;
    analysis
}

fn typed(number: u128) -> Analysis {
    Analysis { media: None, calls: vec![], ..analysis(number) }
}

on_both! {
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
        store.record(&of_status(7, Status::Vegan), Some(&anna)).await.unwrap();
        assert_eq!(store.usage(&anna, FEBRUARY_MS).await.unwrap(), 2);
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
        // 1100 analyses, 1100 attempts, one unit, one month, one forgotten user.
        assert_eq!(store.purge_before(FEBRUARY_MS - 20 * day_ms).await.unwrap(), 2203);
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
        let (one, other) = tokio::join!(store::migrate(&bench.config), store::migrate(&bench.config));
        one.and(other).unwrap();
        assert_eq!(store.analysis(id(1)).await.unwrap(), Some(analysis(1)));
        assert_eq!(bench.count("_sqlx_migrations").await, 1);
    }

    async fn a_newer_schema_is_fine(bench: Bench) {
        bench.execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', true, '', 0)",
        ).await;
        assert!(bench.open().await.is_up().await);
    }

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
    bench.execute("UPDATE _sqlx_migrations SET version = 0").await;
    let refused = Store::open(&bench.config, SPARE_KEY).await.err().unwrap();
    assert!(matches!(refused, Error::SchemaOlder { found: 0, .. }), "{refused:?}");
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
async fn an_outage_costs_one_timeout_not_one_for_each_request() {
    let server = Postgres::start();
    let bench = Bench::postgres(&server).await;
    let store = bench.open().await;
    server.stop();
    store.record(&analysis(1), None).await.unwrap();
    let begun = std::time::Instant::now();
    for number in 2..12 {
        assert_eq!(store.record(&analysis(number), None).await.unwrap(), Recorded::Spooled);
    }
    assert!(begun.elapsed().as_secs() < 10, "not ten times two seconds: {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_sqlite_file_that_somebody_locks_does_not_hold_an_answer() {
    let bench = Bench::sqlite().await;
    let store = bench.open().await;
    store.record(&analysis(1), Some(&user("a"))).await.unwrap();
    let mut other = bench.connect().await;
    let lock = other.begin_with("BEGIN EXCLUSIVE").await.unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(store.record(&analysis(2), Some(&user("a"))).await.unwrap(), Recorded::Spooled);
    assert!(begun.elapsed().as_secs() < 4, "{:?}", begun.elapsed());
    lock.rollback().await.unwrap();
    assert_eq!(store.drain_spool().await.unwrap(), 1);
    assert_eq!(store.history(&user("a"), 10, None).await.unwrap().len(), 2);
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
    let mut other = bench.connect().await;
    let lock = other.begin_with("BEGIN EXCLUSIVE").await.unwrap();
    let long = |number| Analysis { label_text: "a".repeat(200 << 10), ..analysis(number) };
    for number in 0..5 {
        assert!(number > 3 || !store.spool_full());
        assert_eq!(store.record(&long(number), None).await.unwrap(), Recorded::Spooled);
    }
    assert!(store.spool_full());
    let refused = store.record(&long(5), None).await.unwrap_err();
    assert!(matches!(refused, Error::SpoolFull) && refused.try_later());
    lock.rollback().await.unwrap();
    assert_eq!(store.drain_spool().await.unwrap(), 5);
    assert!(!store.spool_full());
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
