//! What is printed on the files of a dataset: which verdict is right, and which ingredients there are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::domain::{Language, Status};

/// A labelled file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    /// Its name, as the truth has it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whom it is read for.
    pub language: Language,
    /// The right verdict.
    pub verdict: Status,
    /// The declared ingredients.
    pub declared: Vec<String>,
}

/// What is printed on a pack.
#[derive(Debug, Deserialize)]
struct Label {
    #[serde(alias = "lang")]
    language: Option<String>,
    verdict: Status,
    #[serde(default)]
    declared: Vec<String>,
}

/// A file of a pack; `readable`, or there is nothing to compare.
#[derive(Debug, Deserialize)]
struct Entry {
    product: Option<String>,
    #[serde(default = "readable")]
    outcome: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Truth {
    OfProducts { products: BTreeMap<String, Label>, files: BTreeMap<String, Entry> },
    OfFiles(BTreeMap<String, Label>),
}

/// Reads the truth and finds its files in `directory` or in a folder of it; those that are not there are left out.
///
/// # Errors
/// Why it cannot be read, or that no file is there.
pub(super) fn samples(directory: &Path, truth: &Path) -> Result<Vec<Sample>, String> {
    let said = |error: &dyn std::fmt::Display| format!("{}: {error}", truth.display());
    let text = fs::read_to_string(truth).map_err(|error| said(&error))?;
    let truth: Truth = serde_json::from_str(&text).map_err(|error| said(&error))?;
    let labels: Vec<(String, Label)> = match truth {
        Truth::OfFiles(labels) => labels.into_iter().collect(),
        Truth::OfProducts { products, files } => {
            let label = |entry: &Entry| {
                let Label { language, verdict, declared } = products.get(entry.product.as_deref()?)?;
                Some(Label { language: language.clone(), verdict: *verdict, declared: declared.clone() })
            };
            let readable = files.into_iter().filter(|(_, entry)| entry.outcome == readable());
            readable.filter_map(|(name, entry)| Some((name, label(&entry)?))).collect()
        }
    };
    let folders = folders(directory);
    let found = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    let samples: Vec<Sample> = labels
        .into_iter()
        .filter_map(|(name, Label { language, verdict, declared })| {
            let language = Language::from_tag(language.as_deref().unwrap_or("sv"));
            Some(Sample { path: found(&name)?, name, language, verdict, declared })
        })
        .collect();
    if samples.is_empty() {
        return Err(format!("{}: none of the files in the truth is in it", directory.display()));
    }
    Ok(samples)
}

fn folders(directory: &Path) -> Vec<PathBuf> {
    let inside = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<_> = inside.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.insert(0, directory.to_owned());
    folders
}

fn readable() -> String {
    "readable".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(truth: &str, files: &[&str]) -> Result<Vec<Sample>, String> {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("clips")).unwrap();
        files.iter().for_each(|file| fs::write(dir.path().join(file), "x").unwrap());
        let path = dir.path().join("truth.json");
        fs::write(&path, truth).unwrap();
        samples(dir.path(), &path)
    }

    #[test]
    fn both_forms_of_the_truth_are_read_and_files_found_in_folders() {
        let of_files = r#"{"a.mp4": {"lang": "en", "verdict": "non-vegan", "declared": ["milk"], "text": "…"},
            "gone.mp4": {"verdict": "vegan"}}"#;
        let [a] = &read(of_files, &["clips/a.mp4"]).unwrap()[..] else { panic!("one of two is there") };
        assert_eq!((a.name.as_str(), a.verdict, a.language), ("a.mp4", Status::NonVegan, Language::from_tag("en")));
        let of_products = r#"{"products": {"soup": {"language": "sv", "verdict": "vegan", "declared": ["vatten"]}},
            "files": {"a.jpg": {"is": "…", "outcome": "readable", "product": "soup"},
                "b.jpg": {"outcome": "no-list", "product": "soup"}, "c.jpg": {"outcome": "readable", "product": null}}}"#;
        let all = read(of_products, &["a.jpg", "b.jpg", "c.jpg"]).unwrap();
        assert_eq!(all.iter().map(|sample| sample.name.as_str()).collect::<Vec<_>>(), ["a.jpg"]);
        assert!(read(of_files, &[]).unwrap_err().contains("none of the files"));
    }
}
