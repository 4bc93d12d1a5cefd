//! What each model takes and costs: data, embedded in the program and replaceable by `MODELS_FILE`.

mod picture;
mod price;

pub(super) use picture::{Coding, ImageRule};
pub(super) use price::{Billed, Price};

use std::path::Path;

use serde::Deserialize;

use super::config::Vendor;
use super::prompt::Words;
use crate::domain::{EncodedPicture, NanoUsd, Tier, Tokens};

/// The table that comes with the program.
const EMBEDDED: &str = include_str!("models.toml");
/// The entry that stands for every model that is not listed.
const ANY: &str = "*";

/// The table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Models {
    #[serde(default)]
    versions: OfVendors<String>,
    #[serde(default)]
    pictures: OfVendors<Coding>,
    #[serde(default)]
    model: Vec<Model>,
}

/// A fact about each vendor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfVendors<T> {
    gemini: Option<T>,
    claude: Option<T>,
    openai: Option<T>,
}

/// One model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    vendor: Vendor,
    /// The name as it is sent.
    pub id: String,
    /// How the form of its answer is enforced.
    pub structured: Structured,
    /// Whether it takes clips.
    #[serde(default)]
    pub video: bool,
    /// Whether it takes a temperature.
    #[serde(default)]
    pub temperature: bool,
    /// How much it thinks before it answers.
    #[serde(default)]
    pub thinking: Thinking,
    /// Media resolution levels.
    pub resolution: Option<Resolution>,
    /// What a picture costs and how large it is worth sending.
    pub image: ImageRule,
    /// Most output tokens that may be asked for.
    pub max_output: u32,
    /// The last day it is known to answer, `YYYY-MM-DD`.
    pub retires: Option<Day>,
    /// Of the rows that apply the last counts.
    #[serde(default)]
    pub prices: Vec<Price>,
    /// How its pictures are coded: as its vendor takes them.
    #[serde(skip)]
    coding: Coding,
    /// What it is told.
    #[serde(skip)]
    pub words: Words,
}

/// A day, UTC, `YYYY-MM-DD`: days in this form sort as they pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Day(String);

/// How the form of an answer is enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Structured {
    /// By the vendor, from a JSON schema.
    Schema,
    /// As the input of a tool that must be called.
    Tool,
    /// By asking for it.
    Prompt,
}

/// How much a model thinks; what is absent is left to the vendor.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thinking {
    pub level: Option<String>,
    pub budget: Option<i32>,
    pub effort: Option<String>,
    #[serde(default)]
    pub off: bool,
}

/// Media resolution levels by what is looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resolution {
    pub picture: String,
    /// Of pictures that are all small.
    pub small: Option<String>,
    pub clip: String,
}

