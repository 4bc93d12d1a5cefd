//! What the tests need around the service.
//!
//! [`app::TestApp`] is the real service, built from real settings, on port 0 with a data directory of its own:
//!
//! ```text
//! let app = TestApp::start(&["--app-env", "development"]).await;
//! let answer = app.analyze_photo(&fixture("photo.jpg"), &[]).await;
//! app.stop().await;      // drains, and fails the test if anything was left over
//! ```
//!
//! [`process::Process`] is the same as a process of its own, for what only a process can show: signals, memory, logs.
//! [`proc`] looks at processes from outside, [`wire`] speaks HTTP as badly behaved clients do.
//! [`described`] holds the JSON that tests read against the description of the API.
//! [`collector`] takes what the service sends to those who watch it.
//! [`vendors`] stands in for the vendors' APIs. [`postgres`] is a throw-away PostgreSQL
//! that a test can cut off and bring back, [`redis`] a throw-away Redis.

pub mod app;
pub mod collector;
pub mod described;
pub mod postgres;
pub mod proc;
pub mod process;
pub mod redis;
pub mod shots;
pub mod vendors;
pub mod wire;

use std::time::{Duration, Instant};

use reqwest::Client;

/// The bytes of a bundled fixture.
pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A client that goes round every proxy and waits no longer than `patience`.
pub fn client(patience: Duration) -> Client {
    // The service sets this up when it has somebody to call; a client wants it in any case.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().timeout(patience).build().unwrap()
}

/// Waits until `holds`; panics after `patience`, naming `what` it waited for.
pub async fn until(what: &str, patience: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + patience;
    while !holds().await {
        assert!(Instant::now() < end, "after {patience:?} not yet: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
