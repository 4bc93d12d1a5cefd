//! The two programs of the image that are not the service: its entry point and its health check.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::thread;

use super::text;

const SERVICE_UID: u32 = 10001;

fn script(name: &str) -> String {
    format!("{}/deploy/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Who runs a command that was given to the entry point, and who owns the data folder and a file in it then.
fn enter() -> (u32, u32, u32) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("restored.db");
    std::fs::write(&file, "").unwrap();
    let output =
        Command::new(script("entrypoint.sh")).args(["id", "-u"]).env("DATA_DIR", folder.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let uid = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    (uid, folder.path().metadata().unwrap().uid(), file.metadata().unwrap().uid())
}

#[test]
fn the_entry_point_hands_the_data_to_the_services_user_and_becomes_that_user() {
    let id = Command::new("id").arg("-u").output().unwrap();
    let me: u32 = String::from_utf8(id.stdout).unwrap().trim().parse().unwrap();
    let expected = if me == 0 { SERVICE_UID } else { me };
    assert_eq!(enter(), (expected, expected, expected));
    assert!(text("Dockerfile").contains(&format!("useradd --uid {SERVICE_UID} ")));
}

/// How the health check ends when the service answers it with `status_line`; the request comes second.
fn check(status_line: &'static str) -> (bool, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let request: Vec<String> =
            BufReader::new(&client).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
        client.write_all(format!("{status_line}\r\nContent-Length: 0\r\n\r\n").as_bytes()).unwrap();
        request
    });
    let status = Command::new(script("healthcheck.sh")).env("PORT", port.to_string()).status().unwrap();
    (status.success(), service.join().unwrap())
}

#[test]
fn the_health_check_follows_the_services_answer() {
    let (healthy, request) = check("HTTP/1.1 200 OK");
    assert!(healthy);
    assert_eq!(request[0], "GET /health HTTP/1.1");
    assert!(!check("HTTP/1.1 503 Service Unavailable").0);
}

#[test]
fn the_health_check_fails_when_nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = Command::new(script("healthcheck.sh")).env("PORT", port.to_string()).output().unwrap();
    assert!(!output.status.success());
}