impl Models {
    /// The embedded table, with the entries of `file` in place of those of the same vendor and id.
    ///
    /// # Errors
    /// Why the file cannot be read or understood, in words for its author.
    pub fn load(file: Option<&Path>) -> Result<Self, String> {
        let mut models = Self::parse(EMBEDDED)?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            models.replace_by(Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?);
        }
        Ok(models)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let models: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        models.model.iter().try_for_each(Model::check)?;
        Ok(models)
    }

    fn replace_by(&mut self, newer: Self) {
        self.versions.replace_by(newer.versions);
        self.pictures.replace_by(newer.pictures);
        self.model.retain(|old| !newer.model.iter().any(|new| new.vendor == old.vendor && new.id == old.id));
        self.model.extend(newer.model);
    }

    /// The API version that `vendor` is asked for; empty where it has none.
    pub fn version(&self, vendor: Vendor) -> &str {
        self.versions.of(vendor).map(String::as_str).unwrap_or_default()
    }

    /// The entry of a model, or the vendor's general one under the model's name.
    ///
    /// # Errors
    /// Says that there is neither.
    pub fn find(&self, vendor: Vendor, id: &str) -> Result<Model, String> {
        let entry = |id: &str| self.model.iter().find(|model| model.vendor == vendor && model.id == id);
        let found = entry(id).or_else(|| entry(ANY));
        let found = found.ok_or_else(|| format!("no entry for the model {id}, and none for `*`"))?;
        let coding = self.pictures.of(vendor).copied().unwrap_or_default();
        Ok(Model { id: id.to_owned(), coding, ..found.clone() })
    }

    /// The vendor whose entry a model has.
    pub fn vendor(&self, id: &str) -> Option<Vendor> {
        Vendor::ALL.into_iter().find(|vendor| self.lists(*vendor, id))
    }

    /// What an attempt cost that began at `now_ms` (UTC milliseconds); nothing where no price is known. A vendor that
    /// answers by another model bills that one.
    pub fn cost(
        &self,
        vendor: Vendor,
        requested: &Model,
        served: Option<&str>,
        billed: &Billed,
        now_ms: i64,
    ) -> NanoUsd {
        let served = served.and_then(|id| self.model.iter().find(|model| model.vendor == vendor && model.id == id));
        price::cost(&served.unwrap_or(requested).prices, billed, &Day::of(now_ms))
    }

    /// Whether the table has an entry of its own for a model.
    pub fn lists(&self, vendor: Vendor, id: &str) -> bool {
        self.model.iter().any(|model| model.vendor == vendor && model.id == id)
    }
}

impl<T> OfVendors<T> {
    fn of(&self, vendor: Vendor) -> Option<&T> {
        match vendor {
            Vendor::Gemini => self.gemini.as_ref(),
            Vendor::Claude => self.claude.as_ref(),
            Vendor::Openai => self.openai.as_ref(),
        }
    }

    fn replace_by(&mut self, newer: Self) {
        self.gemini = newer.gemini.or(self.gemini.take());
        self.claude = newer.claude.or(self.claude.take());
        self.openai = newer.openai.or(self.openai.take());
    }
}

impl<T> Default for OfVendors<T> {
    fn default() -> Self {
        Self { gemini: None, claude: None, openai: None }
    }
}

impl Model {
    /// What pictures are encoded to for it.
    pub fn tier(&self) -> Tier {
        self.image.tier(self.coding)
    }

    /// The level at which `pictures` are to be looked at, where there are levels.
    pub fn level(&self, pictures: &[EncodedPicture]) -> Option<&str> {
        let levels = self.resolution.as_ref()?;
        let small = levels.small.as_ref().filter(|_| self.image.are_small(pictures));
        Some(small.unwrap_or(&levels.picture))
    }

    /// # Errors
    /// What does not fit together in it.
    fn check(&self) -> Result<(), String> {
        if self.vendor == Vendor::Gemini && self.structured == Structured::Tool {
            return Err(format!("{}: Gemini is not asked by tool, but by schema or prompt", self.id));
        }
        if self.prices.first().is_some_and(|price| !price.always_holds()) {
            return Err(format!("{}: its first price must hold always, without `from` and `above`", self.id));
        }
        Ok(())
    }

    /// What so many tokens cost at `now_ms` (UTC milliseconds).
    pub fn price(&self, tokens: Tokens, now_ms: i64) -> NanoUsd {
        price::cost(&self.prices, &Billed { tokens, cache_written: 0 }, &Day::of(now_ms))
    }

    /// How many output tokens are asked for when `wanted` are.
    pub fn output_limit(&self, wanted: u32) -> u32 {
        wanted.min(self.max_output)
    }
}

