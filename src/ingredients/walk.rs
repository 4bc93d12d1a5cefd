//! A name's pieces from first to last: the things in it, and the words of origin and absence between them.

use super::lexicon::{Concept, Kind, Languages};
use super::name::Knowledge;
use super::text::Token;
use crate::domain::{DecidedBy, Language, Match, Status};

/// What a name turned out to be.
#[derive(Debug, Clone)]
pub(super) struct Finding<'a> {
    pub status: Status,
    pub how: Option<Match>,
    pub by: Option<DecidedBy>,
    /// What decided, if it is a thing of the lexicon.
    pub concept: Option<&'a Concept>,
    /// The name is that concept alone, so its translations are the name's.
    pub whole: bool,
    /// Uncertain only because its origin is not named.
    pub open_origin: bool,
    /// Holds only words that name no thing: `ekologisk`, `emulgeringsmedel`.
    pub bare: Option<Kind>,
    /// Where in the name the deciding words stand, in bytes.
    pub said: Option<(usize, usize)>,
    /// A vegan finding that is a plant, so that in brackets it names an origin.
    pub plant: bool,
}

impl Finding<'_> {
    pub(super) fn unknown() -> Self {
        Self {
            status: Status::Unknown,
            how: None,
            by: None,
            concept: None,
            whole: false,
            open_origin: false,
            bare: None,
            said: None,
            plant: false,
        }
    }
}

/// A piece of a name, looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    /// `None` for a word that nobody knows.
    pub concept: Option<&'a Concept>,
    pub how: Match,
    /// Its first word; the parts of a compound share it.
    pub at: usize,
    /// How many words it spans.
    pub length: usize,
}

/// How far a word of absence reaches: to the next thing, and over a link to the one after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Absence {
    #[default]
    None,
    Next,
    /// It has covered the word at this place.
    Covered(usize),
}

/// A thing in a name that counts.
#[derive(Debug, Clone, Copy)]
struct Thing<'a> {
    status: Status,
    piece: Piece<'a>,
    by: DecidedBy,
    /// Uncertain only because its origin is not named.
    open: bool,
}

/// The state of reading a name.
struct Walk<'a, 'w> {
    know: Knowledge<'a>,
    words: &'w [Token],
    things: Vec<Thing<'a>>,
    unknown: bool,
    absence: Absence,
    denied: bool,
    /// Things left out by a word of absence.
    absent: Vec<&'a Concept>,
    /// A class of additives is left out by such a word.
    without_class: bool,
    /// The word of origin that the next thing stands under.
    origin: Option<Kind>,
    /// What the next thing may be an imitation of, and the word that says so.
    freed: Option<(Kind, usize)>,
    /// A link stands between that word and the thing.
    linked: bool,
    /// A word says "animal", which no word of another origin outweighs.
    animal: bool,
    after_from: bool,
    plant_before: bool,
    /// Where the last plant stands that imitations are made of.
    base: Option<usize>,
    bare: Option<Kind>,
    exactness: Option<Match>,
}

