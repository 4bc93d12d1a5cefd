//! What is used of libheif 1.15, from its header: Rust bindings that are kept ask for a newer one than Debian 12 has.

use std::ffi::{c_char, c_int, c_void};

/// A file.
#[repr(C)]
pub struct Context {
    opaque: [u8; 0],
}

/// One of its pictures, not decoded.
#[repr(C)]
pub struct Handle {
    opaque: [u8; 0],
}

/// A decoded picture.
#[repr(C)]
pub struct Image {
    opaque: [u8; 0],
}

/// `heif_error`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Error {
    pub code: c_int,
    pub subcode: c_int,
    pub message: *const c_char,
}

/// The first fields of `heif_decoding_options`, which the library allocates whole.
#[repr(C)]
pub struct DecodingOptions {
    version: u8,
    ignore_transformations: u8,
    start_progress: *const c_void,
    on_progress: *const c_void,
    end_progress: *const c_void,
    progress_user_data: *mut c_void,
    pub convert_hdr_to_8bit: u8,
}

/// `heif_error_Memory_allocation_error`.
pub const MEMORY_ERROR: c_int = 6;

/// `heif_colorspace_RGB`.
pub const COLORSPACE_RGB: c_int = 1;

/// `heif_chroma_interleaved_RGB`: 8 bits a channel.
pub const CHROMA_INTERLEAVED_RGB: c_int = 10;

/// `heif_channel_interleaved`.
pub const CHANNEL_INTERLEAVED: c_int = 10;

#[link(name = "heif")]
#[expect(unsafe_code, reason = "the library is written in C++")]
unsafe extern "C" {
    pub fn heif_context_alloc() -> *mut Context;
    pub fn heif_context_free(context: *mut Context);
    pub fn heif_context_set_max_decoding_threads(context: *mut Context, most: c_int);
    pub fn heif_context_read_from_memory_without_copy(
        context: *mut Context,
        bytes: *const c_void,
        length: usize,
        options: *const c_void,
    ) -> Error;
    pub fn heif_context_get_primary_image_handle(context: *mut Context, handle: *mut *mut Handle) -> Error;
    pub fn heif_image_handle_release(handle: *mut Handle);
    pub fn heif_image_handle_get_width(handle: *const Handle) -> c_int;
    pub fn heif_image_handle_get_height(handle: *const Handle) -> c_int;
    pub fn heif_decoding_options_alloc() -> *mut DecodingOptions;
    pub fn heif_decoding_options_free(options: *mut DecodingOptions);
    pub fn heif_decode_image(
        handle: *const Handle,
        image: *mut *mut Image,
        colours: c_int,
        chroma: c_int,
        options: *const DecodingOptions,
    ) -> Error;
    pub fn heif_image_release(image: *mut Image);
    pub fn heif_image_get_width(image: *const Image, channel: c_int) -> c_int;
    pub fn heif_image_get_height(image: *const Image, channel: c_int) -> c_int;
    pub fn heif_image_get_plane_readonly(image: *const Image, channel: c_int, stride: *mut c_int) -> *const u8;
}
