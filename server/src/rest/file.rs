//! File responses of ready downloads, for their owner: with ETag, ranges
//! and a name, never executed by a browser.

use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use smartcache::engine::Error;
use smartcache::engine::downloads::{self, StoredFile};

use super::*;
use crate::conditional_requests::{Evaluation, evaluate_conditions};

/// Sandbox for third-party pages and scripts: they must not run, least of all with this site's origin.
const SANDBOX: &str = "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// Display in place rather than save, with `1` or `true`.
    inline: Option<String>,
}

/// Returns the bytes of a ready download, whole or in ranges.
#[utoipa::path(get, path = "/api/v1/downloads/{id}/file", params(FileQuery), responses(FileBytes, Conflict))]
pub async fn send(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DownloadId>,
    LenientQuery(manner): LenientQuery<FileQuery>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let inline = matches!(manner.inline.as_deref(), Some("1" | "true"));
    serve(&web, user.id, id, inline, &method, &headers).await
}

/// Serves the bytes to an already authorised client.
pub async fn serve(
    web: &Web,
    owner: UserId,
    id: DownloadId,
    inline: bool,
    method: &Method,
    headers: &HeaderMap,
) -> ApiResult<Response> {
    let file = downloads::file(web.engine(), owner, id).await?;
    let etag = format!("\"{}\"", file.sha256);
    let part = match evaluate_conditions(headers, &etag, file.bytes) {
        // Ranges apply to GET only.
        Evaluation::Range(_) | Evaluation::Unsatisfiable if *method != Method::GET => Evaluation::Whole,
        part => part,
    };
    let validators = [
        (header::ETAG, header_value(&etag)?),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        // Private and always revalidated: a browser must not show it after sign-out.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    let (status, range) = match part {
        Evaluation::NotModified => return Ok((StatusCode::NOT_MODIFIED, validators).into_response()),
        Evaluation::Unsatisfiable => {
            let beyond = Problem::of(StatusCode::RANGE_NOT_SATISFIABLE, "The file ends before this range.");
            let length = [(header::CONTENT_RANGE, format!("bytes */{}", file.bytes))];
            return Ok((validators, length, beyond).into_response());
        }
        Evaluation::Whole => (StatusCode::OK, None),
        Evaluation::Range(range) => (StatusCode::PARTIAL_CONTENT, Some(range)),
    };
    let length = range.as_ref().map_or(file.bytes, |range| range.end - range.start);
    let mut response = (status, validators, about(&file, inline)?).into_response();
    let more = response.headers_mut();
    more.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(range) = &range {
        more.insert(
            header::CONTENT_RANGE,
            header_value(&format!("bytes {}-{}/{}", range.start, range.end - 1, file.bytes))?,
        );
    }
    if *method == Method::GET {
        *response.body_mut() = Bytes::from_stream(file.read(web.engine(), range).await?);
    }
    Ok(response)
}

fn about(file: &StoredFile, inline: bool) -> ApiResult<HeaderMap> {
    let mut about = HeaderMap::new();
    about.insert(header::CONTENT_TYPE, header_value(&file.mime_type)?);
    about.insert(header::CONTENT_DISPOSITION, header_value(&disposition(&file.name, inline))?);
    about.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !is_harmless(&file.mime_type) {
        about.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    }
    Ok(about)
}

/// Whether a browser plays or renders the type without executing any of it.
fn is_harmless(mime_type: &str) -> bool {
    mime_type.starts_with("audio/")
        || mime_type.starts_with("video/")
        || matches!(mime_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp")
}

/// `Content-Disposition` value: an ASCII name for old clients (RFC 6266), and the full one as in RFC 8187.
fn disposition(name: &str, inline: bool) -> String {
    let manner = if inline { "inline" } else { "attachment" };
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let plain = |c: char| if c.is_ascii() && !"\"\\/%;".contains(c) { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let encoded: String = name.bytes().map(encode).collect();
    format!("{manner}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

/// A header's value; a fault if the text cannot be one.
pub(super) fn header_value(text: &str) -> ApiResult<HeaderValue> {
    HeaderValue::from_str(text).map_err(|error| Error::fault(error).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_strangers_cannot_break_out_of_the_header() {
        assert_eq!(
            disposition("a\r\nSet-Cookie: x=1; \"ü\".mp3", false),
            "attachment; filename=\"aSet-Cookie: x=1_ ___.mp3\"; filename*=UTF-8''aSet-Cookie%3A%20x%3D1%3B%20%22%C3%BC%22.mp3"
        );
        assert!(disposition("x.mp3", true).starts_with("inline; filename=\"x.mp3\""));
    }

    #[test]
    fn only_what_runs_nothing_goes_without_the_sandbox() {
        assert!(is_harmless("audio/mpeg") && is_harmless("video/mp4") && is_harmless("image/png"));
        assert!(
            !is_harmless("text/html") && !is_harmless("image/svg+xml") && !is_harmless("application/pdf")
        );
    }
}
