//! Headers by which browsers protect users, on every answer.

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::Next;
use axum::response::Response;

use crate::{Web, site};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Features of browsers that no page uses (W3C Permissions Policy).
const NO_FEATURES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), \
    gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), \
    xr-spatial-tracking=()";
/// A year. Other services of the same domain decide for themselves, so without `includeSubDomains`.
const TRANSPORT: &str = "max-age=31536000";

/// Adds the headers that an answer does not set itself.
pub async fn protect(State(web): State<Web>, request: Request, next: Next) -> Response {
    // Web players play personal feeds from other origins.
    let is_for_all = request.uri().path().starts_with("/feed/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    add(X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(REFERRER_POLICY, "same-origin");
    add(X_FRAME_OPTIONS, "DENY");
    add(CONTENT_SECURITY_POLICY, site::POLICY);
    add(OPENER_POLICY, "same-origin");
    add(RESOURCE_POLICY, if is_for_all { "cross-origin" } else { "same-origin" });
    add(PERMISSIONS_POLICY, NO_FEATURES);
    add(ROBOTS, "noindex");
    if web.engine().config.is_https() {
        add(STRICT_TRANSPORT_SECURITY, TRANSPORT);
    }
    response
}
