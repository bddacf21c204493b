//! The REST API as an OpenAPI document. Each route is registered together with its description, so that
//! neither exists without the other.

pub mod answers;
mod operations;
mod page;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use axum::Extension;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::conditional_requests::etag_matches;

/// Collects the descriptions of all routes. The router hands it to its requests, so that this module needs no
/// routes.
#[derive(Clone, Copy)]
pub struct Description(pub fn() -> OpenApi);

/// The document as it is served.
struct PublishedDescription {
    json: String,
    etag: String,
    page: String,
}

static PUBLISHED: OnceLock<PublishedDescription> = OnceLock::new();

/// Revalidated at each use: the address stays the same when a new version brings new routes.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");

impl Description {
    fn document(self) -> Value {
        let mut document = self.0();
        operations::complete(&mut document);
        let mut document = serde_json::to_value(document).unwrap_or_default();
        operations::tidy(&mut document);
        document
    }

    /// The document as indented JSON, as printed by `smartcache openapi`.
    pub fn text(self) -> String {
        indented(&self.document())
    }

    /// The document, made once.
    fn published(self) -> &'static PublishedDescription {
        PUBLISHED.get_or_init(|| {
            let document = self.document();
            let (json, page) = (indented(&document), page::render(&document));
            let mut hasher = DefaultHasher::new();
            json.hash(&mut hasher);
            PublishedDescription { etag: format!("\"{:016x}\"", hasher.finish()), json, page }
        })
    }
}

fn indented(document: &Value) -> String {
    format!("{document:#}\n")
}

/// Returns this description of the API.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", security(()),
    responses((status = 200, body = Object, content_type = "application/json"), (status = 304))
)]
pub async fn show(Extension(description): Extension<Description>, headers: HeaderMap) -> Response {
    let PublishedDescription { json, etag, .. } = description.published();
    // Weak, because the bytes differ with the compression.
    let about = [(header::ETAG, format!("W/{etag}"))];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let mut response = match known.is_some_and(|tags| etag_matches(tags, etag)) {
        true => (StatusCode::NOT_MODIFIED, about).into_response(),
        false => (about, [(header::CONTENT_TYPE, "application/json")], json.as_str()).into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, REVALIDATED);
    response
}

/// The description as a page, without a script.
pub async fn docs(Extension(description): Extension<Description>) -> Response {
    let page = Html(description.published().page.as_str());
    ([(header::CACHE_CONTROL, REVALIDATED)], page).into_response()
}
