//! The database is cut off in the middle of an analysis, and comes back.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tempfile::TempDir;

use super::{BEGUN, scripted};
use crate::harness::app::send;
use crate::harness::postgres::Postgres;
use crate::harness::process::{Process, koalens};
use crate::harness::{fixture, until};

const ADMIN: &str = "an-admin-token-for-tests";

#[tokio::test(flavor = "multi_thread")]
async fn analyses_are_answered_while_the_database_is_down_and_stored_once_it_is_back() {
    let (server, data) = (Postgres::start(), TempDir::new().unwrap());
    let url = server.new_database();
    assert!(koalens().arg("migrate").env("DATABASE_URL", &url).status().unwrap().success());
    let mut settings = scripted("slow");
    settings.extend([("DATABASE_URL", url.as_str()), ("ADMIN_TOKEN", ADMIN), ("DATABASE_TIMEOUT_SECONDS", "1")]);
    settings.push(("RATE_LIMIT_PER_MINUTE", "100000"));
    let process = Process::start(&data, &settings);
    assert_eq!(degraded(&process).await, json!([]));

    let photo = process.post_file("image/jpeg", fixture("photo.jpg")).header("User-ID", "anna");
    let under_way = tokio::spawn(send(photo, 200));
    process.wait_for_log(1, BEGUN).await;
    server.stop();
    let answer = under_way.await.unwrap();
    let id = answer["analysisId"].as_str().unwrap();
    assert_eq!(degraded(&process).await, json!(["database"]));
    assert_eq!(send(process.get(&format!("/analyses/{id}")), 200).await["analysisId"], id);
    let history = || process.get("/users/anna/analyses").bearer_auth(ADMIN);
    assert_eq!(send(history(), 503).await["error"], "STORE_UNAVAILABLE");
    let unknown = "/analyses/01890a5d-ac96-774b-bcce-b302099a8057";
    assert_eq!(send(process.get(unknown), 503).await["error"], "STORE_UNAVAILABLE");

    server.restart();
    process.wait_for_log(1, "spooled records stored").await;
    until("nothing is degraded", Duration::from_secs(10), async || degraded(&process).await == json!([])).await;
    assert_eq!(rows(&url, "analyses", "id", id).await, 1);
    assert_eq!(rows(&url, "provider_calls", "analysis_id", id).await, 1);
    assert_eq!(send(history(), 200).await["analyses"][0]["analysisId"], id);
}

/// What `/ready` says is degraded, in an answer that still asks for work.
async fn degraded(process: &Process) -> Value {
    send(process.get("/ready"), 200).await["degraded"].take()
}

async fn rows(url: &str, table: &str, column: &str, id: &str) -> i64 {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table} WHERE {column} = $1"));
    sqlx::query_scalar(count).bind(id).fetch_one(&mut connection).await.unwrap()
}
