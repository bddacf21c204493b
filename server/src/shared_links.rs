//! Shared pages and their covers, below `/s/`. The secret in such an address stays out of caches, search
//! engines, `Referer` and logs.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use reqwest::Url;

const ROOT: &str = "/s/";

/// Path of a shared page or of one of its covers, as the app's router reads it: without dot segments, and
/// with slashes for backslashes. None for any other path.
pub fn shared_path(uri: &Uri) -> Option<String> {
    // Every request comes by here, and no spelling is without the segment itself.
    let is_slash = |byte: u8| matches!(byte, b'/' | b'\\');
    let has_segment = |part: &[u8]| is_slash(part[0]) && part[1] == b's' && is_slash(part[2]);
    if !uri.path().as_bytes().windows(ROOT.len()).any(has_segment) {
        return None;
    }
    let url = Url::parse(&format!("http://localhost{}", uri.path())).ok()?;
    url.path().starts_with(ROOT).then(|| url.path().to_owned())
}

/// Sets the headers of shared pages, and redirects to the one address of each. Without the redirect the app
/// renders the page at other spellings too, as an address that is unknown to the server.
pub async fn keep_secret(request: Request, next: Next) -> Response {
    let Some(path) = shared_path(request.uri()) else { return next.run(request).await };
    let tidy = path.trim_end_matches('/');
    let is_tidy = tidy == request.uri().path() || !tidy.starts_with(ROOT);
    let mut response =
        if is_tidy { next.run(request).await } else { Redirect::permanent(tidy).into_response() };
    // Browsers keep a cover for good, because its address has its hash.
    let is_kept = is_cover(tidy) && matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED);
    let headers = response.headers_mut();
    if !is_kept {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

/// Whether a path is that of a cover: `/s/{token}/covers/{hash}`.
fn is_cover(path: &str) -> bool {
    path.split('/').nth(3) == Some("covers")
}

/// Path as it appears in logs, without the secret token of a personal feed or of a shared link.
pub fn spoken(uri: &Uri) -> &str {
    if shared_path(uri).is_some() {
        return "/s/…";
    }
    let secret = [("/feed/", "/feed/…"), ("/api/v1/shares/", "/api/v1/shares/…")];
    let path = uri.path();
    secret.into_iter().find(|(root, _)| path.starts_with(root)).map_or(path, |(_, spoken)| spoken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_page_is_known_by_each_spelling_that_the_router_reads() {
        let path = |spelling: &'static str| shared_path(&Uri::from_static(spelling));
        for spelling in ["/s/t0", "/s/t0?x=1", "/x/../s/t0", "/x/%2e%2E/s/t0", "/s/./t0", "/s\\t0"] {
            assert_eq!(path(spelling).as_deref(), Some("/s/t0"), "{spelling}");
        }
        assert_eq!(path("/s/t0/covers/1").as_deref(), Some("/s/t0/covers/1"));
        for other in ["/", "/s", "/shares", "/s/../shares", "//s/t0", "/x/s/t0", "*"] {
            assert_eq!(path(other), None, "{other}");
        }
    }

    #[test]
    fn a_cover_is_below_the_page_that_shows_it() {
        assert!(is_cover("/s/t0/covers/1"));
        assert!(!["/s/t0", "/s/covers", "/s/covers/1", "/s/t0/x/covers"].into_iter().any(is_cover));
    }
}
