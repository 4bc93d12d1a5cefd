//! The switches that decide what is debatable: each a named setting with a default for Nordic markets.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::lexicon::Policy;
use crate::domain::Status;

/// What a debatable group of ingredients counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stance {
    /// Counts as vegan.
    Vegan,
    /// Counts as uncertain.
    Uncertain,
    /// Counts as non-vegan.
    NonVegan,
}

impl Stance {
    fn status(self) -> Status {
        match self {
            Self::Vegan => Status::Vegan,
            Self::Uncertain => Status::Uncertain,
            Self::NonVegan => Status::NonVegan,
        }
    }
}

/// What the room is set up with.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
pub struct Config {
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type documents it")]
    pub policies: Policies,
    /// A file of rows laid over the lexicon, in its format; read again on SIGHUP and when it changes. See `koalens
    /// lexicon check`.
    #[arg(long, env = "LEXICON_OVERLAY", value_name = "FILE", help_heading = "Lexicon")]
    pub lexicon_overlay: Option<PathBuf>,
}

/// How debatable ingredients are judged.
#[derive(Debug, Clone, Args)]
#[group(skip)]
#[command(next_help_heading = "Verdict policies")]
pub struct Policies {
    /// Sugar, which some refineries filter through bone char (not in the Nordic countries).
    #[arg(long, env = "POLICY_SUGAR", value_enum, default_value_t = Stance::Vegan)]
    pub policy_sugar: Stance,
    /// Wine, beer and vinegar, which may be fined with animal products.
    #[arg(long, env = "POLICY_FINING", value_enum, default_value_t = Stance::Vegan)]
    pub policy_fining: Stance,
    /// Bacterial cultures, which may be grown on milk.
    #[arg(long, env = "POLICY_CULTURES", value_enum, default_value_t = Stance::Vegan)]
    pub policy_cultures: Stance,
    /// Lactic acid and lactates, made by fermenting sugar in practice.
    #[arg(long, env = "POLICY_LACTIC_ACID", value_enum, default_value_t = Stance::Vegan)]
    pub policy_lactic_acid: Stance,
    /// Flavourings that do not name their source.
    #[arg(long, env = "POLICY_FLAVOURING", value_enum, default_value_t = Stance::Vegan)]
    pub policy_flavouring: Stance,
    /// Riboflavin (vitamin B2, E101).
    #[arg(long, env = "POLICY_RIBOFLAVIN", value_enum, default_value_t = Stance::Vegan)]
    pub policy_riboflavin: Stance,
    /// Carotenes, which may be carried on gelatin.
    #[arg(long, env = "POLICY_CAROTENE", value_enum, default_value_t = Stance::Vegan)]
    pub policy_carotene: Stance,
    /// Lecithin without a named origin (soya, sunflower or rape in food; egg must be named).
    #[arg(long, env = "POLICY_LECITHIN", value_enum, default_value_t = Stance::Vegan)]
    pub policy_lecithin: Stance,
    /// Additives made from either animal or vegetable fat: E471, E472, E422, E570, E481, E631, E635 and their kin.
    #[arg(long, env = "POLICY_FATTY_ACIDS", value_enum, default_value_t = Stance::Uncertain)]
    pub policy_fatty_acids: Stance,
    /// Vitamin D and D3 without a named origin (sheep's wool or lichen).
    #[arg(long, env = "POLICY_VITAMIN_D", value_enum, default_value_t = Stance::Uncertain)]
    pub policy_vitamin_d: Stance,
    /// Turn every policy that counts as vegan to uncertain.
    #[arg(long, env = "STRICT_MODE", default_value_t = false, action = clap::ArgAction::Set)]
    pub strict_mode: bool,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            policy_sugar: Stance::Vegan,
            policy_fining: Stance::Vegan,
            policy_cultures: Stance::Vegan,
            policy_lactic_acid: Stance::Vegan,
            policy_flavouring: Stance::Vegan,
            policy_riboflavin: Stance::Vegan,
            policy_carotene: Stance::Vegan,
            policy_lecithin: Stance::Vegan,
            policy_fatty_acids: Stance::Uncertain,
            policy_vitamin_d: Stance::Uncertain,
            strict_mode: false,
        }
    }
}

impl Policies {
    /// What a group counts as under these settings.
    pub(super) fn status(&self, policy: Policy) -> Status {
        let stance = match policy {
            Policy::Sugar => self.policy_sugar,
            Policy::Fining => self.policy_fining,
            Policy::Cultures => self.policy_cultures,
            Policy::LacticAcid => self.policy_lactic_acid,
            Policy::Flavouring => self.policy_flavouring,
            Policy::Riboflavin => self.policy_riboflavin,
            Policy::Carotene => self.policy_carotene,
            Policy::Lecithin => self.policy_lecithin,
            Policy::FattyAcids => self.policy_fatty_acids,
            Policy::VitaminD => self.policy_vitamin_d,
        };
        let status = stance.status();
        if self.strict_mode && status == Status::Vegan { Status::Uncertain } else { status }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        policies: Policies,
    }

    #[test]
    fn the_defaults_of_the_command_line_and_of_the_type_agree() {
        let parsed = Command::parse_from(["test"]).policies;
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Policies::default()));
    }

    #[test]
    fn strict_mode_turns_lenient_policies_to_uncertain_and_leaves_hard_ones() {
        let policies = Policies { strict_mode: true, policy_fining: Stance::NonVegan, ..Policies::default() };
        assert_eq!(policies.status(Policy::Sugar), Status::Uncertain);
        assert_eq!(policies.status(Policy::Fining), Status::NonVegan);
    }
}
