//! Files that strangers ask every server for: whom to tell of a vulnerability, and whether to index it.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use chrono::{SecondsFormat, TimeDelta};

use crate::Web;

const TEXT: &str = "text/plain; charset=utf-8";
/// A contact is believed for less than a year (RFC 9116, 2.5.5).
const LASTS: TimeDelta = TimeDelta::days(180);

/// `/.well-known/security.txt` (RFC 9116), with the contact that the administrator has set, or else the
/// server's own address.
pub async fn security(State(web): State<Web>) -> impl IntoResponse {
    let (engine, config) = (web.engine(), &web.engine().config);
    let expires = (engine.now() + LASTS).to_rfc3339_opts(SecondsFormat::Secs, true);
    let contact = config.security_contact.as_deref().unwrap_or(&config.public_url);
    let own = format!("{}/.well-known/security.txt", config.public_url);
    let canonical = if config.is_https() { format!("Canonical: {own}\n") } else { String::new() };
    ([(CONTENT_TYPE, TEXT)], format!("Contact: {contact}\nExpires: {expires}\n{canonical}"))
}

/// `/robots.txt` (RFC 9309): a private server is in no index.
pub async fn robots() -> impl IntoResponse {
    ([(CONTENT_TYPE, TEXT)], "User-agent: *\nDisallow: /\n")
}
