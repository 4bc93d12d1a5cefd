//! The arms of an experiment, as they are declared.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::domain::{ProviderName, Strategy};

/// What is compared: a provider with its model, its prompt and the pictures it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Its name, under which it is counted.
    pub name: String,
    /// Who reads.
    pub provider: ProviderName,
    /// The model it needs; `None` = the provider's configured one.
    #[serde(default)]
    pub model: Option<String>,
    /// A file with the instructions it needs, beside the declaration; `None` = the provider's.
    #[serde(default)]
    pub prompt_file: Option<PathBuf>,
    /// The words in that file.
    #[serde(skip)]
    pub prompt: Option<String>,
    /// How it wants its pictures; `None` = as everyone else.
    #[serde(default)]
    pub strategy: Option<Strategy>,
    /// How much it gets, relative to the other old arms, of what the new one leaves.
    #[serde(default = "one")]
    pub weight: u16,
}

/// An experiment: one new arm, and the old ones that share what it leaves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Its key, which salts the buckets: another key is another draw.
    #[serde(rename = "experiment")]
    pub key: String,
    /// The new arm first, then the one it is compared with, then any others.
    #[serde(rename = "arm")]
    pub arms: Vec<Arm>,
}

/// A reader that this instance can call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callable {
    /// Who.
    pub provider: ProviderName,
    /// Its model.
    pub model: String,
}

impl Default for Experiment {
    /// Gemini against Claude: what the short form in the environment speaks of.
    fn default() -> Self {
        let arms = [ProviderName::Gemini, ProviderName::Claude].map(Arm::of);
        Self { key: "gemini-rollout".to_owned(), arms: arms.to_vec() }
    }
}

impl Experiment {
    /// Reads a declaration (TOML): `experiment = "key"` and two or more `[[arm]]`.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let experiment: Self = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let names: BTreeSet<_> = experiment.arms.iter().map(|arm| arm.name.as_str()).collect();
        let plain = |name: &str| (1..=64).contains(&name.len()) && name.bytes().all(is_plain);
        if !plain(&experiment.key) || !names.iter().all(|name| plain(name)) {
            return Err("a name must be 1 to 64 of a-z, A-Z, 0-9, `.`, `_` and `-`".to_owned());
        }
        if experiment.arms.len() < 2 || names.len() < experiment.arms.len() {
            return Err("two or more arms with different names are needed".to_owned());
        }
        if experiment.arms.iter().any(|arm| arm.weight == 0) {
            return Err("a weight must be above 0".to_owned());
        }
        if experiment.arms.iter().any(|arm| arm.provider == ProviderName::Local && arm.is_special()) {
            return Err("the local reader has no model or prompt to choose".to_owned());
        }
        if !experiment.arms.iter().filter_map(|arm| arm.model.as_deref()).all(is_model) {
            return Err("a model's name must be 1 to 128 of letters, digits and `-._:/@`".to_owned());
        }
        Ok(experiment)
    }

    /// Reads a file, and the prompts that it names.
    ///
    /// # Errors
    /// As [`Experiment::parse`], or that a file cannot be read.
    pub fn read(path: &str) -> Result<Self, String> {
        let text = |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
        let path = Path::new(path);
        let mut experiment = Self::parse(&text(path)?)?;
        for arm in &mut experiment.arms {
            let beside = arm.prompt_file.as_ref().map(|file| path.parent().unwrap_or(Path::new("")).join(file));
            arm.prompt = beside.map(|file| text(&file)).transpose()?;
        }
        Ok(experiment)
    }

    /// The arm that is tried; none only in an experiment without arms.
    #[must_use]
    pub fn new_arm(&self) -> Option<&Arm> {
        self.arms.first()
    }

    /// The arm that it is compared with.
    #[must_use]
    pub fn old_arm(&self) -> Option<&Arm> {
        self.arms.get(1)
    }

    /// The part of the units of the two compared arms that the new one gets, when it gets `fraction` of all.
    #[must_use]
    pub fn compared_share(&self, fraction: f64) -> f64 {
        let weights: f64 = self.arms.iter().skip(1).map(|arm| f64::from(arm.weight)).sum();
        let old = (1.0 - fraction) * self.old_arm().map_or(0.0, |arm| f64::from(arm.weight)) / weights;
        if fraction + old > 0.0 { fraction / (fraction + old) } else { 0.0 }
    }
}

