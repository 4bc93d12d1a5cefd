//! The report of a run: one table of facts as Markdown and as HTML with plots, and the files that arms disagree on with
//! their pictures beside them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::results::Outcome;
use super::score::{Score, VERDICTS, differences};
use super::truth::Sample;
use crate::cli::compare::table;
use crate::domain::{Figures, NanoUsd, measure};
use crate::plot::{self, Series};
use crate::store::{ArmAndModel, figures_of};

const STYLE: &str = "body{font:15px system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}\
    table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;\
    vertical-align:top}img,video{max-width:16rem;max-height:16rem}.wrong{background:#fde3d3}.danger{background:#f6b3a0}";

/// One arm: its name, its score, its times in milliseconds, and its figures.
struct ArmResult<'a> {
    name: &'a str,
    score: Score,
    times_ms: Vec<f64>,
    figures: BTreeMap<ArmAndModel, Figures>,
}

/// Writes `report.md` and `report.html` into `out`; returns the summary.
///
/// # Errors
/// When they cannot be written.
pub(super) fn write(
    out: &Path,
    dataset: &Path,
    samples: &[Sample],
    outcomes: &[Outcome],
) -> Result<String, Box<dyn std::error::Error>> {
    let arms = arms(samples, outcomes);
    let summary = summary(&arms);
    let mut figures = BTreeMap::new();
    arms.iter().for_each(|arm| figures.extend(arm.figures.clone()));
    let calls = table::arms(&figures);
    let verdicts: String = arms.iter().map(|arm| confusion(arm.name, &arm.score)).collect();
    let told = disagreements(samples, outcomes);
    let dataset = fs::canonicalize(dataset)?;
    let markdown = format!(
        "# Readers compared on {} files\n\n{summary}\n## Calls\n\n{calls}\n## Verdicts\n\n{verdicts}\n## Disagreements\n\n{}",
        samples.len(),
        told.iter().map(Row::markdown).collect::<String>()
    );
    fs::write(out.join("report.md"), markdown)?;
    let plots = plots(&arms).map_err(|error| error.to_string())?;
    let rows: String = told.iter().map(Row::html).collect();
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Readers compared</title><style>{STYLE}</style>\
         <h1>Readers compared on {} files</h1><p>Dataset: {}</p>{}<h2>Calls</h2>{}<h2>Plots</h2>{}<h2>Verdicts</h2>{}\
         <h2>Disagreements</h2><table><tr><th>picture<th>printed<th>read{rows}</table></html>\n",
        samples.len(),
        escaped(&dataset.display().to_string()),
        html_tables(&summary),
        html_tables(&calls),
        plots.concat(),
        html_tables(&verdicts),
    );
    fs::write(out.join("report.html"), html)?;
    Ok(summary)
}

fn arms<'a>(samples: &[Sample], outcomes: &'a [Outcome]) -> Vec<ArmResult<'a>> {
    let mut arms: BTreeMap<&str, ArmResult<'a>> = BTreeMap::new();
    for outcome in outcomes {
        let Some(sample) = samples.iter().find(|sample| sample.name == outcome.file) else { continue };
        let arm = arms.entry(&outcome.arm).or_insert_with(|| ArmResult {
            name: &outcome.arm,
            score: Score::default(),
            times_ms: Vec::new(),
            figures: BTreeMap::new(),
        });
        arm.score.add(sample, outcome);
        let model = outcome.calls.first().map(|call| call.requested_model.clone()).unwrap_or_default();
        if let Some(sums) = figures_of(&outcome.assignment, &outcome.calls, outcome.status, outcome.quality) {
            arm.times_ms.extend(sums.ratio(measure::MS, measure::EXPOSED));
            arm.figures.entry((outcome.arm.clone(), model)).or_default().merge(&sums);
        }
    }
    arms.into_values().collect()
}

