//! The Dockerfile: how the image is built, started, watched and stopped.

use super::{fly, text};

/// The one line of a Dockerfile's last stage that begins with `instruction`.
fn last_stage(dockerfile: &str, instruction: &str) -> String {
    let stage = dockerfile.rsplit("\nFROM ").next().unwrap_or_default();
    let lines: Vec<&str> = stage.lines().filter(|line| line.split(' ').next() == Some(instruction)).collect();
    assert_eq!(lines.len(), 1, "one {instruction} in the last stage");
    lines[0].to_owned()
}

#[test]
fn the_image_says_how_it_is_started_watched_and_stopped() {
    let dockerfile = text("Dockerfile");
    assert_eq!(last_stage(&dockerfile, "STOPSIGNAL"), "STOPSIGNAL SIGTERM");
    assert!(last_stage(&dockerfile, "HEALTHCHECK").ends_with(r#"CMD ["healthcheck"]"#));
    assert_eq!(last_stage(&dockerfile, "ENTRYPOINT"), r#"ENTRYPOINT ["entrypoint", "tini", "-s", "--"]"#);
    assert_eq!(last_stage(&dockerfile, "CMD"), r#"CMD ["koalens", "serve"]"#);
    assert_eq!(last_stage(&dockerfile, "ENV"), format!("ENV DATA_DIR={}", fly::read("fly.toml").env("DATA_DIR")));
}

#[test]
fn the_image_is_built_by_the_pinned_compiler() {
    let toolchain: toml::Table = toml::from_str(&text("rust-toolchain.toml")).unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    let (minor, _patch) = channel.rsplit_once('.').unwrap();
    let base = format!("rust:{minor}-bookworm");
    assert!(text("Dockerfile").contains(&format!("FROM {base} AS builder")));
    assert!(text(".github/workflows/ci.yml").contains(&format!("container: {base}\n")));
}

#[test]
fn the_image_reads_the_languages_that_a_developers_machine_reads() {
    let languages = |path: &str| {
        let text = text(path);
        let mut found: Vec<String> = text
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("tesseract-ocr-"))
            .map(|word| word.trim_end_matches('\'').to_owned())
            .collect();
        found.sort();
        found
    };
    assert_eq!(languages("Dockerfile"), ["dan", "deu", "eng", "fin", "nor", "swe"]);
    assert_eq!(languages("Dockerfile"), languages("scripts/setup"));
}
