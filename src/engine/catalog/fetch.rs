//! Asks a publisher for a feed: conditionally, politely, and never for more than we would read.

use futures::StreamExt;
use reqwest::StatusCode;
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use std::time::Duration;
use url::Url;

use crate::db::sources::Feed as Row;
use crate::engine::Engine;
use crate::engine::egress::explain;

/// Bytes of a feed at most, decoded.
const FEED_MOST: usize = 64 * 1024 * 1024;
/// From the first byte asked to the last one read.
const WHOLE: Duration = Duration::from_secs(60);

const ACCEPTED: &str = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.5";

pub enum Fetched {
    NotModified,
    Body(Body),
}

pub struct Body {
    /// Where it came from after all redirects.
    pub url: Url,
    pub bytes: Vec<u8>,
    pub charset: Option<String>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// # Errors
/// In words for the person who follows the source.
pub async fn fetch(engine: &Engine, row: &Row) -> Result<Fetched, String> {
    match tokio::time::timeout(WHOLE, ask(engine, row)).await {
        Ok(fetched) => fetched,
        Err(_) => Err("The server did not answer in time.".into()),
    }
}

async fn ask(engine: &Engine, row: &Row) -> Result<Fetched, String> {
    let (url, response) =
        engine.egress.read(&row.feed_url, conditions(row)).await.map_err(|e| e.to_string())?;
    match response.status() {
        StatusCode::NOT_MODIFIED => return Ok(Fetched::NotModified),
        StatusCode::OK => {}
        status => return Err(status_in_words(status)),
    }
    let text =
        |name| response.headers().get(name).and_then(|v: &HeaderValue| v.to_str().ok()).map(str::to_owned);
    let (etag, last_modified, content_type) = (text(ETAG), text(LAST_MODIFIED), text(CONTENT_TYPE));
    let charset = content_type.and_then(|t| {
        let (_, after) = t.split_once("charset=")?;
        Some(after.split(';').next()?.trim_matches('"').to_owned())
    });
    let mut bytes = Vec::new();
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|e| explain(&e).to_string())?;
        if bytes.len() + chunk.len() > FEED_MOST {
            return Err(format!("The feed is larger than {} MB.", FEED_MOST / 1024 / 1024));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Fetched::Body(Body { url, bytes, charset, etag, last_modified }))
}

/// RFC 9110, section 13: the publisher's own validators, word for word.
fn conditions(row: &Row) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
    let stored = [(IF_NONE_MATCH, &row.etag), (IF_MODIFIED_SINCE, &row.last_modified)];
    for (name, value) in stored {
        if let Some(value) = value.as_deref().and_then(|v| HeaderValue::from_str(v).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// What an HTTP status means to somebody who wants the thing.
pub fn status_in_words(status: StatusCode) -> String {
    let words = match status.as_u16() {
        401 | 403 => "The server does not let us in",
        404 => "There is nothing at this address",
        410 => "The publisher has taken this away for good",
        429 => "The server asks us to come back later",
        500..=599 => "The server has a problem of its own",
        _ => "The server gave an unexpected answer",
    };
    format!("{words} (HTTP {}).", status.as_u16())
}
