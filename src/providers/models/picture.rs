//! What a picture costs a model, and how large a picture is worth sending to it.

use serde::Deserialize;

use crate::domain::{EncodedClip, EncodedPicture, PictureFormat, PicturePrice, Tier};

/// How a vendor's pictures are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub(in super::super) struct Coding {
    format: PictureFormat,
    quality: u8,
}

/// As it stands in the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: PictureFormat,
    quality: u8,
}

/// Pixels that a token of a flat price is taken to show: as many as elsewhere, where small print is read by them. What the
/// vendor's own tokens show is not published.
const TOKEN_PIXELS: u64 = 28 * 28;

/// How a vendor counts a picture.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "rule", rename_all = "lowercase", deny_unknown_fields)]
pub(in super::super) enum ImageRule {
    /// So many tokens whatever its size: the largest useful picture is the best, and one is better than several. Where all
    /// pictures of a request are small the vendor is asked to look less closely, for `small_tokens` each.
    Flat {
        tokens: u32,
        small_tokens: Option<u32>,
        #[serde(default)]
        frame_tokens: u32,
        max_edge: u32,
        max_pixels: u64,
    },
    /// `tokens` for each begun square of `side` pixels, above `base`.
    Tiles {
        side: u32,
        tokens: u32,
        #[serde(default)]
        base: u32,
        #[serde(default)]
        frame_tokens: u32,
        max_edge: u32,
        max_pixels: u64,
    },
    /// One for each begun square of `side` pixels, at most `max_tokens`: past that the vendor shrinks the picture.
    Patches { side: u32, max_edge: u32, max_tokens: u32 },
}

impl ImageRule {
    /// What pictures are encoded to. Nothing is sent that the vendor would shrink.
    pub fn tier(&self, coding: Coding) -> Tier {
        let (max_edge, max_pixels) = self.most();
        let price = match *self {
            Self::Flat { tokens, .. } => PicturePrice::Flat { sheet_pixels: u64::from(tokens) * TOKEN_PIXELS },
            Self::Tiles { .. } | Self::Patches { .. } => PicturePrice::BySize,
        };
        Tier { max_edge, max_pixels, price, format: coding.format, quality: coding.quality }
    }

    /// Longest edge and most pixels of a picture.
    fn most(&self) -> (u32, u64) {
        match *self {
            Self::Flat { max_edge, max_pixels, .. } | Self::Tiles { max_edge, max_pixels, .. } => {
                (max_edge, max_pixels)
            }
            Self::Patches { side, max_edge, max_tokens } => {
                // A picture of so many whole patches can need one more column and row of begun ones.
                let edge_patches = u64::from(max_edge / side);
                let begun = 2 * edge_patches;
                let whole = u64::from(max_tokens).saturating_sub(begun).max(1);
                (max_edge, whole * u64::from(side) * u64::from(side))
            }
        }
    }

    /// What `pictures` cost together, tokens.
    pub fn tokens(&self, pictures: &[EncodedPicture]) -> u32 {
        let small = self.small_tokens().filter(|_| self.are_small(pictures));
        let closely = |picture: &EncodedPicture| self.of_one(picture.width, picture.height);
        let each = pictures.iter().map(|picture| small.unwrap_or_else(|| closely(picture)));
        each.fold(0, u32::saturating_add)
    }

    /// Whether a closer look at any of `pictures` would show nothing more.
    pub fn are_small(&self, pictures: &[EncodedPicture]) -> bool {
        let pixels = |picture: &EncodedPicture| u64::from(picture.width) * u64::from(picture.height);
        let most = self.small_tokens().map(|tokens| u64::from(tokens) * TOKEN_PIXELS);
        most.is_some_and(|most| pictures.iter().all(|picture| pixels(picture) <= most))
    }

    fn small_tokens(&self) -> Option<u32> {
        if let Self::Flat { small_tokens, .. } = *self { small_tokens } else { None }
    }

    /// What a clip costs: vendors look at one frame a second.
    pub fn clip_tokens(&self, clip: &EncodedClip) -> u32 {
        let frames = clip.duration_ms.div_ceil(1000);
        match *self {
            Self::Flat { frame_tokens, .. } | Self::Tiles { frame_tokens, .. } => frames.saturating_mul(frame_tokens),
            Self::Patches { .. } => 0,
        }
    }

