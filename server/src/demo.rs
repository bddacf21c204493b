//! The demo station: three feeds with real media embedded in the binary, for use without internet.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::ready;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::get;
use futures::stream;
use rust_embed::EmbeddedFile;
use smartcache::engine::catalog::demo::FEEDS;
use tokio::time::{MissedTickBehavior, interval};

use crate::conditional_requests::{self, Evaluation};

mod covers;
mod feed;

/// Bytes per second, as on a mobile network: slow enough to watch.
const PACE: u64 = 400_000;
/// Bytes per chunk.
const PIECE: usize = 16_000;

#[derive(rust_embed::Embed)]
#[folder = "../demo/"]
struct Files;

/// Routes of the station, nested at `/demo`. `base_url` is the server's own address without a path.
pub fn router(base_url: String) -> Router {
    let feeds = feed::all().unwrap_or_else(|error| {
        tracing::error!(%error, "demo/station.json cannot be read, so the demo station has no feeds");
        Vec::new()
    });
    let mut router = Router::new()
        .route("/media/{name}", get(file))
        .route("/articles/{name}", get(file))
        .route("/covers/{name}", get(covers::show));
    for (kind, name, path) in FEEDS {
        if let Some(feed) = feeds.iter().find(|feed| feed.kind == kind) {
            let document = feed.document(name, path, base_url.trim_end_matches('/'));
            let answer = move |asked: HeaderMap| ready(document.answer(&asked));
            router = router.route(path.trim_start_matches("/demo"), get(answer));
        }
    }
    router
}

/// Serves a file, whole or a single range (RFC 9110, section 14), at the pace of a mobile network.
async fn file(uri: Uri, asked: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let Some(EmbeddedFile { data, metadata }) = Files::get(path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let bytes = match data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let (length, etag) = (bytes.len() as u64, format!("\"{}\"", hex::encode(metadata.sha256_hash())));
    let marks = [(header::ETAG, etag.clone()), (header::ACCEPT_RANGES, "bytes".into())];
    let (status, part, range) = match conditional_requests::evaluate_conditions(&asked, &etag, length) {
        Evaluation::NotModified => return (StatusCode::NOT_MODIFIED, marks).into_response(),
        Evaluation::Unsatisfiable => {
            let all = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, marks, all).into_response();
        }
        Evaluation::Whole => (StatusCode::OK, 0..length, None),
        Evaluation::Range(part) => {
            let here = format!("bytes {}-{}/{length}", part.start, part.end.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, part, Some((header::CONTENT_RANGE, here)))
        }
    };
    let about = [
        (header::CONTENT_TYPE, mime(path).to_owned()),
        (header::CONTENT_LENGTH, (part.end - part.start).to_string()),
    ];
    let body = paced(bytes.slice(part.start as usize..part.end as usize));
    (status, marks, about, AppendHeaders(range), body).into_response()
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" => "audio/ogg",
        "opus" => "audio/opus",
        "mp4" => "video/mp4",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn paced(bytes: Bytes) -> Body {
    let mut clock = interval(Duration::from_millis(1000 * PIECE as u64 / PACE));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Body::from_stream(stream::unfold((bytes, clock), |(mut rest, mut clock)| async move {
        if rest.is_empty() {
            return None;
        }
        clock.tick().await;
        let piece = rest.split_to(PIECE.min(rest.len()));
        Some((Ok::<_, Infallible>(piece), (rest, clock)))
    }))
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn ask(path: &str, headers: &[(header::HeaderName, &str)]) -> (StatusCode, HeaderMap, Bytes) {
        let request =
            headers.iter().fold(Request::get(path), |request, (name, value)| request.header(name, *value));
        let request = request.body(Body::empty()).expect("a request");
        let station = Router::new().nest("/demo", router("http://127.0.0.1:3000/".into()));
        let (head, body) = station.oneshot(request).await.expect("an answer").into_parts();
        (head.status, head.headers, to_bytes(body, usize::MAX).await.expect("a body"))
    }

    #[tokio::test]
    async fn a_file_arrives_whole_and_at_the_pace_of_a_mobile_network() {
        let started = tokio::time::Instant::now();
        let (status, headers, body) = ask("/demo/media/station-call.mp3", &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[header::CONTENT_TYPE], "audio/mpeg");
        assert_eq!(headers[header::CONTENT_LENGTH], body.len().to_string());
        assert!(body.starts_with(b"ID3"));
        assert!(started.elapsed() >= Duration::from_millis(40 * (body.len() / PIECE) as u64));
    }

    #[tokio::test]
    async fn a_range_continues_where_the_last_byte_was() {
        let (_, _, whole) = ask("/demo/media/station-call.mp3", &[]).await;
        let (status, headers, rest) =
            ask("/demo/media/station-call.mp3", &[(header::RANGE, "bytes=20000-")]).await;
        assert_eq!(status, StatusCode::PARTIAL_CONTENT);
        let (last, all) = (whole.len() - 1, whole.len());
        assert_eq!(headers[header::CONTENT_RANGE], format!("bytes 20000-{last}/{all}"));
        assert_eq!(rest, whole[20000..]);
    }

    #[tokio::test]
    async fn a_range_past_the_end_cannot_be_satisfied() {
        let (status, ..) = ask("/demo/media/test-card.mp4", &[(header::RANGE, "bytes=9999999-")]).await;
        assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
    }

    #[tokio::test]
    async fn whoever_has_it_already_gets_no_bytes() {
        for path in ["/demo/podcast.xml", "/demo/media/test-card.mp4", "/demo/articles/what-a-feed-is.html"] {
            let (_, headers, _) = ask(path, &[(header::RANGE, "bytes=0-9")]).await;
            let etag = headers[header::ETAG].to_str().expect("a mark");
            let (status, _, body) = ask(path, &[(header::IF_NONE_MATCH, etag)]).await;
            assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        }
        let later = [(header::IF_MODIFIED_SINCE, "Fri, 01 Jan 2027 00:00:00 GMT")];
        assert_eq!(ask("/demo/video.xml", &later).await.0, StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn what_the_station_does_not_have_is_not_found() {
        for path in ["/demo/media/none.mp3", "/demo/articles/..%2Fstation.json", "/demo/station.json"] {
            assert_eq!(ask(path, &[]).await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn the_whole_station_weighs_less_than_six_megabytes() {
        let bytes: usize =
            Files::iter().filter_map(|name| Files::get(&name)).map(|file| file.data.len()).sum();
        assert!(bytes < 6_000_000, "{bytes}");
    }
}
