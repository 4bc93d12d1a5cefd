//! The README's tables are the program's own (`make readme` writes them anew), and its examples do what it says.

use std::fs;
use std::time::Duration;

use koalens_backend::{cli, http, telemetry};
use serde_json::Value;

use crate::harness::app::TestApp;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const METRICS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");

/// `text` with what stands between the markers of `section` replaced by `content`.
fn with_section(text: &str, section: &str, content: &str) -> String {
    let begin = text.find(&format!("<!-- {section}:begin")).unwrap();
    let begin = begin + text[begin..].find('\n').unwrap() + 1;
    let end = text.find(&format!("<!-- {section}:end")).unwrap();
    format!("{}{content}{}", &text[..begin], &text[end..])
}

#[test]
fn the_tables_of_the_readme_are_the_programs_own() {
    let written = fs::read_to_string(README).unwrap();
    let settings = with_section(&written, "settings", &cli::markdown_table());
    let generated = with_section(&settings, "errors", &http::markdown_table());
    compare(README, &written, &generated);
}

#[test]
fn the_table_of_metrics_is_the_programs_own() {
    let written = fs::read_to_string(METRICS).unwrap();
    compare(METRICS, &written, &with_section(&written, "metrics", &telemetry::markdown_table()));
}

fn compare(path: &str, written: &str, generated: &str) {
    if std::env::var_os("WRITE_README").is_some() {
        fs::write(path, generated).unwrap();
    } else {
        assert!(written == generated, "{path} is out of date: run `make readme`");
    }
}

/// The commands that the README shows (```sh under "Using it"), each with the answer shown for it, if there is one.
fn examples(text: &str) -> Vec<(String, Option<Value>)> {
    let section = text.split("\n## ").find(|section| section.starts_with("Using it\n")).unwrap();
    let mut examples: Vec<(String, Option<Value>)> = Vec::new();
    let mut fences = section.split("\n```").skip(1);
    while let (Some(inside), _after) = (fences.next(), fences.next()) {
        let (kind, content) = inside.split_once('\n').unwrap();
        match kind {
            "sh" => examples.push((content.to_owned(), None)),
            "json" => examples.last_mut().unwrap().1 = Some(serde_json::from_str(content).unwrap()),
            other => panic!("a block of {other} is neither run nor compared"),
        }
    }
    examples
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_readme_do_what_it_says() {
    let examples = examples(&fs::read_to_string(README).unwrap());
    assert!(examples.len() >= 4 && examples.iter().any(|(_, answer)| answer.is_some()));
    let app = TestApp::start(&[]).await;
    for (commands, answer) in examples {
        let script = commands.replace("http://localhost:8080", &app.url);
        let mut bash = tokio::process::Command::new("bash");
        let bash = bash.args(["-euo", "pipefail", "-c", &script]).current_dir(env!("CARGO_MANIFEST_DIR"));
        let ran =
            tokio::time::timeout(Duration::from_secs(120), bash.kill_on_drop(true).output()).await.unwrap().unwrap();
        let said = String::from_utf8(ran.stdout).unwrap();
        assert!(ran.status.success() && !said.is_empty(), "{commands}{said}{}", String::from_utf8_lossy(&ran.stderr));
        if let Some(answer) = answer {
            let said: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
            assert_eq!(said, answer, "{commands}");
        }
    }
    app.stop().await;
}
