//! The store, on both engines: every act (`conformance`), and what happens while the database is down (`outages`).
//!
//! `on_both!` turns one body into two tests. The body gets a [`Bench`]: settings for an empty, migrated database of its
//! own, and a way to look into it behind the store's back.

use std::fs;
use std::path::{Path, PathBuf};

use koalens_backend::domain::{
    Analysis, AnalysisId, Assignment, AssignmentReason, CallOutcome, CallRole, Language, Legibility, MediaFacts,
    MediaKind, NanoUsd, ProviderCall, ProviderName, Status, Timings, Tokens, UserId, Verdict,
};
use koalens_backend::store::{self, Config, DatabaseUrl, Engine, Store};
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

mod conformance;
mod keys;
mod outages;
mod rollout;

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

    /// A connection that keeps everybody else from writing until it is closed.
    async fn lock(&self) -> AnyConnection {
        let mut connection = self.connect().await;
        let lock = match self.config.engine() {
            Engine::Sqlite => "BEGIN EXCLUSIVE",
            Engine::Postgres => "BEGIN; LOCK TABLE analyses IN EXCLUSIVE MODE",
        };
        sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
        connection
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
        exposure: None,
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
        quality: None,
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
