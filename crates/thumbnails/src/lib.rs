#![doc = include_str!("../README.md")]

#[cfg(feature = "testing")]
pub mod testing;

use std::io::Cursor;

use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

/// Type of the files.
pub const MIME_TYPE: &str = "image/webp";

/// Maximum pixels of a picture.
const MAX_PIXELS: u64 = 40_000_000;
/// Maximum bytes of its pixels, decoded.
const MAX_MEMORY: u64 = 200_000_000;
/// Quality of the files, from 0 to 100.
const QUALITY: f32 = 80.0;

/// Reason why a picture has no thumbnails, as a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderError {
    /// No known format.
    Unknown,
    /// More pixels than are decoded.
    TooLarge {
        /// Pixels of a row.
        width: u32,
        /// Number of rows.
        height: u32,
    },
    /// Bytes that the format does not allow, or too few of them.
    Damaged,
}

impl std::fmt::Display for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown => {
                f.write_str("It is no picture in a format that is shown here: JPEG, PNG, GIF or WebP.")
            }
            Self::TooLarge { width, height } => {
                write!(f, "It has {width} × {height} pixels, which is too much for a picture here.")
            }
            Self::Damaged => f.write_str("The picture is damaged."),
        }
    }
}

impl std::error::Error for RenderError {}

/// A picture in one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// The requested pixels of the longer side.
    pub size: u32,
    /// Pixels of a row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
    /// WebP.
    pub bytes: Vec<u8>,
}

/// Renders a picture in these sizes, which go from the largest to the smallest.
///
/// # Errors
/// If the bytes are no picture, or one with too many pixels.
pub fn render(bytes: &[u8], sizes: &[u32]) -> Result<Vec<Thumbnail>, RenderError> {
    let mut picture = decode(bytes, sizes.first().copied().unwrap_or(1))?;
    let mut made = Vec::new();
    for size in sizes {
        picture = fit(picture, *size);
        made.push(encode(&picture, *size)?);
    }
    Ok(made)
}

/// Decodes a picture and reduces it, before it is turned upright.
fn decode(bytes: &[u8], size: u32) -> Result<DynamicImage, RenderError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format(bytes)?);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| RenderError::Damaged)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(RenderError::TooLarge { width, height });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| RenderError::Damaged)?;
    let mut picture = fit(picture, size);
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn format(bytes: &[u8]) -> Result<ImageFormat, RenderError> {
    use ImageFormat::{Gif, Jpeg, Png, WebP};
    let format = image::guess_format(bytes).ok();
    format.filter(|format| matches!(format, Gif | Jpeg | Png | WebP)).ok_or(RenderError::Unknown)
}

/// Makes the longer side `size` pixels long, unless it is shorter.
fn fit(picture: DynamicImage, size: u32) -> DynamicImage {
    if picture.width() <= size && picture.height() <= size {
        return picture;
    }
    // A box filter first: fast, and good enough down to twice the size.
    let near = 2 * size;
    let picture = match picture.width() > near || picture.height() > near {
        true => picture.thumbnail(near, near),
        false => picture,
    };
    picture.resize(size, size, FilterType::CatmullRom)
}

fn encode(picture: &DynamicImage, size: u32) -> Result<Thumbnail, RenderError> {
    let (width, height) = (picture.width(), picture.height());
    let encoded = match picture.color().has_alpha() {
        true => webp::Encoder::from_rgba(&picture.to_rgba8(), width, height).encode_simple(false, QUALITY),
        false => webp::Encoder::from_rgb(&picture.to_rgb8(), width, height).encode_simple(false, QUALITY),
    };
    let bytes = encoded.map_err(|_| RenderError::Damaged)?.to_vec();
    Ok(Thumbnail { size, width, height, bytes })
}

#[cfg(test)]
mod tests;
