//! Requests to the origin: a range for the rest of a file if resuming is safe, else the whole file.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use egress::{Answered, EgressError, status_in_words};
use jobs::{JobError, JobFailure};
use reqwest::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue, IF_RANGE, RANGE,
};
use reqwest::{Response, StatusCode};
use url::Url;

use super::fault::{self, fault};
use super::live_stream;
use super::split::Version;
use crate::domain::failure::FailureCause;
use crate::engine::Engine;
use crate::engine::catalog::logins;

/// Upper bound for `Retry-After`.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);

/// Response of an origin whose body is still to be read.
pub struct OriginResponse {
    pub response: Response,
    /// Offset of the first byte: 0, or the requested one.
    pub from: u64,
    /// Size of the whole file, if the origin states it.
    pub total: Option<u64>,
    /// Strong validator of this version, if any.
    pub etag: Option<String>,
    pub declared: Option<String>,
    /// Whether it has the headers of a radio server and no length.
    pub is_live_stream: bool,
    url: Url,
    /// Whether the server supports ranges for this version.
    has_ranges: bool,
}

impl OriginResponse {
    pub fn host(&self) -> String {
        host_and_port(&self.url)
    }

    /// Version whose ranges can be requested, if the server supports ranges.
    pub fn version(&self) -> Option<Version> {
        let (etag, total) = (self.etag.clone()?, self.total?);
        self.has_ranges.then(|| Version { url: self.url.clone(), host: self.host(), etag, total })
    }
}

/// Host and port of an address before redirects; empty if it is not a URL.
pub fn host_of(url: &str) -> String {
    Url::parse(url).map(|url| host_and_port(&url)).unwrap_or_default()
}

fn host_and_port(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// Bytes of one version that are already present.
#[derive(Debug, Clone, Copy)]
pub struct Have<'a> {
    pub bytes: u64,
    pub etag: Option<&'a str>,
    pub total: Option<u64>,
}

/// Requests the rest with `If-Range` (RFC 9110, 13.1.5), so that it belongs to the same version; else the
/// whole file.
pub async fn ask(engine: &Engine, url: &str, have: Have<'_>) -> Result<OriginResponse, JobError> {
    if let (Some(etag), true) = (have.etag, have.bytes > 0) {
        let (at, response) = fetch(engine, url, part_of(&format!("{}-", have.bytes), etag)?).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                if let Some(total) = continued(&response, have) {
                    return answer(at, response, have.bytes, Some(total));
                }
                // Another range, or a range of another version: useless.
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {}
            _ => return whole(at, response),
        }
    }
    let (at, response) = fetch(engine, url, HeaderMap::new()).await?;
    whole(at, response)
}

/// Requests one range of a version and rejects any other response.
pub async fn ask_range(engine: &Engine, of: &Version, range: Range<u64>) -> Result<Response, JobError> {
    let wanted = part_of(&format!("{}-{}", range.start, range.end - 1), &of.etag)?;
    let (_, response) = fetch(engine, of.url.as_str(), wanted).await?;
    let is_it = response.status() == StatusCode::PARTIAL_CONTENT
        && text(&response, CONTENT_RANGE).and_then(|range| content_range(&range))
            == Some((range.start, range.end - 1, of.total))
        && is_version(&response, Some(&of.etag))
        && packing(&response).is_none();
    if is_it {
        Ok(response)
    } else {
        Err(JobError::retry("The server did not send the range it was asked for."))
    }
}

/// Headers of a conditional range request: these bytes, if they belong to this version.
fn part_of(bytes: &str, etag: &str) -> Result<HeaderMap, JobError> {
    Ok(HeaderMap::from_iter([(RANGE, value(&format!("bytes={bytes}"))?), (IF_RANGE, value(etag)?)]))
}

async fn fetch(engine: &Engine, url: &str, mut headers: HeaderMap) -> Result<(Url, Response), JobError> {
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let login = logins::headers_for(engine, url).await.map_err(fault)?;
    let has_login = !login.is_empty();
    headers.extend(login);
    let asked = url;
    let Answered { url, response, .. } = engine.egress.fetch(asked, headers).await.map_err(egress_error)?;
    if response.status() == StatusCode::UNAUTHORIZED {
        let why = logins::status_in_words(response.status(), has_login);
        return Err(JobError::fail(fault::failure(FailureCause::Refused, why)));
    }
    Ok((logins::carry_mark(asked, url), response))
}

fn whole(url: Url, response: Response) -> Result<OriginResponse, JobError> {
    if response.status() != StatusCode::OK {
        return Err(status_error(&response));
    }
    let total = text(&response, CONTENT_LENGTH).and_then(|length| length.parse().ok());
    answer(url, response, 0, total)
}