/// Decides on a name's pieces.
pub(super) fn decide<'a>(know: Knowledge<'a>, words: &[Token], pieces: &[Piece<'a>]) -> Finding<'a> {
    let mut walk = Walk::new(know, words);
    for piece in pieces {
        match piece.concept {
            None => (walk.unknown, walk.absence, walk.denied) = (true, Absence::None, false),
            Some(concept) if concept.kind.status().is_some() => walk.thing(*piece, concept),
            Some(concept) => walk.word(*piece, concept.kind),
        }
    }
    walk.lift_last();
    walk.finish(pieces)
}

/// Whether a name says "animal" anywhere, even within a listed name, and does not deny it.
fn says_animal(know: Knowledge<'_>, words: &[Token]) -> bool {
    let denies = |word: &Token| matches!(know.kind(&word.key), Some(Kind::Negation | Kind::Denial | Kind::Free));
    words.iter().enumerate().any(|(at, word)| {
        know.kind(&word.key) == Some(Kind::AnimalOrigin) && !words[at.saturating_sub(2)..at].iter().any(denies)
    })
}

/// Whether an animal thing exists in a form of another origin: microbes make rennet, but nobody calls milk microbial.
fn can_be(origin: Kind, concept: &Concept) -> bool {
    concept.imitable && (origin != Kind::MicrobialOrigin || concept.kind == Kind::Slaughter)
}

/// What stands for its whole group: a name free of it may still be called by a food of the group. Cream free of milk
/// is none, but milk solids free of feta are.
const WHOLE_GROUPS: [&str; 7] = ["milk", "milk_product", "dairy", "egg", "meat", "fish", "shellfish"];

/// Dairy that is also made of plants, under a name that says which.
const MADE_OF_PLANTS: [&str; 5] = ["milk", "milk_powder", "cream", "cream_powder", "butter"];

impl<'a, 'w> Walk<'a, 'w> {
    fn new(know: Knowledge<'a>, words: &'w [Token]) -> Self {
        Self {
            know,
            words,
            things: Vec::new(),
            unknown: false,
            absence: Absence::None,
            denied: false,
            absent: Vec::new(),
            without_class: false,
            origin: None,
            freed: None,
            linked: false,
            animal: says_animal(know, words),
            after_from: false,
            plant_before: false,
            base: None,
            bare: None,
            exactness: None,
        }
    }

    fn thing(&mut self, piece: Piece<'a>, concept: &'a Concept) {
        if self.absence == Absence::Next || self.absence == Absence::Covered(piece.at) {
            self.absence = Absence::Covered(piece.at);
            self.absent.push(concept);
            return;
        }
        let (status, by) = self.weigh(piece, concept);
        if self.after_from && matches!(concept.kind, Kind::Plant | Kind::Microbial) {
            self.lift_last_derived();
            self.lift_milk_of(concept);
        }
        self.plant_before |= concept.kind == Kind::Plant;
        self.base = if concept.base { Some(piece.at) } else { self.base };
        (self.origin, self.freed, self.linked) = (None, None, false);
        (self.absence, self.after_from, self.denied) = (Absence::None, false, false);
        let open = status == Status::Uncertain && concept.kind == Kind::Derived;
        self.things.push(Thing { status, piece, by, open });
        self.exactness = self.exactness.max_how(piece.how);
    }

    /// A thing's own status, and what the words before it make of it.
    fn weigh(&self, piece: Piece<'a>, concept: &Concept) -> (Status, DecidedBy) {
        let plain = concept.policy.map_or(concept.kind.status(), |policy| Some(self.know.policies.status(policy)));
        let plain = plain.unwrap_or(Status::Unknown);
        let lifted = match plain {
            Status::Vegan | Status::Unknown => return (plain, DecidedBy::Lexicon),
            _ if self.animal => false,
            Status::Uncertain => {
                self.origin == Some(Kind::VeganOrigin)
                    || (concept.kind == Kind::Derived && (self.origin.is_some() || self.plant_before))
            }
            Status::NonVegan => self.imitated(piece, concept) || self.of_plants(piece, concept),
        };
        // `ej animalisk löpe`: the name listed with its animal word is denied as one.
        let whole = |word: &Token| self.know.kind(&word.key) == Some(Kind::AnimalOrigin);
        let lifted = lifted || (self.denied && concept.imitable && self.words.get(piece.at).is_some_and(whole));
        let doubted = lifted && self.linked || !lifted && (self.denied || concept.imitable && self.base.is_some());
        if plain == Status::NonVegan && doubted {
            (Status::Uncertain, DecidedBy::Lexicon)
        } else if lifted {
            (Status::Vegan, DecidedBy::LabelText)
        } else {
            (plain, DecidedBy::Lexicon)
        }
    }

    /// Whether the words before an animal thing say that this one is not.
    fn imitated(&self, piece: Piece<'a>, concept: &Concept) -> bool {
        let key = |at: usize| self.words.get(at).map_or("", |word| word.key.as_str());
        match (self.origin, self.freed) {
            (Some(Kind::VeganOrigin), _) => true,
            (Some(origin), _) => can_be(origin, concept),
            // `fiskfri fisk` contradicts itself.
            (None, Some((kind, at))) => concept.imitable && kind == concept.kind && !key(at).contains(key(piece.at)),
            (None, None) => false,
        }
    }

    /// `quinoamjölk`: one word of a plant and of milk, cream or butter is an imitation; in English two words are. With a
    /// plural before it a comma may have been lost (`oats milk`).
    fn of_plants(&self, piece: Piece<'a>, concept: &Concept) -> bool {
        let Some(base) = self.base.filter(|_| MADE_OF_PLANTS.contains(&concept.id())) else { return false };
        let english = self.know.languages.meets(Languages::only(Language::En)) && base + 1 == piece.at;
        let singular = || self.words.get(base).is_some_and(|word| !word.key.ends_with('s'));
        base == piece.at || (english && singular())
    }

    fn word(&mut self, piece: Piece<'a>, kind: Kind) {
        let (absence, denied) = (std::mem::take(&mut self.absence), std::mem::take(&mut self.denied));
        let against = denied || absence == Absence::Next;
        match kind {
            Kind::Negation => self.absence = Absence::Next,
            Kind::Denial => self.denied = true,
            Kind::Free => self.take_back(),
            Kind::From => (self.absence, self.after_from) = (absence, true),
            Kind::PlantOrigin | Kind::MicrobialOrigin | Kind::VeganOrigin if against => self.unknown = true,
            Kind::PlantOrigin | Kind::MicrobialOrigin | Kind::VeganOrigin => {
                // `Mono- und Diglyceride von pflanzlichen Fettsäuren`: said of what went before, too.
                if self.after_from {
                    self.lift_last_derived();
                }
                self.origin = Some(kind);
            }
            Kind::AnimalOrigin if against => self.origin = Some(Kind::PlantOrigin),
            // "Animal" without a thing that the lexicon knows by that name: not known, so never vegan.
            Kind::AnimalOrigin => self.unknown = true,
            Kind::Link => {
                self.absence = if absence == Absence::None { Absence::None } else { Absence::Next };
                self.linked |= self.origin.is_some() || self.freed.is_some();
                (self.plant_before, self.base) = (false, None);
            }
            Kind::Based => self.origin = self.plant_at(piece.at).then_some(Kind::PlantOrigin),
            // `utan konserveringsmedel`: nothing is left to know.
            Kind::Role if against => self.without_class = true,
            Kind::Role | Kind::Form | Kind::Neutral => {}
            // Things are not words; see `thing`.
            Kind::Plant
            | Kind::Mineral
            | Kind::Synthetic
            | Kind::Microbial
            | Kind::Dairy
            | Kind::Egg
            | Kind::Meat
            | Kind::Fish
            | Kind::Shellfish
            | Kind::Insect
            | Kind::Bee
            | Kind::Slaughter
            | Kind::Animal
            | Kind::Derived
            | Kind::Composite => return,
        }
        self.bare = Some(kind);
    }

    /// Whether the last thing is a plant in this word or, before a hyphen, in the one before.
    fn plant_at(&self, at: usize) -> bool {
        let last = self.things.last().filter(|thing| thing.status == Status::Vegan && thing.piece.at + 1 >= at);
        last.is_some_and(|thing| thing.piece.concept.is_some_and(|concept| concept.kind == Kind::Plant))
    }

    /// `fiskfri`: what stands before `fri` is not in it; and what is free of milk, egg or meat may still be called so.
    fn take_back(&mut self) {
        if let Some(Thing { piece, .. }) = self.things.pop() {
            let imitable = piece.concept.filter(|concept| concept.imitable && WHOLE_GROUPS.contains(&concept.id()));
            self.freed = imitable.map(|concept| (concept.kind, piece.at));
            self.absent.extend(piece.concept);
        }
    }

    /// A word of origin at the end is said of the thing before it.
    fn lift_last(&mut self) {
        let (Some(origin), false) = (self.origin, self.animal) else { return };
        let Some(last) = self.things.last_mut() else { return };
        let imitable = last.piece.concept.is_some_and(|concept| can_be(origin, concept));
        if origin == Kind::VeganOrigin || last.open || imitable {
            (last.status, last.by, last.open) = (Status::Vegan, DecidedBy::LabelText, false);
        }
    }

    /// `lait de coco`: where the plant stands behind, the word between them says what the milk is made of.
    fn lift_milk_of(&mut self, concept: &Concept) {
        let romance = [Language::Fr, Language::Es, Language::It].into_iter().map(Languages::only);
        let romance = romance.fold(Languages::NONE, Languages::with).meets(self.know.languages);
        let made = |thing: &&mut Thing<'_>| thing.piece.concept.is_some_and(|c| MADE_OF_PLANTS.contains(&c.id()));
        if let Some(last) = self.things.last_mut().filter(|last| romance && concept.base && !self.animal && made(last))
        {
            (last.status, last.by) = (Status::Vegan, DecidedBy::LabelText);
        }
    }

    fn lift_last_derived(&mut self) {
        if let Some(last) = self.things.last_mut().filter(|last| last.open && !self.animal) {
            (last.status, last.by, last.open) = (Status::Vegan, DecidedBy::LabelText, false);
        }
    }

    fn finish(self, pieces: &[Piece<'a>]) -> Finding<'a> {
        let rank = |status: Status| match status {
            Status::NonVegan => 3,
            Status::Unknown => 2,
            Status::Uncertain => 1,
            Status::Vegan => 0,
        };
        let worst = self.things.iter().rev().max_by_key(|thing| rank(thing.status));
        let named = pieces.len();
        let Some(Thing { status, piece, by, .. }) = worst.copied() else {
            return self.nothing(named);
        };
        if self.unknown && status != Status::NonVegan {
            return Finding { concept: piece.concept.filter(|_| status != Status::Vegan), ..Finding::unknown() };
        }
        let things: Vec<_> = self.things.iter().filter_map(|thing| thing.piece.concept).collect();
        let last = piece.at + piece.length.saturating_sub(1);
        let said = self.words.get(piece.at).zip(self.words.get(last));
        Finding {
            status,
            how: self.exactness.or(Some(piece.how)),
            by: Some(by),
            concept: piece.concept,
            whole: things.len() == 1 && named == 1,
            open_origin: status == Status::Uncertain
                && self.things.iter().all(|thing| thing.status == Status::Vegan || thing.open),
            bare: None,
            said: said.map(|(first, last)| (first.start, last.end)),
            plant: status == Status::Vegan && things.iter().any(|c| c.kind == Kind::Plant && c.policy.is_none()),
        }
    }

    /// No thing is left: only words, or only what is said to be absent.
    fn nothing(self, named: usize) -> Finding<'a> {
        let mut finding = Finding::unknown();
        if self.unknown || named == 0 {
            return finding;
        }
        if !self.absent.is_empty() || self.without_class {
            finding.status = Status::Vegan;
            finding.by = Some(DecidedBy::LabelText);
            finding.how = Some(Match::Exact);
            return finding;
        }
        finding.bare = self.bare;
        finding
    }
}

/// The less sure of two ways of matching.
trait LessSure {
    fn max_how(self, other: Match) -> Option<Match>;
}

impl LessSure for Option<Match> {
    fn max_how(self, other: Match) -> Option<Match> {
        let order = |how: Match| match how {
            Match::Exact => 0,
            Match::Inflected => 1,
            Match::Compound => 2,
            Match::Fuzzy => 3,
            Match::Model => 4,
        };
        match self {
            Some(known) if order(known) >= order(other) => Some(known),
            _ => Some(other),
        }
    }
}
