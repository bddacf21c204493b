//! Covers of the station's feeds: a gradient and a simple shape, drawn once per process.

use std::io::Cursor;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use image::{ImageFormat, Rgb, RgbImage};
use smartcache::domain::source::Kind;
use smartcache::engine::catalog::demo::FEEDS;

/// Pixels of a side.
const SIDE: u32 = 512;

type Color = [f32; 3];

/// Covers by their kind of feed, as PNG.
static COVERS: LazyLock<Vec<(Kind, Bytes)>> =
    LazyLock::new(|| FEEDS.iter().filter_map(|(kind, ..)| Some((*kind, png(*kind)?))).collect());

/// Path of a feed's cover on the listener.
pub fn path(kind: Kind) -> String {
    format!("/demo/covers/{kind}.png")
}

pub async fn show(Path(name): Path<String>) -> Response {
    let is_named = |(kind, _): &&(Kind, Bytes)| name.strip_suffix(".png") == Some(kind.as_str());
    match COVERS.iter().find(is_named) {
        Some((_, png)) => ([(header::CONTENT_TYPE, "image/png")], png.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn png(kind: Kind) -> Option<Bytes> {
    let (top, bottom) = colors(kind);
    let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let [x, y] = [x, y].map(|at| (at as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0);
        let background = mix(top, bottom, (y + 1.0) / 2.0);
        // One pixel of transition, so that edges are smooth.
        let share = (0.5 - distance(kind, x, y) * SIDE as f32 / 2.0).clamp(0.0, 1.0);
        Rgb(mix(background, [250.0, 250.0, 245.0], share).map(|part| part as u8))
    });
    let mut png = Cursor::new(Vec::new());
    let written = picture.write_to(&mut png, ImageFormat::Png);
    written
        .inspect_err(|error| tracing::error!(%error, "a cover of the demo station cannot be written"))
        .ok()?;
    Some(png.into_inner().into())
}

fn colors(kind: Kind) -> (Color, Color) {
    match kind {
        Kind::Video => ([240.0, 138.0, 60.0], [150.0, 34.0, 62.0]),
        Kind::Podcast => ([46.0, 160.0, 130.0], [16.0, 62.0, 92.0]),
        _ => ([126.0, 96.0, 190.0], [48.0, 42.0, 104.0]),
    }
}

fn mix(from: Color, to: Color, share: f32) -> Color {
    std::array::from_fn(|part| from[part] + (to[part] - from[part]) * share)
}

/// Distance to the shape, negative within it. Both coordinates go from -1 to 1.
fn distance(kind: Kind, x: f32, y: f32) -> f32 {
    match kind {
        Kind::Video => triangle(x, y),
        Kind::Podcast => waves(x, y),
        _ => lines(x, y),
    }
}

/// A sender and the waves above it.
fn waves(x: f32, y: f32) -> f32 {
    let y = y - 0.42;
    let radius = x.hypot(y);
    let wedge = (x.abs() + y) / std::f32::consts::SQRT_2;
    let rings = [0.38, 0.66, 0.94].map(|ring: f32| ((radius - ring).abs() - 0.06).max(wedge));
    rings.into_iter().fold(radius - 0.14, f32::min)
}

/// A triangle that points to the right.
fn triangle(x: f32, y: f32) -> f32 {
    let slope = (x - 0.55) * 0.5 + y.abs() * 0.866;
    (-0.38 - x).max(slope)
}

/// Four lines of text, the last one shorter.
fn lines(x: f32, y: f32) -> f32 {
    let rows = [(-0.45, 0.55), (-0.15, 0.55), (0.15, 0.55), (0.45, 0.1)];
    let row = |(at, end): (f32, f32)| ((y - at).abs() - 0.07).max(x - end).max(-0.55 - x);
    rows.map(row).into_iter().fold(f32::MAX, f32::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feed_has_a_cover_of_its_own() {
        assert_eq!(COVERS.len(), FEEDS.len());
        for (kind, png) in COVERS.iter() {
            let picture = image::load_from_memory_with_format(png, ImageFormat::Png).expect("a picture");
            assert_eq!((picture.width(), picture.height()), (SIDE, SIDE), "{kind}");
            let others = COVERS.iter().filter(|(_, other)| other == png);
            assert_eq!(others.count(), 1, "{kind}");
        }
    }

    #[tokio::test]
    async fn a_cover_is_found_by_its_name_alone() {
        for (name, status) in
            [("podcast.png", 200), ("podcast", 404), ("news.png", 404), ("../podcast.png", 404)]
        {
            assert_eq!(show(Path(name.to_owned())).await.status().as_u16(), status, "{name}");
        }
    }
}
