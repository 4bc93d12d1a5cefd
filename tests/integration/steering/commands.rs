//! What operators compare with from the command line: labelled files, exported logs; and what the help teaches.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use koalens_backend::domain::ProviderName;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::fixture;
use crate::harness::process::koalens;
use crate::harness::vendors::Vendors;

/// Three pictures of which the truth says two different things.
fn dataset() -> TempDir {
    let dir = TempDir::new().unwrap();
    let (photo, mut truth) = (fixture("photo.jpg"), serde_json::Map::new());
    for (name, verdict, declared) in [
        ("a.jpg", "vegan", json!(["vatten", "kokosmjölk", "salt"])),
        ("b.jpg", "non-vegan", json!(["vatten", "grädde", "salt"])),
        ("c.jpg", "vegan", json!(["vatten", "kokosmjölk", "salt"])),
    ] {
        std::fs::write(dir.path().join(name), &photo).unwrap();
        truth.insert(name.to_owned(), json!({"lang": "sv", "verdict": verdict, "declared": declared}));
    }
    std::fs::write(dir.path().join("truth.json"), Value::Object(truth).to_string()).unwrap();
    dir
}

fn evaluate(vendors: &Vendors, gemini: &str, dataset: &Path, out: &Path, more: &[&str]) -> Command {
    let mut flags = vendors.flags(ProviderName::Gemini, gemini);
    flags.extend(vendors.flags(ProviderName::Claude, "stub-cream"));
    let mut command = koalens();
    command.args(flags).args(["--app-env=staging", "--vegan-second-reading=off", "eval", "providers"]);
    command.arg("--dataset").arg(dataset).arg("--out").arg(out).args(["--arms=gemini,claude", "--at-once=1"]);
    command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn lines(out: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(out.join("results.jsonl")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn labelled_files_are_compared_and_a_run_that_was_killed_goes_on_where_it_ended() {
    let (vendors, data, out) = (Vendors::start(), dataset(), TempDir::new().unwrap());
    let mut first = evaluate(&vendors, "stub-slow", data.path(), out.path(), &["--budget-usd=none"]).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while lines(out.path()).len() < 2 {
        assert!(Instant::now() < end, "{:?}", lines(out.path()));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let before = lines(out.path()).len();
    assert!((2..6).contains(&before), "killed in the middle: {before}");
    let asked = vendors.asked().len();

    let run = || {
        tokio::task::block_in_place(|| {
            evaluate(&vendors, "stub-slow", data.path(), out.path(), &["--budget-usd=none"]).output().unwrap()
        })
    };
    let second = run();
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stderr));
    assert_eq!(lines(out.path()).len(), 6, "each file once with each arm");
    assert!(vendors.asked().len() - asked <= 6 - before + 1, "what was done is not asked for again");
    let said = String::from_utf8(second.stdout).unwrap();
    assert!(said.contains("| gemini | 2 of 3 | 1 |") && said.contains("| claude | 1 of 3 | 0 |"), "{said}");
    let [markdown, html] = ["report.md", "report.html"].map(|it| std::fs::read_to_string(out.path().join(it)).unwrap());
    assert!(markdown.contains("### b.jpg") && markdown.contains("gemini: vegan; missing: grädde"), "{markdown}");
    assert_eq!(html.matches("<svg ").count(), 3);
    assert!(html.contains("/b.jpg\"") && html.contains("claude: non-vegan; missing: kokosmjölk"), "{html}");

    let asked = vendors.asked().len();
    assert!(run().status.success());
    assert_eq!(vendors.asked().len(), asked, "a third run asks for nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_used_up_leaves_the_rest_for_later() {
    let (vendors, data, out) = (Vendors::start(), dataset(), TempDir::new().unwrap());
    let models = data.path().join("models.toml");
    std::fs::write(&models, PRICED).unwrap();
    let mut command = evaluate(&vendors, "stub-ok", data.path(), out.path(), &["--budget-usd=0.03"]);
    let output = tokio::task::block_in_place(|| command.env("MODELS_FILE", &models).output().unwrap());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("are left: the budget is used up"), "{said}");
    assert!(lines(out.path()).len() < 6, "{said}");
}

#[test]
fn exported_logs_are_compared_prefixed_or_not_in_one_file_or_several() {
    let dir = TempDir::new().unwrap();
    let call = |provider: &str, number: u32, outcome: &str, ms: u32| {
        let line = json!({"timestamp": "2026-11-22T07:00:00.000Z", "level": "INFO", "provider": provider, "model": "m",
            "role": "primary", "outcome": outcome, "provider_ms": ms, "request_id": format!("{provider}-{number}")});
        format!("{line}\n")
    };
    let gemini: String =
        (0..200).map(|n| call("gemini", n, if n % 10 == 0 { "server" } else { "ok" }, 900 + n)).collect();
    let claude: String = (0..200)
        .map(|n| {
            format!(
                "2026-11-22T07:00:00Z app[1] arn [info]{}",
                call("claude", n, if n % 25 == 0 { "timeout" } else { "ok" }, 1900 + n)
            )
        })
        .collect();
    let [one, other] = ["gemini.json", "claude.json"].map(|name| dir.path().join(name));
    std::fs::write(&one, gemini).unwrap();
    std::fs::write(&other, claude).unwrap();
    let output = koalens().args(["compare", "--logs"]).args([&one, &other]).output().unwrap();
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(table.contains("| gemini | m | 200 | 90.0 % (") && table.contains("server 20"), "{table}");
    assert!(table.contains("| claude | m | 200 | 96.0 % (") && table.contains("timeout 8"), "{table}");
    assert!(table.contains("| errorRate | +0.0600 |") && table.contains("| meanResponse | -1000.0000 |"), "{table}");
    let none = koalens().args(["compare", "--from", "2026-11-22T08:00:00Z", "--logs"]).arg(&one).output().unwrap();
    assert!(String::from_utf8_lossy(&none.stdout).contains("nothing was recorded"));
    let missing = koalens().args(["compare", "--logs", "/nowhere.json"]).output().unwrap();
    assert!(!missing.status.success());
}

#[test]
fn the_help_of_a_rollout_teaches_its_commands() {
    let help = |arguments: &[&str]| {
        let output = koalens().args(arguments).output().unwrap();
        assert!(output.status.success());
        // However wide it is written.
        String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let whole = help(&["rollout", "--help"]);
    for word in ["start", "status", "pause", "resume", "approve", "promote", "set", "rollback", "explain"] {
        assert!(whole.contains(&format!("koalens rollout {word}")), "{word}: {whole}");
        assert!(help(&["rollout", word, "--help"]).contains("Usage"));
    }
    assert!(whole.contains("within 5 seconds") && whole.contains("koalens compare"));
}

/// What the stand-in's models take and cost here.
const PRICED: &str = r#"
[[model]]
vendor = "gemini"
id = "stub-ok"
structured = "schema"
max_output = 1000
image = { rule = "flat", tokens = 1000, max_edge = 3072, max_pixels = 6_000_000 }
prices = [{ input = 5.0, output = 5.0, cached = 5.0 }]
[[model]]
vendor = "claude"
id = "stub-cream"
structured = "schema"
max_output = 1000
image = { rule = "flat", tokens = 1000, max_edge = 3072, max_pixels = 6_000_000 }
prices = [{ input = 5.0, output = 5.0, cached = 5.0 }]
"#;