    fn of_one(&self, width: u32, height: u32) -> u32 {
        let squares = |side: u32| width.div_ceil(side.max(1)).saturating_mul(height.div_ceil(side.max(1)));
        match *self {
            Self::Flat { tokens, .. } => tokens,
            Self::Tiles { side, tokens, base, .. } => squares(side).saturating_mul(tokens).saturating_add(base),
            Self::Patches { side, max_tokens, .. } => squares(side).min(max_tokens),
        }
    }
}

impl Coding {
    /// What everything takes that takes pictures at all; text survives it.
    pub const JPEG: Self = Self { format: PictureFormat::Jpeg, quality: 85 };
}

impl Default for Coding {
    fn default() -> Self {
        Self::JPEG
    }
}

impl TryFrom<Written> for Coding {
    type Error = String;

    fn try_from(Written { format, quality }: Written) -> Result<Self, String> {
        if (1..=100).contains(&quality) {
            Ok(Self { format, quality })
        } else {
            Err(format!("{quality} is no quality from 1 to 100"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Models, Vendor};
    use super::*;

    fn rule(vendor: Vendor, id: &str) -> ImageRule {
        Models::load(None).unwrap().find(vendor, id).unwrap().image
    }

    #[test]
    fn patches_are_counted_as_the_vendor_counts_them() {
        // Sizes after the vendor's own shrink, with their published counts.
        let haiku = rule(Vendor::Claude, "claude-haiku-5-5");
        for (width, height, tokens) in [(1920, 1080, 2691), (2576, 1449, 4784), (2212, 1659, 4740)] {
            assert_eq!(haiku.of_one(width, height), tokens, "{width}x{height}");
        }
        assert_eq!(rule(Vendor::Claude, "claude-haiku-4-5").of_one(1456, 819), 1560);
    }

    #[test]
    fn nothing_is_sent_that_would_be_shrunk_or_cost_more_than_the_cap() {
        for id in ["claude-haiku-5-5", "claude-haiku-4-5"] {
            let rule = rule(Vendor::Claude, id);
            let ImageRule::Patches { side, max_edge, max_tokens } = rule else { panic!("{id}") };
            let tier = rule.tier(Coding::JPEG);
            for width in (1..=max_edge).step_by(7) {
                let height = u32::try_from(tier.max_pixels / u64::from(width)).unwrap().min(max_edge);
                let squares = width.div_ceil(side) * height.div_ceil(side);
                assert!(squares <= max_tokens, "{id} {width}x{height}: {squares}");
            }
            assert!(tier.max_pixels * 10 > u64::from(max_tokens) * u64::from(side * side) * 8, "{id}: {tier:?}");
        }
    }

    #[test]
    fn small_pictures_alone_are_looked_at_less_closely() {
        let gemini = rule(Vendor::Gemini, "gemini-3.8-flash");
        let picture = |width, height| EncodedPicture { width, height, media_type: "image/webp", bytes: Vec::new() };
        let (small, large) = (picture(800, 500), picture(1600, 900));
        assert_eq!(gemini.tokens(&[small.clone(), small.clone()]), 2 * 560);
        assert_eq!(gemini.tokens(&[large.clone(), small.clone()]), 2 * 1120, "a request has one level");
        assert!(gemini.are_small(std::slice::from_ref(&small)) && !gemini.are_small(&[small.clone(), large]));
        let haiku = rule(Vendor::Claude, "claude-haiku-5-5");
        assert!(!haiku.are_small(std::slice::from_ref(&small)) && haiku.tokens(&[small]) == 29 * 18);
    }

    #[test]
    fn a_flat_price_buys_the_largest_useful_picture() {
        let gemini = rule(Vendor::Gemini, "gemini-3.8-flash");
        assert_eq!(gemini.of_one(10, 10), gemini.of_one(3000, 2000));
        assert!(gemini.most().0 > rule(Vendor::Claude, "claude-haiku-5-5").most().0);
    }
}
