//! The type of a file by its first bytes. What the caller says it is, is not asked.

use crate::domain::MediaKind;

/// Bytes that [`sniff`] needs to see.
pub const SNIFF_BYTES: usize = 64;

/// A type of file that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// JPEG still.
    Jpeg,
    /// PNG still.
    Png,
    /// WebP still.
    Webp,
    /// ISO base media: MP4, QuickTime, 3GP.
    Mp4,
    /// `WebM` and its mother, Matroska.
    Matroska,
}

impl Container {
    /// Whether it holds a still or a clip.
    #[must_use]
    pub fn kind(self) -> MediaKind {
        match self {
            Self::Jpeg | Self::Png | Self::Webp => MediaKind::Image,
            Self::Mp4 | Self::Matroska => MediaKind::Video,
        }
    }
}

/// Brands of ISO base media files that hold pictures (HEIF, AVIF), which we do not decode.
const STILL_BRANDS: [&[u8; 4]; 9] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"];

/// Boxes that QuickTime files of before `ftyp` begin with.
const BARE_QUICKTIME: [&[u8; 4]; 3] = [b"moov", b"mdat", b"wide"];

/// Names the type of the file that begins with `head` (its first [`SNIFF_BYTES`], or all of a shorter one); `None` for
/// every type that is not taken, playlists and other text among them.
#[must_use]
pub fn sniff(head: &[u8]) -> Option<Container> {
    match head {
        [0xFF, 0xD8, 0xFF, ..] => Some(Container::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Container::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Container::Webp),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Some(Container::Matroska),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => {
            (!STILL_BRANDS.iter().any(|still| brand.starts_with(*still))).then_some(Container::Mp4)
        }
        // The length of the first box comes before its name, and uploads are below 64 MiB.
        [0..=3, _, _, _, kind @ ..] => {
            BARE_QUICKTIME.iter().any(|name| kind.starts_with(*name)).then_some(Container::Mp4)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_their_first_bytes() {
        let files: [(&[u8], Container); 7] = [
            (b"\xFF\xD8\xFF\xE0", Container::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Container::Png),
            (b"RIFF\0\0\0\0WEBPVP8 ", Container::Webp),
            (b"\x1A\x45\xDF\xA3", Container::Matroska),
            (b"\0\0\0\x20ftypisom", Container::Mp4),
            (b"\0\0\0\x08wide", Container::Mp4),
            (b"\x02\x10\0\0mdat", Container::Mp4),
        ];
        for (head, container) in files {
            assert_eq!(sniff(head), Some(container), "{head:?}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let files: [&[u8]; 8] = [
            b"",
            b"#EXTM3U\n#EXT-X-VERSION:3\n",
            b"ffconcat version 1.0\nfile /etc/passwd\n",
            b"<?xml version=\"1.0\"?><MPD>",
            b"GIF89a",
            b"\0\0\0\x18ftypheic",
            b"\0\0\0\x18ftypavif",
            b"RIFF\0\0\0\0AVI LIST",
        ];
        for head in files {
            assert_eq!(sniff(head), None, "{head:?}");
        }
    }
}
