//! A reader whose model name selects what it does: for tests and staging, refused in production.

use std::future;
use std::time::Duration;

use super::{Error, Hints};
use crate::domain::{EncodedPicture, Legibility, PictureFormat, QualityIssue, ReadIngredient, Reading, Source, Tier};

/// How long `slow` takes: longer than a test needs to do something meanwhile.
const SLOWNESS: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub(super) struct Scripted {
    model: String,
}

impl Scripted {
    pub(super) const TIER: Tier =
        Tier { max_edge: 1568, max_pixels: 1_200_000, format: PictureFormat::Jpeg, quality: 80 };

    pub(super) fn new(model: String) -> Self {
        Self { model }
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    pub(super) async fn read(&self, pictures: &[EncodedPicture], _hints: Hints) -> Result<Reading, Error> {
        if pictures.is_empty() {
            return Err(Error::Invalid);
        }
        match self.model.as_str() {
            "vegan" => Ok(list("Ingredienser: vatten, kokosmjölk, salt.", &["vatten", "kokosmjölk", "salt"])),
            "cream" => Ok(list("Ingredienser: vatten, GRÄDDE, salt.", &["vatten", "GRÄDDE", "salt"])),
            "partial" => Ok(Reading {
                legibility: Legibility::Partial,
                ..list("Ingredienser: vatten, kokosmjölk, sal", &["vatten", "kokosmjölk", "sal"])
            }),
            "nothing" => {
                Ok(Reading { legibility: Legibility::None, issues: vec![QualityIssue::NoText], ..list("", &[]) })
            }
            "invents" => Ok(list("Ingredienser: vatten, salt.", &["vatten", "salt", "socker"])),
            "refuses" => Err(Error::Refused),
            "garbage" => Err(Error::Invalid),
            "slow" => {
                tokio::time::sleep(SLOWNESS).await;
                Ok(list("Ingredienser: vatten, GRÄDDE, salt.", &["vatten", "GRÄDDE", "salt"]))
            }
            "stalls" => future::pending().await,
            #[expect(clippy::panic, reason = "the scripted way to test that no panic reaches a user")]
            "panics" => panic!("the scripted reader was told to panic"),
            _ => Err(Error::Server),
        }
    }
}

fn list(label_text: &str, names: &[&str]) -> Reading {
    let ingredient = |name: &&str| ReadIngredient {
        name: (*name).to_owned(),
        source: Source::Declared,
        status: None,
        translated_name: None,
        confidence: 0.99,
    };
    Reading {
        label_text: label_text.to_owned(),
        language: Some("sv".to_owned()),
        legibility: Legibility::Full,
        issues: Vec::new(),
        ingredients: Some(names.iter().map(ingredient).collect()),
        claims: Vec::new(),
    }
}
