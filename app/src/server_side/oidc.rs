//! Cookie of a browser that is on its way to the OpenID Connect provider and back.

use std::time::Duration;

use http::HeaderMap;

use super::set_cookie;
use crate::cookies;

/// Cookie with the secret of a flow.
pub const FLOW_COOKIE: &str = "smartcache_oidc";

/// `Set-Cookie` header of a flow that begins.
pub fn flow_cookie(secret: &str, secure: bool) -> String {
    let lasts = smartcache::engine::oidc::FLOW.to_std().unwrap_or(Duration::ZERO);
    set_cookie(FLOW_COOKIE, secret, lasts, secure)
}

/// `Set-Cookie` header of a flow that has ended.
pub fn ended_flow_cookie(secure: bool) -> String {
    set_cookie(FLOW_COOKIE, "", Duration::ZERO, secure)
}

/// Secret of a flow that a request belongs to.
pub fn flow_secret(headers: &HeaderMap) -> Option<&str> {
    cookies::value(headers, FLOW_COOKIE)
}
