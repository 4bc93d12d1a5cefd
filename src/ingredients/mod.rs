//! Label text to list to verdict: the parser, the lexicon, the policies and the sentences that say why.
//!
//! Pure and deterministic: no model is asked, no clock is read. It never calls a list vegan that was not read whole,
//! nor one that holds a name nobody knows. Text from labels is hostile and bounded before it is looked at.

mod check;
mod claims;
mod config;
mod explain;
mod footnotes;
mod gather;
mod items;
mod lexicon;
mod list;
mod name;
mod overlay;
mod phrases;
mod score;
mod sections;
mod text;
mod verdict;
mod vouch;
mod walk;
mod whole;

#[cfg(test)]
mod animals;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};

pub use check::{Findings, check, check_shipped};
pub use config::{Config, Policies, Stance};
pub use explain::explain;
pub use overlay::{Overlay, OverlayError};
pub use score::{Misjudged, STATES, Score, score};

use crate::domain::{Language, Reading, Status, Verdict};
use crate::texts;
use gather::{Gathered, Source};
use lexicon::{Languages, Lexicon, Seen};
use name::Knowledge;
use phrases::Phrases;

/// What a verdict is made from.
#[derive(Debug, Clone, Copy)]
pub enum Evidence<'a> {
    /// A picture's reading.
    Picture {
        /// What the reader says.
        reading: &'a Reading,
        /// Words that the local reader saw with high confidence in the same pictures: an animal word that the
        /// reading lacks makes the answer uncertain.
        second: Option<&'a str>,
    },
    /// What a person typed: never partial.
    Typed {
        /// Names, one ingredient each.
        ingredients: &'a [String],
        /// A list or a whole label as free text.
        text: Option<&'a str>,
    },
}

/// What the person who asks wants.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// The language of the answer.
    pub language: Language,
    /// Words to point out where they are found.
    pub watched: &'a [String],
    /// Whether the label was filmed: then advice is how to film it.
    pub filmed: bool,
}

/// What is known of one ingredient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub status: Status,
    /// Why, in the language asked for.
    pub reason: String,
    /// Other names of the same thing in that language; empty for a name that was derived from its parts.
    pub synonyms: Vec<String>,
}

/// Decides. Cheap to clone and to share; what it knows can be replaced while it is in use.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<RwLock<Arc<Inner>>>,
}

#[derive(Debug)]
struct Inner {
    lexicon: Lexicon,
    overlay: Option<Overlay>,
    phrases: Arc<Phrases>,
    policies: Policies,
}

impl Engine {
    /// Loads the data shipped with the program.
    #[must_use]
    pub fn new(policies: &Policies) -> Self {
        Self::holding(policies, Lexicon::load(), None)
    }

    /// Loads the data shipped with the program, and an operator's rows over it.
    ///
    /// # Errors
    /// The overlay cannot be read or is faulty.
    pub fn open(config: &Config) -> Result<Self, OverlayError> {
        let Some(path) = &config.lexicon_overlay else { return Ok(Self::new(&config.policies)) };
        let overlay = Overlay::new(path);
        let (lexicon, _) = overlay.load()?;
        Ok(Self::holding(&config.policies, lexicon, Some(overlay)))
    }

    fn holding(policies: &Policies, lexicon: Lexicon, overlay: Option<Overlay>) -> Self {
        texts::load();
        let phrases = Arc::new(Phrases::load());
        let inner = Inner { lexicon, overlay, phrases, policies: policies.clone() };
        Self { inner: Arc::new(RwLock::new(Arc::new(inner))) }
    }

    /// Reads the overlay again; what was begun ends with what it knew. Gives the number of its rows.
    ///
    /// # Errors
    /// The overlay cannot be read or is faulty: what was in force stays so.
    pub fn reload(&self) -> Result<usize, OverlayError> {
        let now = self.now();
        let Some(overlay) = now.overlay.clone() else { return Ok(0) };
        let (lexicon, rows) = overlay.load()?;
        let phrases = Arc::clone(&now.phrases);
        let inner = Inner { lexicon, overlay: Some(overlay), phrases, policies: now.policies.clone() };
        *self.inner.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(inner);
        Ok(rows)
    }

    /// The overlay in force, if there is one.
    #[must_use]
    pub fn overlay(&self) -> Option<Overlay> {
        self.now().overlay.clone()
    }

