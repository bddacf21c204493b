//! Pictures for tests.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// A square PNG file with a gradient. Different values of `blue` give different pictures.
pub fn png(side: u32, blue: u8) -> Vec<u8> {
    let picture = RgbImage::from_fn(side, side, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, blue]));
    let mut bytes = Cursor::new(Vec::new());
    let written = DynamicImage::ImageRgb8(picture).write_to(&mut bytes, ImageFormat::Png);
    assert!(written.is_ok(), "{written:?}");
    bytes.into_inner()
}

/// Pixels of a WebP file; None if it is none.
pub fn dimensions(webp: &[u8]) -> Option<(u32, u32)> {
    let read = image::load_from_memory_with_format(webp, ImageFormat::WebP).ok()?;
    Some((read.width(), read.height()))
}