impl Arm {
    /// A provider as it is configured, under its own name.
    #[must_use]
    pub fn of(provider: ProviderName) -> Self {
        Self {
            name: provider.as_str().to_owned(),
            provider,
            model: None,
            prompt_file: None,
            prompt: None,
            strategy: None,
            weight: 1,
        }
    }

    /// Whether it needs another model or prompt than its provider's.
    #[must_use]
    pub fn is_special(&self) -> bool {
        self.model.is_some() || self.prompt_file.is_some()
    }

    /// Whether its provider is one of `callable`: with its key, every model and prompt can be asked for.
    #[must_use]
    pub fn is_callable(&self, callable: &[Callable]) -> bool {
        callable.iter().any(|it| it.provider == self.provider)
    }
}

fn one() -> u16 {
    1
}

/// A model's name stands in URLs and logs.
fn is_model(name: &str) -> bool {
    let fits = |byte| is_plain(byte) || matches!(byte, b':' | b'/' | b'@');
    (1..=128).contains(&name.len()) && name.bytes().all(fits) && !name.contains("..")
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: &str = r#"
        experiment = "models"
        [[arm]]
        name = "new"
        provider = "gemini"
        model = "g-2"
        [[arm]]
        name = "old"
        provider = "claude"
        weight = 3
        [[arm]]
        name = "other"
        provider = "local"
        strategy = "frames"
    "#;

    #[test]
    fn arms_are_declared_in_a_file() {
        let experiment = Experiment::parse(THREE).unwrap();
        assert_eq!(experiment.new_arm().unwrap().model.as_deref(), Some("g-2"));
        assert_eq!(experiment.arms[2].strategy, Some(Strategy::Frames));
        assert!((experiment.compared_share(0.1) - 0.1 / (0.1 + 0.9 * 0.75)).abs() < 1e-12);
    }

    #[test]
    fn a_faulty_declaration_says_what_is_wrong() {
        for (from, to, fault) in [
            ("\"old\"", "\"new\"", "different names"),
            ("weight = 3", "weight = 0", "weight"),
            ("\"models\"", "\"a b\"", "name"),
            ("\"claude\"", "\"nobody\"", "nobody"),
            ("weight = 3", "wait = 3", "wait"),
            ("\"g-2\"", "\"g 2\"", "model"),
            ("strategy = \"frames\"", "model = \"x\"", "local"),
        ] {
            let said = Experiment::parse(&THREE.replace(from, to)).unwrap_err();
            assert!(said.contains(fault), "{said}");
        }
    }

    #[test]
    fn an_arm_is_callable_where_its_provider_is() {
        let experiment = Experiment::parse(THREE).unwrap();
        let callable = [Callable { provider: ProviderName::Gemini, model: "g-1".to_owned() }];
        assert_eq!(
            experiment.arms.iter().map(|arm| arm.is_callable(&callable)).collect::<Vec<_>>(),
            [true, false, false]
        );
    }

    #[test]
    fn a_prompt_is_read_from_beside_the_declaration() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("arms.toml");
        std::fs::write(&path, THREE.replace("weight = 3", "prompt_file = \"words.md\"")).unwrap();
        assert!(Experiment::read(path.to_str().unwrap()).unwrap_err().contains("words.md"));
        std::fs::write(dir.path().join("words.md"), "Read it.").unwrap();
        let experiment = Experiment::read(path.to_str().unwrap()).unwrap();
        assert_eq!(experiment.arms[1].prompt.as_deref(), Some("Read it."));
    }
}
