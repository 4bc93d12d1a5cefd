//! A reader whose model name selects what it does: for tests and staging, refused in production.

use std::future;
use std::time::Duration;

use bytes::Bytes;

use super::call::{Answered, Body, Call, CallFailure, FailureKind, Usage};
use crate::domain::{Legibility, PictureFormat, PicturePrice, QualityIssue, ReadIngredient, Reading, Source, Tier};

/// How long `slow` takes: longer than a test needs to do something meanwhile.
const SLOWNESS: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub(super) struct Scripted {
    model: String,
}

impl Scripted {
    pub(super) const TIER: Tier = Tier {
        max_edge: 1568,
        max_pixels: 1_200_000,
        price: PicturePrice::BySize,
        format: PictureFormat::Jpeg,
        quality: 80,
    };

    pub(super) fn new(model: String) -> Self {
        Self { model }
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    /// It is shown nothing.
    pub(super) fn compose() -> Call {
        Call { body: Body::Whole(Bytes::new()), image_tokens: 0 }
    }

    pub(super) async fn call(&self) -> Result<Answered, CallFailure> {
        let usage = Usage { served_model: Some(self.model.clone()), ..Usage::default() };
        self.read().await.map(|reading| Answered { reading, usage })
    }

    async fn read(&self) -> Result<Reading, CallFailure> {
        let failed = |kind| Err(CallFailure::new(kind, "as it was told to"));
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
            "refuses" => failed(FailureKind::Refused),
            "garbage" => failed(FailureKind::Invalid),
            "slow" => {
                tokio::time::sleep(SLOWNESS).await;
                Ok(list("Ingredienser: vatten, GRÄDDE, salt.", &["vatten", "GRÄDDE", "salt"]))
            }
            "stalls" => future::pending().await,
            #[expect(clippy::panic, reason = "the scripted way to test that no panic reaches a user")]
            "panics" => panic!("the scripted reader was told to panic"),
            _ => failed(FailureKind::Server),
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
