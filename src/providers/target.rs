//! A model as the target of pictures, whether or not it can be called here.

use super::config::{Config, DEFAULT_CLAUDE, Vendor};
use super::error::SetUpError;
use super::models::{Model, Models};
use crate::domain::{EncodedPicture, ProviderName, Tier};

/// What pictures are encoded to for a model, and what they cost it.
#[derive(Debug)]
pub struct Target(Model);

impl Target {
    /// The model `id` of the table; where none is named, that of the provider `preferred`, else of the first that can be
    /// called, else Claude's default.
    ///
    /// # Errors
    /// When the table of models is faulty or does not have it.
    pub fn find(config: &Config, preferred: Option<ProviderName>, id: Option<&str>) -> Result<Self, SetUpError> {
        let models = Models::load(config.models_file.as_deref()).map_err(SetUpError::Models)?;
        let (vendor, id) = match id {
            Some(id) => {
                let unknown = || SetUpError::Models(format!("no entry for the model {id}"));
                (models.vendor(id).ok_or_else(unknown)?, id.to_owned())
            }
            None => {
                let callable =
                    Vendor::ALL.into_iter().filter_map(|vendor| Some((vendor, config.access(vendor)?.model)));
                let mut callable: Vec<_> = callable.collect();
                callable.sort_by_key(|(vendor, _)| preferred != Some(vendor.name()));
                callable.into_iter().next().unwrap_or((Vendor::Claude, DEFAULT_CLAUDE.to_owned()))
            }
        };
        models.find(vendor, &id).map(Self).map_err(SetUpError::Models)
    }

    /// The model's name.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.0.id
    }

    /// What pictures are encoded to.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.0.tier()
    }

    /// What pictures cost together, tokens.
    #[must_use]
    pub fn tokens(&self, pictures: &[EncodedPicture]) -> u32 {
        self.0.image.tokens(pictures)
    }
}

#[cfg(test)]
mod tests {
    use super::super::secret::ApiKey;
    use super::*;

    #[test]
    fn a_model_that_is_named_is_found_and_else_the_one_that_would_be_asked() {
        let key = || Some(ApiKey::parse("a-key").unwrap());
        let none = Config { claude_model_name: "claude-sonnet-5-5".to_owned(), ..Config::default() };
        let gemini = Config { gemini_api_key: key(), gemini_model_name: "gemini-3.5-flash".to_owned(), ..none.clone() };
        let both = Config { anthropic_api_key: key(), ..gemini.clone() };
        let found = |config: &Config, preferred, id| Target::find(config, preferred, id).map(|target| target.0.id);
        assert_eq!(found(&none, None, None).unwrap(), DEFAULT_CLAUDE);
        assert_eq!(found(&gemini, None, None).unwrap(), "gemini-3.5-flash");
        assert_eq!(found(&both, None, None).unwrap(), "gemini-3.5-flash");
        assert_eq!(found(&both, Some(ProviderName::Claude), None).unwrap(), "claude-sonnet-5-5");
        assert_eq!(found(&both, None, Some("claude-haiku-4-5")).unwrap(), "claude-haiku-4-5");
        assert!(found(&both, None, Some("gpt")).is_err());
    }
}
