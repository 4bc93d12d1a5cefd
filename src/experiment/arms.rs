//! The arms of an experiment, as they are declared.

use std::collections::BTreeSet;
use std::path::Path;

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
    /// The prompt it needs, by its hash; `None` = the provider's.
    #[serde(default)]
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
        let arm = |provider: ProviderName| Arm {
            name: provider.as_str().to_owned(),
            provider,
            model: None,
            prompt: None,
            strategy: None,
            weight: 1,
        };
        Self { key: "gemini-rollout".to_owned(), arms: vec![arm(ProviderName::Gemini), arm(ProviderName::Claude)] }
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
        Ok(experiment)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`Experiment::parse`], or that the file cannot be read.
    pub fn read(path: &str) -> Result<Self, String> {
        std::fs::read_to_string(Path::new(path)).map_err(|error| error.to_string()).and_then(|text| Self::parse(&text))
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
    /// Whether one of `callable` is what it needs. A prompt of its own is beyond any of them.
    #[must_use]
    pub fn is_callable(&self, callable: &[Callable]) -> bool {
        let fits =
            |it: &Callable| it.provider == self.provider && self.model.as_ref().is_none_or(|model| *model == it.model);
        self.prompt.is_none() && callable.iter().any(fits)
    }
}

fn one() -> u16 {
    1
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
        ] {
            let said = Experiment::parse(&THREE.replace(from, to)).unwrap_err();
            assert!(said.contains(fault), "{said}");
        }
    }

    #[test]
    fn an_arm_is_callable_with_its_own_model_alone() {
        let experiment = Experiment::parse(THREE).unwrap();
        let with = |model: &str| [Callable { provider: ProviderName::Gemini, model: model.to_owned() }];
        assert!(experiment.arms[0].is_callable(&with("g-2")));
        assert!(!experiment.arms[0].is_callable(&with("g-1")));
        assert!(!experiment.arms[1].is_callable(&with("g-2")));
    }
}
