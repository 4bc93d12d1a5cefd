//! HEIC photos, as iPhones take them, to pixels: the only place that talks to libheif. Runs in a worker process alone.

mod library;

use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};

use image::RgbImage;

use self::library as ffi;
use super::ffmpeg;
use super::wire::{Failure, FailureKind, Limits, Size};
use crate::domain::Blob;

/// Decodes the primary picture, upright, reduced to the largest useful edge. Its metadata are left behind.
///
/// # Errors
/// Unreadable, or too large.
pub fn decode(blob: &Blob, limits: &Limits) -> Result<RgbImage, Failure> {
    let bytes = read(blob)?;
    let file = File::open(&bytes)?;
    let size = file.size()?;
    if u64::from(size.width) * u64::from(size.height) > limits.max_pixels {
        return Err(FailureKind::TooLarge.because(&format!("{} × {}", size.width, size.height)));
    }
    file.decode()?.reduced(limits)
}

fn read(blob: &Blob) -> Result<Vec<u8>, Failure> {
    let internal = |error: &dyn std::error::Error| FailureKind::Internal.because(&error);
    let length = blob.len().map_err(|error| internal(&error))?;
    let mut bytes = vec![0; usize::try_from(length).map_err(|error| internal(&error))?];
    blob.read_exact_at(&mut bytes, 0).map_err(|error| internal(&error))?;
    Ok(bytes)
}

/// The primary picture of a file whose structure has been read.
struct File<'a> {
    /// In this order: the handle goes before what it belongs to.
    picture: Owned<ffi::Handle>,
    _context: Owned<ffi::Context>,
    _bytes: std::marker::PhantomData<&'a [u8]>,
}

/// Something of the library's, given back when it is dropped.
struct Owned<T> {
    pointer: NonNull<T>,
    release: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    fn new(pointer: *mut T, release: unsafe extern "C" fn(*mut T)) -> Result<Self, Failure> {
        let pointer = NonNull::new(pointer).ok_or_else(|| FailureKind::TooLarge.because("libheif has no memory"))?;
        Ok(Self { pointer, release })
    }

    fn as_ptr(&self) -> *mut T {
        self.pointer.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    #[expect(unsafe_code, reason = "the library's objects are its own to free")]
    fn drop(&mut self) {
        // SAFETY: the pointer came from the library, with the function that releases its kind, and is used no more.
        unsafe { (self.release)(self.pointer.as_ptr()) };
    }
}

impl<'a> File<'a> {
    #[expect(unsafe_code, reason = "libheif has a C interface")]
    fn open(bytes: &'a [u8]) -> Result<Self, Failure> {
        // SAFETY: takes nothing, gives a context or null.
        let context = Owned::new(unsafe { ffi::heif_context_alloc() }, ffi::heif_context_free)?;
        // SAFETY: the context is live; the bytes outlive it, which the lifetime of `Self` says; no options are given.
        check(unsafe {
            // Tiles one after the other: workers run side by side.
            ffi::heif_context_set_max_decoding_threads(context.as_ptr(), 0);
            let (start, length) = (bytes.as_ptr().cast::<c_void>(), bytes.len());
            ffi::heif_context_read_from_memory_without_copy(context.as_ptr(), start, length, ptr::null())
        })?;
        let mut picture = ptr::null_mut();
        // SAFETY: the context is live; the handle is written where it is told.
        check(unsafe { ffi::heif_context_get_primary_image_handle(context.as_ptr(), &raw mut picture) })?;
        let picture = Owned::new(picture, ffi::heif_image_handle_release)?;
        Ok(Self { picture, _context: context, _bytes: std::marker::PhantomData })
    }

    #[expect(unsafe_code, reason = "libheif has a C interface")]
    fn size(&self) -> Result<Size, Failure> {
        let handle = self.picture.as_ptr();
        // SAFETY: the handle is live.
        size(unsafe { (ffi::heif_image_handle_get_width(handle), ffi::heif_image_handle_get_height(handle)) })
    }

