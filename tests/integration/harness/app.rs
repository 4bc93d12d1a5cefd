//! The service inside the test's process.

use std::time::Duration;

use clap::Parser;
use koalens_backend::app::{App, Settings};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::described;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

/// A running service. Stop it, or its port and workers live until the test's process ends.
pub struct TestApp {
    /// `http://127.0.0.1:port`
    pub url: String,
    /// Its data directory.
    pub data: TempDir,
    client: Client,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl TestApp {
    /// Starts the service with `flags` beside what keeps tests apart from each other.
    pub async fn start(flags: &[&str]) -> Self {
        let data = TempDir::new().unwrap();
        Self::start_in(data, flags).await
    }

    /// As [`TestApp::start`], over the data that an earlier one left.
    pub async fn start_in(data: TempDir, flags: &[&str]) -> Self {
        let directory = data.path().to_str().unwrap().to_owned();
        let own = [
            "test",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--metrics-port",
            "0",
            "--data-dir",
            &directory,
            "--shutdown-grace-seconds",
            "20",
        ];
        let settings =
            Arguments::try_parse_from(own.iter().chain(flags)).unwrap_or_else(|error| panic!("{error}")).settings;
        assert_eq!(settings.faults(), Vec::<String>::new());
        let app = App::build(settings, env!("CARGO_BIN_EXE_koalens").into()).await.unwrap();
        let url = format!("http://{}", app.address());
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stop = async {
                let _dropped = stopped.await;
                "the test"
            };
            app.run_until(stop).await.unwrap();
        });
        let client = super::client(Duration::from_secs(60));
        Self { url, data, client, stop, serving }
    }

    /// Stops it as SIGTERM would, and hands its data back.
    pub async fn stop(self) -> TempDir {
        let _gone = self.stop.send(());
        drop(self.client);
        self.serving.await.unwrap();
        self.data
    }

    /// Runs a statement on its SQLite file.
    pub async fn execute(&self, statement: &'static str) {
        let mut database = database(&self.data).await;
        sqlx::raw_sql(statement).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
    }

    /// A GET of `path`.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    /// Any request of `path`.
    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// A DELETE of `path`.
    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.client.delete(format!("{}{path}", self.url))
    }

    /// A POST to `path`.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    /// A POST of JSON to `path`.
    pub fn post_json(&self, path: &str, body: &Value) -> RequestBuilder {
        self.post(path).json(body)
    }

    /// A POST of a file to `/analyze`; `query` as in a URL.
    pub fn post_file(&self, media_type: &str, bytes: Vec<u8>, query: &str) -> RequestBuilder {
        self.post(&format!("/analyze?{query}")).header("Content-Type", media_type).body(bytes)
    }
}

/// A connection to the SQLite file in `data`.
pub async fn database(data: &TempDir) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", data.path().join("koalens.db").display());
    AnyConnection::connect_with(&url.parse::<AnyConnectOptions>().unwrap()).await.unwrap()
}

/// The JSON of an answer that must have `status`, and be as the API is described.
pub async fn json(response: Response, status: u16) -> Value {
    let (got, path) = (response.status().as_u16(), response.url().path().to_owned());
    let media_type = response.headers().get("content-type").map_or("", |value| value.to_str().unwrap());
    let media_type = media_type.split(';').next().unwrap_or_default().to_owned();
    let body = response.text().await.unwrap();
    assert_eq!(got, status, "{body}");
    let json = serde_json::from_str(&body).unwrap_or_else(|_| panic!("not JSON: {body}"));
    described::hold(&path, status, &media_type, &json);
    json
}

/// Sends it and takes the JSON of an answer that must have `status`.
pub async fn send(request: RequestBuilder, status: u16) -> Value {
    json(request.send().await.unwrap(), status).await
}