fn summary(arms: &[ArmResult<'_>]) -> String {
    let percent = |part: Option<f64>| part.map_or("–".to_owned(), |part| format!("{:.1} %", part * 100.0));
    let mut text =
        "| arm | right verdicts | falsely vegan | ingredients: precision | recall | recall in order | p50 ms | p95 ms \
        | USD a file |\n\
        |---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
    for arm in arms {
        let (right, of) = arm.score.right();
        let whole = |ms: Option<f64>| ms.map_or("–".to_owned(), |ms| format!("{ms:.0}"));
        let _infallible = writeln!(
            text,
            "| {} | {right} of {of} | {} | {} | {} | {} | {} | {} | {:.6} |",
            arm.name,
            arm.score.falsely_vegan(),
            percent(arm.score.precision()),
            percent(arm.score.recall()),
            percent(arm.score.recall_in_order()),
            whole(quantile(&arm.times_ms, 0.5)),
            whole(quantile(&arm.times_ms, 0.95)),
            usd_a_file(arm)
        );
    }
    text
}

fn usd_a_file(arm: &ArmResult<'_>) -> f64 {
    let cost = arm.figures.values().map(|figures| figures.sum(measure::COST)).sum();
    NanoUsd(cost).as_usd() / f64::from(arm.score.right().1.max(1))
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len().checked_sub(1)? as f64 * q).round() as usize).copied()
}

fn confusion(name: &str, score: &Score) -> String {
    let mut text =
        format!("{name}\n\n| printed | vegan | non-vegan | uncertain | unknown | none |\n|---|---|---|---|---|---|\n");
    for (right, row) in VERDICTS.iter().zip(score.verdicts) {
        let cells: Vec<_> = row.iter().map(ToString::to_string).collect();
        let _infallible = writeln!(text, "| {} | {} |", right.as_str(), cells.join(" | "));
    }
    text.push('\n');
    text
}

fn plots(arms: &[ArmResult<'_>]) -> Result<[String; 3], plot::Error> {
    let each = |value: fn(&ArmResult<'_>) -> Vec<f64>| -> Vec<Series> {
        arms.iter().map(|arm| Series { name: arm.name.to_owned(), values: value(arm) }).collect()
    };
    let seconds = each(|arm| arm.times_ms.iter().map(|ms| ms / 1000.0).collect());
    let cost = each(|arm| vec![usd_a_file(arm)]);
    let recall = each(|arm| vec![arm.score.recall().unwrap_or_default()]);
    Ok([
        plot::shares_below("Time to read: share of files read within", "seconds", &seconds)?,
        plot::bars("Cost a file", "USD", &cost)?,
        plot::bars("Printed ingredients that were read", "share", &recall)?,
    ])
}

/// A file that an arm got wrong, or that arms read differently.
struct Row<'a> {
    sample: &'a Sample,
    read: Vec<(&'a Outcome, Vec<String>, Vec<String>)>,
}

fn disagreements<'a>(samples: &'a [Sample], outcomes: &'a [Outcome]) -> Vec<Row<'a>> {
    let row = |sample: &'a Sample| {
        let own = outcomes.iter().filter(|outcome| outcome.file == sample.name);
        let read: Vec<_> = own
            .map(|outcome| {
                let (missing, extra) = differences(&sample.declared, &outcome.ingredients);
                (outcome, missing, extra)
            })
            .collect();
        Row { sample, read }
    };
    let wrong = |row: &Row<'_>| row.read.iter().any(|(outcome, ..)| outcome.status != Some(row.sample.verdict));
    samples.iter().map(row).filter(wrong).collect()
}

