//! The command line as an operator meets it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use koalens_backend::cli::markdown_table;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::app::{TestApp, send};
use crate::harness::fixture;
use crate::harness::process::koalens;

fn fixture_path(name: &str) -> String {
    format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// `koalens config` under `settings`.
fn config(settings: &[(&str, &str)]) -> (Option<i32>, String, String) {
    run(koalens().arg("config").envs(settings.iter().copied()))
}

#[test]
fn config_shows_every_setting_and_hides_secrets() {
    let secrets = [
        ("ADMIN_TOKEN", "hemlig-admin-token-1"),
        ("USER_HASH_KEY", "hemlig-hash-key-12345"),
        ("DATABASE_URL", "postgres://koalens:hemlig@localhost/koalens"),
    ];
    let (code, shown, _) = config(&[&secrets[..], &[("PORT", "9000")]].concat());
    assert_eq!(code, Some(0));
    assert!(!shown.contains("hemlig"), "{shown}");
    for (name, _) in secrets {
        assert!(shown.contains(&format!("{name}=(hidden)  # environment")), "{shown}");
    }
    assert!(shown.contains("PORT=9000  # environment\n"), "{shown}");
    let documented = markdown_table();
    let names: Vec<_> = documented.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(shown.lines().any(|line| line.starts_with(&format!("{name}="))), "{name} is missing: {shown}");
    }
}

#[test]
fn all_faulty_settings_are_named_at_once_and_secrets_are_not_repeated() {
    let (code, shown, said) = config(&[
        ("PORT", "many"),
        ("MAX_VIDEO_SECONDS", "0"),
        ("APP_ENV", "moon"),
        ("ADMIN_TOKEN", "hemlig"),
        ("USER_HASH_KEY", "hemlig"),
        ("DATABASE_URL", "mysql://koalens:hemlig@localhost/koalens"),
    ]);
    assert_eq!((code, shown.as_str()), (Some(2), ""));
    for name in ["PORT=many", "MAX_VIDEO_SECONDS=0", "APP_ENV=moon", "ADMIN_TOKEN:", "USER_HASH_KEY:", "DATABASE_URL:"]
    {
        assert!(said.contains(name), "{name} is missing: {said}");
    }
    assert!(!said.contains("hemlig"), "{said}");
}

#[test]
fn settings_that_contradict_each_other_are_named_at_once() {
    let (code, _, said) =
        config(&[("MEDIA_DEADLINE_SECONDS", "60"), ("SCRIPTED_MODEL", "vegan"), ("MEDIA_SANDBOX", "off")]);
    assert_eq!(code, Some(2));
    assert!(said.contains("MEDIA_DEADLINE_SECONDS") && said.contains("SCRIPTED_MODEL"), "{said}");
    assert!(said.contains("MEDIA_SANDBOX: off is not allowed in production"), "{said}");
}

