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
    /// HEIC still, as iPhones take them.
    Heif,
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
            Self::Jpeg | Self::Png | Self::Webp | Self::Heif => MediaKind::Image,
            Self::Mp4 | Self::Matroska => MediaKind::Video,
        }
    }
}

/// Brands of ISO base media files that hold a picture coded as HEVC.
const HEIF_BRANDS: [&[u8; 4]; 5] = [b"heic", b"heix", b"heim", b"heis", b"mif1"];

/// Brands of those that hold sequences of pictures, or pictures coded otherwise, which are not taken.
const OTHER_BRANDS: [&[u8; 4]; 5] = [b"hevc", b"hevx", b"msf1", b"avif", b"avis"];

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
            let is_one_of = |brands: &[&[u8; 4]]| brands.iter().any(|known| brand.starts_with(*known));
            if is_one_of(&HEIF_BRANDS) {
                return Some(Container::Heif);
            }
            (!is_one_of(&OTHER_BRANDS)).then_some(Container::Mp4)
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
        let files: [(&[u8], Container); 8] = [
            (b"\xFF\xD8\xFF\xE0", Container::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Container::Png),
            (b"RIFF\0\0\0\0WEBPVP8 ", Container::Webp),
            (b"\x1A\x45\xDF\xA3", Container::Matroska),
            (b"\0\0\0\x18ftypheic", Container::Heif),
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
            b"\0\0\0\x18ftyphevc",
            b"\0\0\0\x18ftypavif",
            b"RIFF\0\0\0\0AVI LIST",
        ];
        for head in files {
            assert_eq!(sniff(head), None, "{head:?}");
        }
    }
}