impl Day {
    /// The day of a moment, UTC milliseconds.
    pub fn of(now_ms: i64) -> Self {
        let moment = time::OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(1000));
        let date = moment.map_or(time::Date::MIN, time::OffsetDateTime::date);
        Self(format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day()))
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let form = time::format_description::parse_borrowed::<2>("[year]-[month]-[day]");
        let form = form.map_err(|error| error.to_string())?;
        time::Date::parse(&text, &form).map_err(|_| format!("{text} is no day in the form YYYY-MM-DD"))?;
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::{DEFAULT_CLAUDE, DEFAULT_GEMINI};
    use super::*;
    use crate::domain::PictureFormat;

    /// 21 November 2026.
    const NOW_MS: i64 = 1_795_219_200_000;

    #[test]
    fn the_embedded_table_is_well_formed_and_its_defaults_are_alive() {
        let models = Models::load(None).unwrap();
        for (vendor, id) in [(Vendor::Gemini, DEFAULT_GEMINI), (Vendor::Claude, DEFAULT_CLAUDE)] {
            assert!(models.lists(vendor, id), "{id}");
            let model = models.find(vendor, id).unwrap();
            assert!(model.retires.is_none_or(|day| day > Day::of(NOW_MS)), "{id}");
            assert!(!model.prices.is_empty());
        }
        assert_eq!(Day::of(NOW_MS).as_str(), "2026-11-21");
    }

    #[test]
    fn a_model_that_is_not_listed_gets_the_vendors_general_entry_under_its_own_name() {
        let models = Models::load(None).unwrap();
        let model = models.find(Vendor::Claude, "claude-of-tomorrow").unwrap();
        assert_eq!((model.id.as_str(), model.thinking.off), ("claude-of-tomorrow", false));
        assert!(!models.lists(Vendor::Claude, "claude-of-tomorrow"));
    }

    #[test]
    fn a_file_replaces_entries_and_adds_others() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let own = r#"
            versions = { claude = "2030-01-01" }
            pictures = { openai = { format = "webp", quality = 30 } }
            [[model]]
            vendor = "claude"
            id = "claude-haiku-5-5"
            structured = "tool"
            image = { rule = "flat", tokens = 1, max_edge = 100, max_pixels = 1000 }
            max_output = 10
        "#;
        std::fs::write(file.path(), own).unwrap();
        let models = Models::load(Some(file.path())).unwrap();
        assert_eq!(models.find(Vendor::Claude, "claude-haiku-5-5").unwrap().structured, Structured::Tool);
        assert_eq!(models.find(Vendor::Gemini, "gemini-3.8-flash").unwrap().structured, Structured::Schema);
        assert_eq!((models.version(Vendor::Claude), models.version(Vendor::Gemini)), ("2030-01-01", "v1beta"));
        let coded = |vendor, id| models.find(vendor, id).unwrap().tier();
        let (own, theirs) = (coded(Vendor::Openai, "any"), coded(Vendor::Claude, "claude-haiku-5-5"));
        assert_eq!((own.format, own.quality, theirs.format), (PictureFormat::Webp, 30, PictureFormat::Webp));
    }

    #[test]
    fn who_is_not_known_to_take_webp_is_sent_jpeg() {
        let models = Models::load(None).unwrap();
        let format = |vendor, id| models.find(vendor, id).unwrap().tier().format;
        assert_eq!(format(Vendor::Gemini, "gemini-of-tomorrow"), PictureFormat::Webp);
        assert_eq!(format(Vendor::Claude, "claude-haiku-5-5"), PictureFormat::Webp);
        assert_eq!(format(Vendor::Openai, "any"), PictureFormat::Jpeg);
    }

    #[test]
    fn a_faulty_file_is_named_with_its_fault() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let late = EMBEDDED.replace("{ input = 0.75,", "{ from = \"2026-12-01\", input = 0.75,");
        for (text, fault) in [
            ("[[model]]\nvendor = \"gemini\"", "missing field"),
            ("x = 1", "unknown field"),
            ("pictures = { claude = { format = \"webp\", quality = 101 } }", "no quality"),
            ("pictures = { claude = { format = \"gif\", quality = 50 } }", "unknown variant"),
            (late.as_str(), "must hold always"),
        ] {
            std::fs::write(file.path(), text).unwrap();
            let said = Models::load(Some(file.path())).unwrap_err();
            assert!(said.contains(fault) && said.contains(&file.path().display().to_string()), "{said}");
        }
    }
}
