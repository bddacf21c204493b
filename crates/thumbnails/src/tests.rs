use image::codecs::gif::GifEncoder;
use image::{Frame, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

/// A gradient with some noise, as a photograph has.
fn photograph(width: u32, height: u32) -> DynamicImage {
    let mut state = 7_u32;
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 29) as u8;
        Rgb([(x * 200 / width) as u8 + noise, (y * 200 / height) as u8 + noise, 90 + noise])
    }))
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

/// The sizes of SmartCache.
const SIZES: [u32; 3] = [512, 128, 64];

fn pixels(made: &[Thumbnail]) -> Vec<(u32, u32, u32)> {
    made.iter().map(|it| (it.size, it.width, it.height)).collect()
}

/// A PNG file with only a header and an empty body.
fn header_only(width: u32, height: u32) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        let step = |crc: u32, byte: &u8| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
        };
        !bytes.iter().fold(!0, step)
    };
    let chunk = |name: &[u8], data: &[u8]| {
        let named = [name, data].concat();
        [&(data.len() as u32).to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
    };
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &[]), chunk(b"IEND", &[])]
        .concat()
}

#[test]
fn a_picture_of_each_format_becomes_three_small_files() {
    let picture = photograph(560, 560);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let made = render(&written(&picture, format), &SIZES).expect("files");
        assert_eq!(pixels(&made), [(512, 512, 512), (128, 128, 128), (64, 64, 64)], "{format:?}");
        for file in &made {
            assert!(file.bytes.starts_with(b"RIFF") && file.bytes.len() < 40_000, "{format:?} {}", file.size);
            let read =
                image::load_from_memory_with_format(&file.bytes, ImageFormat::WebP).expect("a picture");
            assert_eq!(read.width(), file.width);
        }
    }
}

#[test]
fn a_picture_keeps_its_shape_and_is_never_enlarged() {
    let made = |width, height| {
        pixels(&render(&written(&photograph(width, height), ImageFormat::Png), &SIZES).expect("files"))
    };
    assert_eq!(made(1_000, 500), [(512, 512, 256), (128, 128, 64), (64, 64, 32)]);
    assert_eq!(made(100, 50), [(512, 100, 50), (128, 100, 50), (64, 64, 32)]);
    assert_eq!(made(3_000, 2)[2], (64, 64, 1));
    assert_eq!(made(1, 1), [(512, 1, 1), (128, 1, 1), (64, 1, 1)]);
}

#[test]
fn a_transparent_picture_stays_transparent() {
    let clear = RgbaImage::from_pixel(200, 200, Rgba([255, 0, 0, 0]));
    let made = render(&written(&DynamicImage::ImageRgba8(clear), ImageFormat::Png), &SIZES).expect("files");
    let read = image::load_from_memory_with_format(&made[1].bytes, ImageFormat::WebP).expect("a picture");
    assert_eq!(read.to_rgba8().get_pixel(64, 64)[3], 0);
}

#[test]
fn an_animation_is_its_first_frame() {
    let mut bytes = Vec::new();
    let frames = [[200, 0, 0, 255], [0, 0, 200, 255]]
        .map(|color| Frame::new(RgbaImage::from_pixel(80, 80, Rgba(color))));
    GifEncoder::new(&mut bytes).encode_frames(frames).expect("an animation");
    let made = render(&bytes, &SIZES).expect("files");
    let read = image::load_from_memory_with_format(&made[0].bytes, ImageFormat::WebP).expect("a picture");
    let Rgb([red, _, blue]) = *read.to_rgb8().get_pixel(40, 40);
    assert!(red > 150 && blue < 50, "{red} {blue}");
}

#[test]
fn a_decompression_bomb_is_refused_by_its_header() {
    for (width, height) in [(50_000, 50_000), (40_000, 1_001), (0x7fff_ffff, 0x7fff_ffff)] {
        let why = render(&header_only(width, height), &SIZES).expect_err("a bomb");
        assert!(matches!(why, RenderError::TooLarge { .. } | RenderError::Damaged), "{why}");
    }
    let huge = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;";
    assert!(render(huge, &SIZES).expect_err("a bomb").to_string().contains("65535 × 65535 pixels"));
}

#[test]
fn a_damaged_picture_is_refused() {
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let whole = written(&photograph(300, 300), format);
        assert_eq!(render(&whole[..whole.len() / 2], &SIZES), Err(RenderError::Damaged), "{format:?}");
        assert_eq!(render(&whole[..20], &SIZES), Err(RenderError::Damaged), "{format:?}");
    }
    assert_eq!(render(&header_only(10, 10), &SIZES), Err(RenderError::Damaged));
    assert_eq!(render(&header_only(0, 10), &SIZES), Err(RenderError::Damaged));
}

#[test]
fn other_files_are_no_pictures_whatever_they_are_called() {
    let tiff = b"II*\0\x08\0\0\0\0\0";
    for bytes in [
        &b"<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>"[..],
        b"<!doctype html><title>Not found</title>",
        b"BM\x1e\0\0\0",
        b"\0\0\x01\0\x01\0",
        tiff,
        b"ID3\x04",
        b"",
    ] {
        assert_eq!(render(bytes, &SIZES), Err(RenderError::Unknown));
    }
}