#[test]
fn an_empty_variable_is_an_unset_one() {
    let (code, shown, said) = config(&[("PORT", ""), ("ADMIN_TOKEN", ""), ("DATABASE_URL", "")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(shown.contains("PORT=8080  # default\n") && shown.contains("ADMIN_TOKEN=(unset)"), "{shown}");
}

#[test]
fn node_env_stands_in_for_app_env() {
    let shown = |settings: &[(&str, &str)]| config(settings).1;
    assert!(shown(&[("NODE_ENV", "staging")]).contains("APP_ENV=staging"));
    assert!(shown(&[("NODE_ENV", "staging"), ("APP_ENV", "development")]).contains("APP_ENV=development"));
}

#[test]
fn help_needs_no_setting_and_lists_the_commands() {
    for settings in [[("PORT", "")], [("PORT", "many")]] {
        let (code, shown, said) = run(koalens().arg("--help").envs(settings));
        assert_eq!(code, Some(0), "{said}");
        for command in ["serve", "migrate", "analyze", "config", "backup"] {
            assert!(shown.lines().any(|line| line.trim_start().starts_with(command)), "{command} is missing: {shown}");
        }
        let (code, shown, said) = run(koalens().args(["serve", "--help"]).envs(settings));
        assert_eq!(code, Some(0), "{said}");
        assert!(shown.contains("[env: SHUTDOWN_GRACE_SECONDS="), "{shown}");
    }
}

#[test]
fn migrate_without_postgres_says_so() {
    let (code, shown, _) = run(koalens().arg("migrate"));
    assert_eq!(code, Some(0));
    assert!(shown.contains("no PostgreSQL"), "{shown}");
}

#[test]
fn the_evaluation_of_media_counts_what_a_model_would_be_sent() {
    let folder = TempDir::new().unwrap();
    fs::copy(fixture_path("photo.jpg"), folder.path().join("photo.jpg")).unwrap();
    let known: Value = serde_json::from_slice(&fixture("truth.json")).unwrap();
    let product = known["files"]["photo.jpg"]["product"].as_str().unwrap();
    let truth = folder.path().join("truth.json");
    let printed = serde_json::json!({ "photo.jpg": { "text": known["products"][product]["text"] } });
    fs::write(&truth, printed.to_string()).unwrap();
    let of = |model: &str| {
        let mut command = koalens();
        command.args(["eval", "media"]).arg(folder.path()).arg("--truth").arg(&truth).args(["--model", model]);
        run(&mut command)
    };
    for model in ["claude-haiku-5-5", "gemini-3.8-flash"] {
        let (code, shown, said) = of(model);
        assert_eq!(code, Some(0), "{said}");
        assert!(shown.starts_with(&format!("pictures for {model}: ")) && shown.contains("Webp"), "{shown}");
        let row: Vec<&str> =
            shown.lines().find(|line| line.starts_with("photo.jpg")).unwrap().split_whitespace().collect();
        let (words, tokens): (f64, u32) = (row[1].parse().unwrap(), row[7].parse().unwrap());
        assert!(words > 0.7, "{shown}");
        // The vendor's price is flat, at one of two levels; else it is by size.
        assert_eq!([560, 1120].contains(&tokens), model.starts_with("gemini"), "{shown}");
    }
    let (code, _, said) = of("model-of-nobody");
    assert!(code != Some(0) && said.contains("model-of-nobody"), "{said}");
}

#[test]
fn analyze_prints_the_answer_and_writes_the_pictures_that_were_read() {
    let dir = TempDir::new().unwrap();
    let pictures = dir.path().join("pictures");
    let mut command = koalens();
    command.current_dir(&dir).args(["analyze", &fixture_path("photo.jpg"), "--json", "--dump-pictures"]).arg(&pictures);
    let (code, shown, said) = run(&mut command);
    assert_eq!(code, Some(0), "{said}");
    let answer: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&answer["success"], &answer["provider"]), (&Value::Bool(true), &"local".into()));
    assert!(!answer["ingredientList"].as_array().unwrap().is_empty(), "{answer}");
    let written = fs::read(pictures.join("picture-1.jpg")).unwrap();
    assert!(written.starts_with(b"\xff\xd8"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "it leaves nothing else behind");
}

#[test]
fn a_file_that_cannot_be_analysed_is_a_failure_in_plain_words() {
    for (path, words) in
        [(fixture_path("truncated.jpg"), "cannot be decoded"), ("no-such.jpg".to_owned(), "no-such.jpg: ")]
    {
        let (code, shown, said) = run(koalens().args(["analyze", &path]));
        assert_eq!((code, shown.as_str()), (Some(1), ""));
        assert!(said.starts_with("koalens: ") && said.contains(words), "{said}");
        assert!(!said.contains("panicked") && said.trim_end().lines().count() == 1, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_service_can_use_a_backup_of_a_running_one() {
    let app = TestApp::start(&[]).await;
    let photo = app.post_file("image/jpeg", fixture("photo.jpg"), "");
    let before = send(photo, 200).await;
    let second = TempDir::new().unwrap();
    let backup = |data: &Path, target: &Path| run(koalens().arg("backup").arg(target).env("DATA_DIR", data));
    let target = second.path().join("koalens.db");
    let (code, shown, said) = backup(app.data.path(), &target);
    assert_eq!(code, Some(0), "{said}");
    assert!(shown.contains("koalens.db"), "{shown}");
    assert_eq!(backup(app.data.path(), &target).0, Some(1), "a backup never overwrites");
    app.stop().await;

    let second = TestApp::start_in(second, &[]).await;
    let path = format!("/analyses/{}", before["analysisId"].as_str().unwrap());
    assert_eq!(send(second.get(&path), 200).await["labelText"], before["labelText"]);
    second.stop().await;
}

#[test]
fn a_lexicon_file_is_checked_and_names_are_explained_and_scored() {
    let directory = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let check = |path: &Path| run(koalens().args(["lexicon", "check"]).arg(path));
    let (code, said, _) = check(&file("good.psv", "zyx | plant | zyxört | zyx | zyx | zyx | zyx | Zyx"));
    assert_eq!((code, said.as_str()), (Some(0), "0 faults, 0 notes\n"));
    let faulty = file("faulty.psv", "zyx | weed | zyxört");
    let (code, said, _) = check(&faulty);
    assert_eq!(code, Some(1));
    assert!(said.contains("FAULT line 1: `weed` is no kind"), "{said}");
    let (code, said, _) = run(koalens().args(["lexicon", "explain", "vatten, GR4DDE"]));
    assert_eq!(code, Some(0));
    assert!(said.contains("verdict: non-vegan"), "{said}");
    let table = file("table.tsv", "sv\tmjölk\tvegan\nsv\tsalt\tvegan\n");
    let (code, said, _) = run(koalens().args(["lexicon", "score", "--errors"]).arg(&table));
    assert_eq!(code, Some(0));
    assert!(said.contains("vegan called vegan: 50.00 %") && said.contains("vegan given as non-vegan: mjölk"), "{said}");
    let (code, _, complaint) = run(koalens().arg("serve").env("LEXICON_OVERLAY", &faulty));
    assert_eq!(code, Some(1));
    assert!(complaint.contains("is refused"), "{complaint}");
}