    fn now(&self) -> Arc<Inner> {
        Arc::clone(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides one label or list.
    #[must_use]
    pub fn decide(&self, evidence: &Evidence<'_>, wishes: &Wishes<'_>) -> Verdict {
        self.now().decide(evidence, wishes)
    }

    /// One ingredient's status, reason and synonyms; `None` for a name that is not known.
    #[must_use]
    pub fn look_up(&self, name: &str, language: Language) -> Option<Entry> {
        self.now().look_up(name, language)
    }
}

impl Inner {
    fn decide(&self, evidence: &Evidence<'_>, wishes: &Wishes<'_>) -> Verdict {
        let seen = Seen::default();
        let know = self.knowledge(&seen, wishes.language);
        let gathered = match *evidence {
            Evidence::Picture { reading, second } => self.picture(know, reading, second, wishes.language),
            Evidence::Typed { ingredients, text } => self.typed(know, ingredients, text, wishes.language),
        };
        let reading = match *evidence {
            Evidence::Picture { reading, .. } => Some(reading),
            Evidence::Typed { .. } => None,
        };
        verdict::compose(know, &gathered, reading, wishes)
    }

    fn look_up(&self, name: &str, language: Language) -> Option<Entry> {
        let (name, _) = text::clean(&name.chars().take(200).collect::<String>());
        let seen = Seen::default();
        let finding = name::judge(self.knowledge(&seen, language), &name);
        let concept = finding.concept.filter(|_| finding.status != Status::Unknown)?;
        let names = concept.names(language).filter(|_| finding.whole);
        let what = texts::say(language, concept.kind.key());
        Some(Entry {
            status: finding.status,
            reason: verdict::about(language, "verdict-is", &name, &what),
            synonyms: names.map(str::to_owned).collect(),
        })
    }

    fn knowledge<'a>(&'a self, seen: &'a Seen<'a>, language: Language) -> Knowledge<'a> {
        Knowledge { lexicon: &self.lexicon, seen, policies: &self.policies, languages: Languages::only(language) }
    }

    fn picture<'a>(
        &self,
        know: Knowledge<'a>,
        reading: &Reading,
        second: Option<&str>,
        language: Language,
    ) -> Gathered<'a> {
        let source = Source { know, language, reading: Some(reading) };
        let (text, long) = text::clean(&reading.label_text);
        let sections = sections::split(&self.phrases, &text);
        let mut gathered = gather::from_label(&source, &text, &sections);
        gathered.doubts.extend(long.then_some(whole::Doubt::TooLong));
        if gathered.listed {
            let second = second.map(|words| self.without_traces(words));
            let own = self.without_traces(&text);
            whole::examine(&source, &own, second.as_deref(), &mut gathered);
            vouch::apply(&source, &text, &mut gathered);
        }
        gathered
    }

    /// What the second reading saw outside trace sentences.
    fn without_traces(&self, words: &str) -> String {
        let sections = sections::split(&self.phrases, &text::clean(words).0);
        let kept = sections.into_iter().filter(|section| section.holds != sections::Holds::Trace);
        kept.map(|section| section.text).collect::<Vec<_>>().join("\n")
    }

    fn typed<'a>(
        &self,
        know: Knowledge<'a>,
        ingredients: &[String],
        text: Option<&str>,
        language: Language,
    ) -> Gathered<'a> {
        let source = Source { know, language, reading: None };
        let joined = ingredients.iter().take(list::MAX_ITEMS).map(|name| name.replace('\n', " "));
        let (names, names_long) = text::clean(&joined.collect::<Vec<_>>().join(",\n"));
        let (free, long) = text::clean(text.unwrap_or_default());
        let mut sections = sections::split(&self.phrases, &free);
        if !sections.iter().any(|section| section.holds == sections::Holds::List) {
            sections = sections::split_headless(&self.phrases, &free);
        }
        if !names.trim().is_empty() {
            let holds = sections::Holds::List;
            sections.insert(0, sections::Section { holds, text: names, closed: true, inside: false });
        }
        let mut gathered = gather::from_label(&source, &free, &sections);
        let too_long = long || names_long || ingredients.len() > list::MAX_ITEMS;
        gathered.doubts.extend(too_long.then_some(whole::Doubt::TooLong));
        gathered
    }
}
