//! Fetches a feed with a conditional request, size and time limits.

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::StatusCode;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use url::Url;

use super::logins;
use crate::db::sources::FeedRow as Row;
use crate::engine::Engine;

/// Maximum bytes of a feed, decoded.
const MAX_FEED: usize = 64 * 1024 * 1024;
/// Timeout from the request to the last byte.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

const ACCEPTED: &str = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.5";

pub struct Fetched {
    /// None if the feed is not modified.
    pub body: Option<FeedBody>,
    /// Address to which the feed redirects permanently.
    pub moved: Option<Url>,
    /// Freshness lifetime of the response (RFC 9111 §5.2.2.1).
    pub max_age: Option<TimeDelta>,
}

pub struct FeedBody {
    /// Address after all redirects.
    pub url: Url,
    pub bytes: Vec<u8>,
    /// The whole Content-Type header.
    pub content_type: Option<String>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// Reason why there is no feed, as a message for its followers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FetchTrouble {
    pub why: String,
    /// Whether the publisher answered 410 Gone (RFC 9110 §15.5.11).
    pub is_gone: bool,
    /// Delay that the server asks for (Retry-After, RFC 9110 §10.2.3).
    pub retry_after: Option<TimeDelta>,
}

impl FetchTrouble {
    pub fn new(why: impl ToString) -> Self {
        Self { why: why.to_string(), ..Self::default() }
    }
}

pub async fn fetch(engine: &Engine, row: &Row) -> Result<Fetched, FetchTrouble> {
    let mut headers = conditions(row);
    headers.extend(logins::headers_of(engine, row));
    match tokio::time::timeout(TOTAL_TIMEOUT, ask(engine, &row.feed_url, headers)).await {
        Ok(fetched) => fetched,
        Err(_) => Err(FetchTrouble::new("The server did not answer in time.")),
    }
}

/// Fetches another page of a feed, unconditionally.
pub async fn page(engine: &Engine, row: &Row, url: &Url) -> Result<FeedBody, FetchTrouble> {
    let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(ACCEPTED))]);
    if url.origin() == logins::origin_of(&row.feed_url) {
        headers.extend(logins::headers_of(engine, row));
    }
    let fetched = match tokio::time::timeout(TOTAL_TIMEOUT, ask(engine, url.as_str(), headers)).await {
        Ok(fetched) => fetched?,
        Err(_) => return Err(FetchTrouble::new("The server did not answer in time.")),
    };
    fetched.body.ok_or_else(|| FetchTrouble::new("The server sent no page."))
}

async fn ask(engine: &Engine, url: &str, headers: HeaderMap) -> Result<Fetched, FetchTrouble> {
    let has_login = headers.contains_key(AUTHORIZATION);
    let answered = engine.egress.read(url, headers).await.map_err(FetchTrouble::new)?;
    let (status, headers) = (answered.response.status(), answered.response.headers().clone());
    let (url, moved) = (answered.url.clone(), answered.moved.clone());
    let fetched = |body| Fetched { body, moved, max_age: max_age(&headers) };
    match status {
        StatusCode::NOT_MODIFIED => return Ok(fetched(None)),
        StatusCode::OK => {}
        status => {
            let retry_after =
                egress::retry_after(&headers, engine.now()).and_then(|time| TimeDelta::from_std(time).ok());
            let is_gone = status == StatusCode::GONE;
            return Err(FetchTrouble {
                why: logins::status_in_words(status, has_login),
                is_gone,
                retry_after,
            });
        }
    }
    let bytes = answered.whole(MAX_FEED).await.map_err(FetchTrouble::new)?;
    let too_large = || FetchTrouble::new(format!("The feed is larger than {} MB.", MAX_FEED / 1024 / 1024));
    let bytes = bytes.ok_or_else(too_large)?;
    let [content_type, etag, last_modified] =
        [CONTENT_TYPE, ETAG, LAST_MODIFIED].map(|name| text(&headers, name).map(str::to_owned));
    Ok(fetched(Some(FeedBody { url, bytes, content_type, etag, last_modified })))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn max_age(headers: &HeaderMap) -> Option<TimeDelta> {
    let told = text(headers, CACHE_CONTROL)?.split(',').map(str::trim);
    let seconds = told.filter_map(|part| part.strip_prefix("max-age=")).next()?;
    TimeDelta::try_seconds(seconds.trim_matches('"').parse().ok()?)
}

/// Conditional request headers with the stored validators, verbatim (RFC 9110 §13).
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

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn an_answer_may_be_kept_as_long_as_it_says() {
        let age = |told| max_age(&headers(CACHE_CONTROL, told));
        assert_eq!(age("public, max-age=3600"), Some(TimeDelta::hours(1)));
        assert_eq!((age("no-store"), age("max-age=long"), age("s-maxage=5")), (None, None, None));
    }
}
