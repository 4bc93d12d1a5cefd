//! The README's tables are the program's own. `make readme` writes them anew.

use std::fs;

use koalens_backend::{cli, http, telemetry};

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