    #[expect(unsafe_code, reason = "libheif has a C interface")]
    fn decode(&self) -> Result<Decoded, Failure> {
        // SAFETY: takes nothing, gives options or null.
        let options = Owned::new(unsafe { ffi::heif_decoding_options_alloc() }, ffi::heif_decoding_options_free)?;
        let mut image = ptr::null_mut();
        // SAFETY: handle and options are live, the options are ours alone and begin with the fields that are declared;
        // the image is written where it is told.
        check(unsafe {
            (*options.as_ptr()).convert_hdr_to_8bit = 1;
            let (colours, chroma) = (ffi::COLORSPACE_RGB, ffi::CHROMA_INTERLEAVED_RGB);
            ffi::heif_decode_image(self.picture.as_ptr(), &raw mut image, colours, chroma, options.as_ptr())
        })?;
        Ok(Decoded(Owned::new(image, ffi::heif_image_release)?))
    }
}

/// A decoded picture, packed RGB.
struct Decoded(Owned<ffi::Image>);

impl Decoded {
    #[expect(unsafe_code, reason = "libheif has a C interface")]
    fn reduced(&self, limits: &Limits) -> Result<RgbImage, Failure> {
        let image = self.0.as_ptr();
        let mut stride: c_int = 0;
        // SAFETY: the image is live; the stride is written where it is told.
        let (plane, width, height) = unsafe {
            (
                ffi::heif_image_get_plane_readonly(image, ffi::CHANNEL_INTERLEAVED, &raw mut stride),
                ffi::heif_image_get_width(image, ffi::CHANNEL_INTERLEAVED),
                ffi::heif_image_get_height(image, ffi::CHANNEL_INTERLEAVED),
            )
        };
        let size = size((width, height))?;
        let (stride, row_bytes) = (usize::try_from(stride).unwrap_or(0), 3 * size.width as usize);
        if plane.is_null() || stride < row_bytes {
            return Err(FailureKind::Unreadable.because("libheif gave no pixels"));
        }
        // SAFETY: the plane has `height` rows, `stride` apart, and lives as long as the image, which is borrowed.
        let rows = unsafe { std::slice::from_raw_parts(plane, stride * (size.height as usize - 1) + row_bytes) };
        ffmpeg::scale_rows(rows, stride, size, limits.max_edge)
    }
}

fn size((width, height): (c_int, c_int)) -> Result<Size, Failure> {
    match (u32::try_from(width), u32::try_from(height)) {
        (Ok(width @ 1..), Ok(height @ 1..)) => Ok(Size { width, height }),
        _ => Err(FailureKind::Unreadable.because("a picture without a size")),
    }
}

#[expect(unsafe_code, reason = "libheif has a C interface")]
fn check(error: ffi::Error) -> Result<(), Failure> {
    if error.code == 0 {
        return Ok(());
    }
    // SAFETY: the message is a C string, always set, of static storage or of the context's, which is live here.
    let message = unsafe { CStr::from_ptr(error.message) };
    let kind = if error.code == ffi::MEMORY_ERROR { FailureKind::TooLarge } else { FailureKind::Unreadable };
    Err(kind.because(&format!("libheif: {}", message.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        max_video_ms: 1,
        analyze_ms: 1,
        max_pixels: 50_000_000,
        max_edge: 600,
        memory_bytes: 1 << 30,
        cpu_seconds: 1,
        soft_ms: 1,
    };

    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn a_heic_photo_is_the_same_picture_as_its_jpeg() {
        let heic = decode(&Blob::copy_of(&fixture("photo.heic")).unwrap(), &LIMITS).unwrap();
        let jpeg = image::load_from_memory(&fixture("photo.jpg")).unwrap().into_rgb8();
        let jpeg = ffmpeg::scale(jpeg, 600, u64::MAX).unwrap();
        assert_eq!(heic.dimensions(), jpeg.dimensions());
        let apart: u64 = heic.iter().zip(jpeg.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        assert!(apart < 6 * heic.len() as u64, "{apart} over {} levels", heic.len());
    }

    #[test]
    fn too_many_pixels_are_refused_before_decoding() {
        let heic = Blob::copy_of(&fixture("photo.heic")).unwrap();
        let failure = decode(&heic, &Limits { max_pixels: 9999, ..LIMITS }).unwrap_err();
        assert_eq!(failure.kind, FailureKind::TooLarge);
    }

    #[test]
    fn a_broken_file_is_unreadable() {
        let mut bytes = fixture("photo.heic");
        bytes.truncate(bytes.len() / 50);
        let failure = decode(&Blob::copy_of(&bytes).unwrap(), &LIMITS).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unreadable, "{failure}");
    }
}