impl Row<'_> {
    fn lines(&self) -> Vec<(String, bool)> {
        let line = |(outcome, missing, extra): &(&Outcome, Vec<String>, Vec<String>)| {
            let given = outcome.status.map_or("none", |status| status.as_str());
            let mut line = format!("{}: {given}", outcome.arm);
            if let Some(error) = &outcome.error {
                let _infallible = write!(line, " ({error})");
            }
            for (what, names) in [("missing", missing), ("not printed", extra)] {
                if !names.is_empty() {
                    let _infallible = write!(line, "; {what}: {}", names.join(", "));
                }
            }
            (line, outcome.status != Some(self.sample.verdict))
        };
        self.read.iter().map(line).collect()
    }

    fn printed(&self) -> String {
        format!("{}: {}", self.sample.verdict.as_str(), self.sample.declared.join(", "))
    }

    fn markdown(&self) -> String {
        let path = self.path();
        let picture =
            if is_clip(&path) { format!("[clip]({path})") } else { format!("![{}]({path})", self.sample.name) };
        let lines: String = self.lines().iter().map(|(line, _)| format!("- {}\n", line.replace('|', " "))).collect();
        format!("### {}\n\n{picture}\n\nPrinted: {}\n\n{lines}\n", self.sample.name, self.printed())
    }

    fn html(&self) -> String {
        let path = escaped(&self.path());
        let shown = if is_clip(&path) {
            format!("<video controls preload=\"metadata\" src=\"{path}\"></video>")
        } else {
            format!("<img loading=\"lazy\" src=\"{path}\" alt=\"\">")
        };
        let line = |(line, wrong): (String, bool)| {
            let class = if wrong { " class=\"wrong\"" } else { "" };
            format!("<p{class}>{}</p>", escaped(&line))
        };
        let lines: String = self.lines().into_iter().map(line).collect();
        let (name, printed) = (escaped(&self.sample.name), escaped(&self.printed()));
        format!("<tr><td>{shown}<br>{name}<td>{printed}<td>{lines}")
    }

    /// Where the report finds the file, wherever it is looked at on this machine.
    fn path(&self) -> String {
        let path = fs::canonicalize(&self.sample.path).unwrap_or_else(|_| self.sample.path.clone());
        format!("file://{}", path.display()).replace(' ', "%20")
    }
}

fn is_clip(path: &str) -> bool {
    let clip = ["mp4", "mov", "webm", "m4v", "mkv"];
    Path::new(path).extension().and_then(|it| it.to_str()).is_some_and(|it| clip.contains(&it.to_lowercase().as_str()))
}

/// Markdown tables, and lines between them, as HTML.
fn html_tables(markdown: &str) -> String {
    let mut html = String::new();
    let mut in_table = false;
    for line in markdown.lines() {
        let cells = line.strip_prefix("| ").map(|row| row.trim_end_matches(" |").split(" | "));
        match cells {
            _ if line.starts_with("|---") => {}
            Some(cells) => {
                let tag = if in_table { "td" } else { "th" };
                html.push_str(if in_table { "" } else { "<table>" });
                in_table = true;
                let cells: String = cells.map(|cell| format!("<{tag}>{}", escaped(cell))).collect();
                let _infallible = write!(html, "<tr>{cells}");
            }
            None => {
                html.push_str(if in_table { "</table>" } else { "" });
                in_table = false;
                if !line.is_empty() {
                    let _infallible = write!(html, "<p>{}</p>", escaped(line));
                }
            }
        }
    }
    html + if in_table { "</table>" } else { "" }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::outcome;
    use super::*;
    use crate::domain::{Language, Status};

    #[test]
    fn a_report_has_the_tables_the_plots_and_the_pictures_of_what_was_read_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let sample = |name: &str| Sample {
            name: name.to_owned(),
            path: dir.path().join(name),
            language: Language::Sv,
            verdict: Status::NonVegan,
            declared: vec!["vatten".to_owned(), "grädde".to_owned()],
        };
        let samples = [sample("a.jpg"), sample("b.mp4")];
        samples.iter().for_each(|sample| fs::write(&sample.path, "x").unwrap());
        let outcomes = [
            outcome("a.jpg", "one", Some(Status::NonVegan), &["vatten", "grädde"]),
            outcome("b.mp4", "one", Some(Status::Vegan), &["vatten", "salt"]),
            outcome("b.mp4", "two", None, &[]),
        ];
        let summary = write(dir.path(), dir.path(), &samples, &outcomes).unwrap();
        assert!(summary.contains("| one | 1 of 2 | 1 |"), "{summary}");
        let [markdown, html] =
            ["report.md", "report.html"].map(|name| fs::read_to_string(dir.path().join(name)).unwrap());
        assert!(markdown.contains("### b.mp4") && !markdown.contains("### a.jpg"), "{markdown}");
        assert!(markdown.contains("one: vegan; missing: grädde"), "{markdown}");
        assert!(html.contains("<svg ") && html.contains("b.mp4\"></video>") && html.contains("not printed: salt"));
        assert!(html.contains("two: none (no answer)"), "{html}");
        assert_eq!(escaped("<b a=\"&\">"), "&lt;b a=&quot;&amp;&quot;&gt;");
    }
}
