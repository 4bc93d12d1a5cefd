//! How often names are judged as people judge them: a table of judged names in, counts and rates out.

use super::{Engine, Evidence, Wishes, sections, text};
use crate::domain::{Language, Status};

/// The states in the order of the counts.
pub const STATES: [Status; 4] = [Status::Vegan, Status::NonVegan, Status::Uncertain, Status::Unknown];

/// How the names of one language were judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Of the names.
    pub language: Language,
    /// By what was expected, then by what was given; both in the order of [`STATES`].
    pub counts: [[u32; 4]; 4],
    /// The rows that were judged otherwise than expected.
    pub misjudged: Vec<Misjudged>,
}

/// One row that was judged otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misjudged {
    /// As in the table.
    pub name: String,
    /// As in the table.
    pub expected: Status,
    /// By us.
    pub given: Status,
}

impl Score {
    /// Of the names expected to be one thing, the share that was given as any of others; `None` without such names.
    #[must_use]
    pub fn share(&self, expected: Status, given: &[Status]) -> Option<f64> {
        let row = &self.counts[place(expected)];
        let all: u32 = row.iter().sum();
        let these: u32 = given.iter().map(|status| row[place(*status)]).sum();
        (all > 0).then(|| f64::from(these) / f64::from(all))
    }
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Judged {
    language: Language,
    name: String,
    expected: Status,
}

/// Scores a table: rows of tab-separated language, name and status, in any order, found by header or by content.
/// A language scores once, in the order of [`Language::ALL`].
///
/// # Errors
/// What is wrong with the table, in words.
pub fn score(engine: &Engine, table: &str) -> Result<Vec<Score>, String> {
    let mut scores: Vec<Score> = Vec::new();
    for Judged { language, name, expected } in read(table)? {
        let given = judge(engine, language, &name);
        let known = scores.iter().position(|score| score.language == language).unwrap_or_else(|| {
            scores.push(Score { language, counts: [[0; 4]; 4], misjudged: Vec::new() });
            scores.len() - 1
        });
        scores[known].counts[place(expected)][place(given)] += 1;
        if given != expected {
            scores[known].misjudged.push(Misjudged { name, expected, given });
        }
    }
    scores.sort_by_key(|score| score.language.place());
    Ok(scores)
}

fn place(status: Status) -> usize {
    match status {
        Status::Vegan => 0,
        Status::NonVegan => 1,
        Status::Uncertain => 2,
        Status::Unknown => 3,
    }
}

/// What a name comes to: a list if it reads as a label, and unknown where nothing but unknown names keeps it open.
fn judge(engine: &Engine, language: Language, name: &str) -> Status {
    let label = sections::split(&engine.now().phrases, &text::clean(name).0);
    let labelled = label.iter().any(|section| section.holds == sections::Holds::List);
    let names = [name.to_owned()];
    let (ingredients, text) = if labelled { (&[] as &[String], Some(name)) } else { (names.as_slice(), None) };
    let verdict =
        engine.decide(&Evidence::Typed { ingredients, text }, &Wishes { language, watched: &[], filmed: false });
    let open = |status| verdict.ingredients.iter().any(|ingredient| ingredient.status == status);
    match verdict.status {
        Status::Uncertain if open(Status::Unknown) && !open(Status::Uncertain) => Status::Unknown,
        Status::Vegan | Status::NonVegan | Status::Uncertain | Status::Unknown => verdict.status,
    }
}

fn read(table: &str) -> Result<Vec<Judged>, String> {
    let rows = table.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let rows: Vec<Vec<&str>> = rows.map(|line| line.split('\t').map(str::trim).collect()).collect();
    let first = rows.first().ok_or("the table is empty")?;
    // The column of whole labels writes a line's end as `/n`.
    let whole = first.iter().any(|cell| cell.eq_ignore_ascii_case("text"));
    let written = |cell: &str| if whole { cell.replace("/n", "\n") } else { cell.to_owned() };
    let (columns, skip) = match headers(first) {
        Some(columns) => (columns, 1),
        None => (by_content(&rows).ok_or("no columns of languages, names and statuses are found")?, 0),
    };
    let row = |(number, cells): (usize, &Vec<&str>)| {
        let cell = |place: usize| cells.get(place).copied().unwrap_or_default();
        let expected = status(cell(columns[2])).ok_or_else(|| format!("row {}: no status", number + 1))?;
        let language = language(cell(columns[0])).ok_or_else(|| format!("row {}: no language", number + 1))?;
        Ok(Judged { language, name: written(cell(columns[1])), expected })
    };
    rows.iter().enumerate().skip(skip).map(row).collect()
}

/// Where languages, names and statuses stand, by the words of a header.
fn headers(cells: &[&str]) -> Option<[usize; 3]> {
    let of = |words: &[&str]| cells.iter().position(|cell| words.contains(&cell.to_lowercase().as_str()));
    Some([
        of(&["language", "lang", "locale", "lc"])?,
        of(&["name", "ingredient", "text", "label", "list", "ingredients"])?,
        of(&["status", "expected", "verdict", "truth", "class"])?,
    ])
}

fn by_content(rows: &[Vec<&str>]) -> Option<[usize; 3]> {
    let width = rows.iter().map(Vec::len).min()?;
    let all = |place: &usize, fits: &dyn Fn(&str) -> bool| rows.iter().all(|cells| fits(cells[*place]));
    let languages = (0..width).find(|place| all(place, &|cell| language(cell).is_some()))?;
    let statuses = (0..width).find(|place| *place != languages && all(place, &|cell| status(cell).is_some()))?;
    let length = |place: &usize| rows.iter().map(|cells| cells[*place].len()).sum::<usize>();
    let names = (0..width).filter(|place| *place != languages && *place != statuses).max_by_key(length)?;
    Some([languages, names, statuses])
}

/// A tag of a language that we read: unlike for people who ask, no other stands for English.
fn language(cell: &str) -> Option<Language> {
    let known = Language::from_tag(cell);
    let tag = cell.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    (tag == known.tag() || matches!(tag.as_str(), "nb" | "nn")).then_some(known)
}

/// A status in the spellings that people use.
fn status(cell: &str) -> Option<Status> {
    let word: String = cell.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    Some(match word.as_str() {
        "vegan" | "yes" | "true" => Status::Vegan,
        "nonvegan" | "notvegan" | "no" | "false" | "animal" => Status::NonVegan,
        "uncertain" | "maybe" | "depends" | "either" | "ambiguous" => Status::Uncertain,
        "unknown" => Status::Unknown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::engine;
    use super::*;

    #[test]
    fn columns_are_found_by_header_and_by_content() {
        let headed = "Expected\tlang\tIngredient\nnon_vegan\tsv\tmjölk\nVEGAN\tsv\tsalt\n";
        let bare = "mjölk\tno\tnb\nsalt\tyes\tnb-NO\n# a remark\n";
        for (table, language) in [(headed, Language::Sv), (bare, Language::No)] {
            let scores = score(&engine(), table).unwrap();
            assert_eq!((scores.len(), scores[0].language), (1, language));
        }
        assert!(score(&engine(), "a\tb\tc\n").is_err());
        assert!(score(&engine(), "").is_err());
    }

    #[test]
    fn a_whole_label_has_lines_and_a_name_may_hold_a_stroke() {
        let vegan = |table: &str| score(&engine(), table).unwrap()[0].share(Status::Vegan, &[Status::Vegan]);
        assert_eq!(vegan("language\ttext\tstatus\nsv\tIngredienser:/nvatten/nsalt\tvegan\n"), Some(1.0));
        assert_eq!(vegan("language\tname\tstatus\nsv\tmandel/nötter\tvegan\n"), Some(1.0));
    }

    #[test]
    fn what_is_judged_otherwise_is_counted_and_named() {
        let table = "sv\tmjölk\tvegan\nsv\tsalt\tvegan\nsv\tsocker, smör\tnon-vegan\nsv\tflimmerört\tunknown\n";
        let scores = score(&engine(), table).unwrap();
        assert_eq!(scores[0].share(Status::Vegan, &[Status::NonVegan]), Some(0.5));
        assert_eq!(scores[0].share(Status::NonVegan, &[Status::NonVegan]), Some(1.0));
        assert_eq!(scores[0].share(Status::Unknown, &[Status::Unknown]), Some(1.0));
        assert_eq!(scores[0].share(Status::Uncertain, &[Status::Vegan]), None);
        let names: Vec<_> = scores[0].misjudged.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["mjölk"]);
    }
}
