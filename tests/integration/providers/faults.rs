//! A vendor that is not there at all: one typed error, a few attempts at most, and never a call to somebody else.
//!
//! What a vendor that is there may do wrong is in `answers`.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use koalens_backend::domain::{CallOutcome, NanoUsd, ProviderName};
use koalens_backend::providers::{Answer, Error, Purse};

use super::read;
use crate::harness::app::{TestApp, send};
use crate::harness::vendors::{KEY, VENDORS, Vendors, flags_at, readers_of};
use crate::harness::{fixture, until};

/// Attempts where trying again can help: the first and two more.
const ATTEMPTS: usize = 3;

async fn ask(url: &str, vendor: ProviderName) -> Answer {
    read(&readers_of(&flags_at(url, vendor, "some-model"), &[], Purse::unlimited()), None).await
}

/// Nobody was reached and nothing is owed.
fn check(answer: &Answer, errors: &[Error], what: &str, vendor: ProviderName) {
    let error = *answer.reading.as_ref().unwrap_err();
    assert!(errors.contains(&error), "{what} {vendor:?}: {answer:?}");
    assert!((1..=ATTEMPTS).contains(&answer.calls.len()), "{what} {vendor:?}: {answer:?}");
    for call in &answer.calls {
        assert!(matches!(call.outcome, CallOutcome::Network | CallOutcome::Timeout), "{what} {vendor:?}: {call:?}");
        assert_eq!(call.served_model, None);
    }
    assert!(!format!("{answer:?}").contains(KEY));
}

/// A port of this machine that nobody listens on.
fn closed_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_refuses_the_connection_is_tried_a_few_times_and_costs_nothing() {
    let url = format!("http://127.0.0.1:{}", closed_port());
    for (vendor, answer) in join_all(VENDORS.map(async |vendor| (vendor, ask(&url, vendor).await))).await {
        check(&answer, &[Error::Network], "refused", vendor);
        assert_eq!(answer.calls.len(), ATTEMPTS, "{answer:?}");
        assert!(answer.calls.iter().all(|call| call.cost == NanoUsd(0)), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_whose_name_nobody_knows_is_a_network_failure() {
    // A machine without a name server may also be told nothing until the time for a connection is over.
    let errors = [Error::Network, Error::TimedOut];
    let asked = VENDORS.map(async |vendor| (vendor, ask("https://vendor.invalid", vendor).await));
    for (vendor, answer) in join_all(asked).await {
        check(&answer, &errors, "no such name", vendor);
        assert!(answer.calls.iter().all(|call| call.cost == NanoUsd(0)), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_speaks_no_tls_is_sent_nothing() {
    let vendors = Vendors::start();
    let url = vendors.flags(ProviderName::Gemini, "x").pop().unwrap().replace("http://", "https://");
    for (vendor, answer) in join_all(VENDORS.map(async |vendor| (vendor, ask(&url, vendor).await))).await {
        check(&answer, &[Error::Network], "no TLS", vendor);
    }
    assert_eq!(vendors.seen().len(), 0);
}

/// `openssl s_server` with a certificate that nobody vouches for.
struct SelfSigned(Child, u16);

impl SelfSigned {
    async fn start(directory: &Path) -> Self {
        let port = closed_port();
        let openssl = |arguments: &str| {
            let mut command = Command::new("openssl");
            command.args(arguments.split(' ')).current_dir(directory);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let made = openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 \
             -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem",
        );
        assert!({ made }.status().unwrap().success(), "this test needs the program openssl");
        let server = openssl(&format!("s_server -accept 127.0.0.1:{port} -key key.pem -cert certificate.pem -www"));
        let server = Self({ server }.spawn().unwrap(), port);
        let listens = async || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        until("openssl listens", Duration::from_secs(10), listens).await;
        server
    }
}

impl Drop for SelfSigned {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_whom_nobody_vouches_for_is_sent_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let server = SelfSigned::start(directory.path()).await;
    let url = format!("https://127.0.0.1:{}", server.1);
    // One after the other: the server talks to one at a time.
    for vendor in VENDORS {
        check(&ask(&url, vendor).await, &[Error::Network], "self-signed", vendor);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_the_local_reader_answers_and_no_answer_holds_the_key() {
    let vendors = Vendors::start();
    let refused = format!("http://127.0.0.1:{}", closed_port());
    let faults = [
        flags_at(&refused, ProviderName::Gemini, "some-model"),
        vendors.flags(ProviderName::Gemini, "stub-drops"),
        vendors.flags(ProviderName::Claude, "stub-garbage"),
        vendors.flags(ProviderName::Openai, "stub-stalls"),
    ];
    for flags in faults {
        let mut all = vec!["--app-env", "development"];
        all.extend(flags.iter().map(String::as_str));
        let app = TestApp::start(&all).await;
        let answer = send(app.post_file("image/jpeg", fixture("photo.jpg"), ""), 200).await;
        assert_eq!((&answer["provider"], &answer["degraded"]), (&"local".into(), &true.into()), "{flags:?}");
        assert!(!answer.to_string().contains(KEY));
        app.stop().await;
    }
}
