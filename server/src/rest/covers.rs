//! Pictures that are kept here, in three sizes, for signed-in users and for visitors of a shared page.
//!
//! A hash can be guessed only from the same picture, so a signed-in user needs no more to see it. A link
//! opens only the covers of its page.

use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use smartcache::domain::picture::{LARGEST, SIZES};
use smartcache::engine::pictures::{self, StoredPicture};
use smartcache::engine::{Error, shares};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::file::header_value;
use super::*;
use crate::conditional_requests::{Evaluation, evaluate_conditions};

/// A hash stands for one picture for good. Shared caches must not keep it: a cover tells of users' feeds.
const FOREVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CoverQuery {
    /// Pixels of the longer side.
    #[param(schema_with = size_schema)]
    size: Option<String>,
}

/// Returns a picture that is kept here.
#[utoipa::path(get, path = "/covers/{hash}", params(CoverQuery), responses(Picture))]
pub async fn show(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    PathText(hash): PathText<String>,
    StrictQuery(asked): StrictQuery<CoverQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    send(&web, &hash, asked, &headers).await
}

/// Picture for a visitor with the link of a share that shows it.
pub async fn shared(
    State(web): State<Web>,
    PathText((token, hash)): PathText<(String, String)>,
    StrictQuery(asked): StrictQuery<CoverQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    shares::check_cover(web.engine(), &token, &hash).await?;
    send(&web, &hash, asked, &headers).await
}

async fn send(web: &Web, hash: &str, asked: CoverQuery, headers: &HeaderMap) -> ApiResult<Response> {
    let size = match asked.size {
        None => LARGEST,
        Some(told) => told.parse().ok().filter(|size| SIZES.contains(size)).ok_or_else(wrong_size)?,
    };
    let StoredPicture { sha256, bytes, mime_type, copy } = pictures::file(web.engine(), hash, size).await?;
    let etag = format!("\"{sha256}\"");
    let about = [(header::ETAG, header_value(&etag)?), (header::CACHE_CONTROL, FOREVER)];
    if evaluate_conditions(headers, &etag, bytes) == Evaluation::NotModified {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let content = [
        (header::CONTENT_TYPE, header_value(&mime_type)?),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
    ];
    let body = Bytes::from_stream(copy.read(None).await.map_err(Error::from)?);
    Ok((about, content, body).into_response())
}

fn wrong_size() -> Problem {
    Problem::of(StatusCode::BAD_REQUEST, "Pictures are kept in three sizes: ask for size=64, 128 or 512.")
}

fn size_schema() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some(SIZES)).build()
}
