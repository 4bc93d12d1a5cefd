//! What a concept is, and the named groups on which opinions differ.

use crate::domain::Status;

/// What a concept is: the origin of a food, or the part that a word plays on a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::ingredients) enum Kind {
    /// Plants, fungi, algae and what is made of them.
    Plant,
    /// Salts, water, metals, gases.
    Mineral,
    /// Made without living things.
    Synthetic,
    /// Yeast, cultures, fermentation products.
    Microbial,
    /// Milk and what is made of it.
    Dairy,
    /// Eggs.
    Egg,
    /// Meat of land animals and birds.
    Meat,
    /// Fish.
    Fish,
    /// Crustaceans and molluscs.
    Shellfish,
    /// Insects and what they give, bees aside.
    Insect,
    /// What bees give.
    Bee,
    /// Taken from slaughtered animals: gelatin, rennet, fat.
    Slaughter,
    /// Other animal matter, such as wool fat.
    Animal,
    /// Made from animals or from plants; a named origin settles it.
    Derived,
    /// A prepared food that often holds animal matter; its own list settles it.
    Composite,
    /// A class of additives or a part of the food: stands before its members, never an ingredient.
    Role,
    /// A form that takes the origin of what it is made of: powder, extract.
    Form,
    /// Says how, not what: chopped, organic.
    Neutral,
    /// And, or.
    Link,
    /// From, of: what follows is the origin of what went before.
    From,
    /// Vegetable.
    PlantOrigin,
    /// Vegan, plant-based.
    VeganOrigin,
    /// Based: what stands before it in the same word is the origin of what follows.
    Based,
    /// Animal.
    AnimalOrigin,
    /// Microbial.
    MicrobialOrigin,
    /// Without: the next thing is absent.
    Negation,
    /// Not: the next word is denied (`ej animalisk`).
    Denial,
    /// Free, behind what is absent: `fiskfri`.
    Free,
}

impl Kind {
    /// Reads the spelling of the data files.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "plant" => Self::Plant,
            "mineral" => Self::Mineral,
            "synthetic" => Self::Synthetic,
            "microbial" => Self::Microbial,
            "dairy" => Self::Dairy,
            "egg" => Self::Egg,
            "meat" => Self::Meat,
            "fish" => Self::Fish,
            "shellfish" => Self::Shellfish,
            "insect" => Self::Insect,
            "bee" => Self::Bee,
            "slaughter" => Self::Slaughter,
            "animal" => Self::Animal,
            "derived" => Self::Derived,
            "composite" => Self::Composite,
            "role" => Self::Role,
            "form" => Self::Form,
            "neutral" => Self::Neutral,
            "link" => Self::Link,
            "from" => Self::From,
            "plant-origin" => Self::PlantOrigin,
            "vegan-origin" => Self::VeganOrigin,
            "based" => Self::Based,
            "animal-origin" => Self::AnimalOrigin,
            "microbial-origin" => Self::MicrobialOrigin,
            "negation" => Self::Negation,
            "denial" => Self::Denial,
            "free" => Self::Free,
            _ => return None,
        })
    }

    /// The status of things of this kind; `None` for words that are not a thing.
    pub fn status(self) -> Option<Status> {
        match self {
            Self::Plant | Self::Mineral | Self::Synthetic | Self::Microbial => Some(Status::Vegan),
            Self::Dairy
            | Self::Egg
            | Self::Meat
            | Self::Fish
            | Self::Shellfish
            | Self::Insect
            | Self::Bee
            | Self::Slaughter
            | Self::Animal => Some(Status::NonVegan),
            Self::Derived | Self::Composite => Some(Status::Uncertain),
            Self::Role
            | Self::Form
            | Self::Neutral
            | Self::Link
            | Self::From
            | Self::PlantOrigin
            | Self::VeganOrigin
            | Self::Based
            | Self::AnimalOrigin
            | Self::MicrobialOrigin
            | Self::Negation
            | Self::Denial
            | Self::Free => None,
        }
    }

    /// The key of this kind's sentences.
    pub fn key(self) -> &'static str {
        match self {
            Self::Plant => "kind-plant",
            Self::Mineral => "kind-mineral",
            Self::Synthetic => "kind-synthetic",
            Self::Microbial => "kind-microbial",
            Self::Dairy => "kind-dairy",
            Self::Egg => "kind-egg",
            Self::Meat => "kind-meat",
            Self::Fish => "kind-fish",
            Self::Shellfish => "kind-shellfish",
            Self::Insect => "kind-insect",
            Self::Bee => "kind-bee",
            Self::Slaughter => "kind-slaughter",
            Self::Derived => "kind-derived",
            Self::Composite => "kind-composite",
            Self::Animal
            | Self::Role
            | Self::Form
            | Self::Neutral
            | Self::Link
            | Self::From
            | Self::PlantOrigin
            | Self::VeganOrigin
            | Self::Based
            | Self::AnimalOrigin
            | Self::MicrobialOrigin
            | Self::Negation
            | Self::Denial
            | Self::Free => "kind-animal",
        }
    }
}

/// A group of ingredients that a setting decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::ingredients) enum Policy {
    /// Bone char in refining.
    Sugar,
    /// Fining of wine, beer and vinegar.
    Fining,
    /// Starter cultures.
    Cultures,
    /// Lactic acid and lactates.
    LacticAcid,
    /// Flavourings of unnamed source.
    Flavouring,
    /// Vitamin B2.
    Riboflavin,
    /// Carotenes.
    Carotene,
    /// Lecithin of unnamed source.
    Lecithin,
    /// Additives made of fat.
    FattyAcids,
    /// Vitamin D of unnamed source.
    VitaminD,
}

impl Policy {
    /// Reads the spelling of the data files.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "sugar" => Self::Sugar,
            "fining" => Self::Fining,
            "cultures" => Self::Cultures,
            "lactic-acid" => Self::LacticAcid,
            "flavouring" => Self::Flavouring,
            "riboflavin" => Self::Riboflavin,
            "carotene" => Self::Carotene,
            "lecithin" => Self::Lecithin,
            "fatty-acids" => Self::FattyAcids,
            "vitamin-d" => Self::VitaminD,
            _ => return None,
        })
    }
}
