//! The picture of the label that a caller asked to see.

use crate::domain::{EncodedPicture, PictureFormat, PicturePrice, Pictures, Tier};
use crate::media;

/// Its size.
const SIZE: Tier = Tier {
    max_edge: 1568,
    max_pixels: 1_200_000,
    price: PicturePrice::BySize,
    format: PictureFormat::Jpeg,
    quality: 80,
};

/// The first picture that was read; none where it cannot be encoded, because the verdict matters more.
pub(super) async fn picture(mut pictures: Pictures) -> Option<EncodedPicture> {
    pictures.pictures.truncate(1);
    let encoded = tokio::task::spawn_blocking(move || media::encode(&pictures, &SIZE)).await;
    encoded.ok()?.ok()?.into_iter().next()
}
