//! Pages with a secret in their address: shared pages and their covers below `/s/`, and those of reset links
//! below `/reset/`. The secret stays out of caches, search engines, the `Referer` of other sites and logs.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use reqwest::Url;

const SHARED: &str = "/s/";
const RESET: &str = "/reset/";

/// Path of a page with a secret, or of a shared page's cover, as the app's router reads it: without dot
/// segments, and with slashes for backslashes. None for any other path.
pub fn secret_path(uri: &Uri) -> Option<String> {
    // Every request comes by here, and no spelling is without the segment itself.
    let mut segments = uri.path().split(['/', '\\']).skip(1);
    if !segments.any(|segment| matches!(segment, "s" | "reset")) {
        return None;
    }
    let url = Url::parse(&format!("http://localhost{}", uri.path())).ok()?;
    root_of(url.path()).map(|_| url.path().to_owned())
}

fn root_of(path: &str) -> Option<&'static str> {
    [SHARED, RESET].into_iter().find(|root| path.starts_with(root))
}

/// Sets the headers of pages with a secret, and redirects to the one address of each. Without the redirect
/// the app renders the page at other spellings too, as an address that is unknown to the server.
pub async fn keep_secret(request: Request, next: Next) -> Response {
    let Some(path) = secret_path(request.uri()) else { return next.run(request).await };
    let tidy = path.trim_end_matches('/');
    let is_tidy = tidy == request.uri().path() || root_of(tidy).is_none();
    let mut response =
        if is_tidy { next.run(request).await } else { Redirect::permanent(tidy).into_response() };
    // Browsers keep a cover for good, because its address has its hash.
    let is_kept = is_cover(tidy) && matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED);
    let headers = response.headers_mut();
    if !is_kept {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    // The form of a reset link works without JavaScript: its answer leads back by `Referer`, and with
    // `no-referrer` browsers would send `Origin: null`, which the guard against other sites refuses.
    let policy = if path.starts_with(RESET) { "same-origin" } else { "no-referrer" };
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(policy));
    response
}

/// Whether a path is that of a cover: `/s/{token}/covers/{hash}`.
fn is_cover(path: &str) -> bool {
    path.split('/').nth(3) == Some("covers")
}

/// Path as it appears in logs, without the secret token of a personal feed, a shared link or a reset link.
pub fn spoken(uri: &Uri) -> &str {
    if let Some(path) = secret_path(uri) {
        return if path.starts_with(RESET) { "/reset/…" } else { "/s/…" };
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
        let path = |spelling: &'static str| secret_path(&Uri::from_static(spelling));
        for spelling in ["/s/t0", "/s/t0?x=1", "/x/../s/t0", "/x/%2e%2E/s/t0", "/s/./t0", "/s\\t0"] {
            assert_eq!(path(spelling).as_deref(), Some("/s/t0"), "{spelling}");
        }
        assert_eq!(path("/s/t0/covers/1").as_deref(), Some("/s/t0/covers/1"));
        for spelling in ["/reset/t0", "/x/../reset/t0?x=1", "/reset\\t0"] {
            assert_eq!(path(spelling).as_deref(), Some("/reset/t0"), "{spelling}");
            assert_eq!(spoken(&Uri::from_static(spelling)), "/reset/…");
        }
        for other in ["/", "/s", "/shares", "/s/../shares", "//s/t0", "/x/s/t0", "*", "/reset", "/resets/t0"]
        {
            assert_eq!(path(other), None, "{other}");
        }
    }

    #[test]
    fn a_cover_is_below_the_page_that_shows_it() {
        assert!(is_cover("/s/t0/covers/1"));
        assert!(!["/s/t0", "/s/covers", "/s/covers/1", "/s/t0/x/covers"].into_iter().any(is_cover));
    }
}
