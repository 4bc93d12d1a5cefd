//! The remote readers against the vendors' stand-in: what is sent, what every kind of answer comes to, what it costs.

mod answers;
mod faults;
mod kept;
mod money;
mod path;
mod requests;
mod resilience;

use std::time::Duration;

use koalens_backend::domain::{CallRole, EncodedClip, EncodedPicture, Language, ProviderName};
use koalens_backend::providers::{Answer, Hints, Providers, Shown};
use tokio::time::Instant;

use crate::harness::fixture;

/// 21 November 2026.
const NOW_MS: i64 = 1_795_219_200_000;

fn picture() -> EncodedPicture {
    EncodedPicture { width: 1000, height: 500, media_type: "image/jpeg", bytes: fixture("photo.jpg") }
}

/// Asks the only reader there is.
async fn read(readers: &Providers, clip: Option<&EncodedClip>) -> Answer {
    let name: ProviderName = readers.callable().next().unwrap();
    let pictures = [picture()];
    let (shown, hints) = (Shown { pictures: &pictures, clip }, Hints { language: Language::Sv });
    let deadline = Instant::now() + Duration::from_secs(30);
    readers.read(name, CallRole::Primary, shown, hints, NOW_MS, deadline).await.unwrap()
}