fn answer(url: Url, response: Response, from: u64, total: Option<u64>) -> Result<OriginResponse, JobError> {
    // The length and hash would be those of the encoded bytes, which no player can read.
    if let Some(packed) = packing(&response) {
        // Sign-in pages are encoded too, and are temporary.
        return Err(JobError::fail(JobFailure::temporary(format!(
            "The server sent something packed as {}, which was not asked for: perhaps a page instead of the file.",
            packed.chars().take(20).collect::<String>()
        ))));
    }
    let etag = text(&response, ETAG).filter(|tag| is_strong(tag));
    let declared = text(&response, CONTENT_TYPE).map(|t| t.to_lowercase());
    let has_ranges = response.status() == StatusCode::PARTIAL_CONTENT
        || text(&response, ACCEPT_RANGES).is_some_and(|unit| unit.trim().eq_ignore_ascii_case("bytes"));
    let is_live_stream = total.is_none() && live_stream::is_announced(response.headers());
    Ok(OriginResponse { response, from, total, etag, declared, is_live_stream, url, has_ranges })
}

/// Whether a validator is strong. Weak validators begin with `W/` and do not identify bytes (RFC 9110,
/// 8.8.3).
fn is_strong(etag: &str) -> bool {
    etag.len() >= 2 && etag.starts_with('"') && etag.ends_with('"')
}

/// Size of the whole file, if the response is exactly the missing rest.
fn continued(response: &Response, have: Have<'_>) -> Option<u64> {
    let (from, to, total) = content_range(&text(response, CONTENT_RANGE)?)?;
    let length = text(response, CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let fits = from == have.bytes
        && to + 1 == total
        && have.total.is_none_or(|known| known == total)
        && length.is_none_or(|length| length == total - from);
    (fits && is_version(response, have.etag)).then_some(total)
}

/// Whether the response is of this version. A response without an ETag counts as such.
fn is_version(response: &Response, etag: Option<&str>) -> bool {
    text(response, ETAG).is_none_or(|tag| Some(tag.as_str()) == etag)
}

/// Content encoding of the response, unless it is `identity`.
fn packing(response: &Response) -> Option<String> {
    text(response, CONTENT_ENCODING).filter(|packing| !packing.eq_ignore_ascii_case("identity"))
}

/// Parses `bytes 5-9/10` (RFC 9110, 14.4). A range of unknown total length is useless here.
fn content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (from, to) = range.split_once('-')?;
    let (from, to, total) = (from.trim().parse().ok()?, to.trim().parse().ok()?, total.trim().parse().ok()?);
    (from <= to && to < total).then_some((from, to, total))
}

fn text(response: &Response, name: HeaderName) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

fn value(text: &str) -> Result<HeaderValue, JobError> {
    HeaderValue::from_str(text).map_err(JobError::retry)
}

pub fn egress_error(error: EgressError) -> JobError {
    match error {
        EgressError::Refused(why) => JobError::fail(why),
        EgressError::TooManyRedirects => JobError::fail(error.to_string()),
        EgressError::Untrusted(_) => JobError::fail(JobFailure::temporary(error.to_string())),
        EgressError::TimedOut | EgressError::Unreachable(_) => JobError::retry(error),
    }
}

/// Maps an error status: server errors and requests to wait are retried, others fail.
fn status_error(response: &Response) -> JobError {
    let status = response.status();
    let why = status_in_words(status);
    let passing = [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY];
    if !status.is_server_error() && !passing.contains(&status) {
        return JobError::fail(fault::failure(cause_of(status), why));
    }
    let after =
        egress::retry_after(response.headers(), SystemTime::now()).map(|time| time.min(MAX_RETRY_AFTER));
    JobError::Retry { why, after }
}

/// Cause of a status that is not temporary.
fn cause_of(status: StatusCode) -> FailureCause {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::GONE => FailureCause::Refused,
        StatusCode::NOT_FOUND => FailureCause::NotFound,
        _ => FailureCause::Lasting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strong_validators_count() {
        assert!(is_strong("\"abc\"") && is_strong("\"\""));
        assert!(!is_strong("W/\"abc\"") && !is_strong("abc") && !is_strong("\"") && !is_strong(""));
    }

    #[test]
    fn a_content_range_is_read_or_refused() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, 9, 10)));
        for wrong in
            ["bytes 5-9/*", "bytes */10", "5-9/10", "bytes 9-5/10", "bytes 5-10/10", "", "bytes -5/10"]
        {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }
}
