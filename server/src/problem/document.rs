//! The problem document itself, and its codes.

use axum::http::StatusCode;
use serde::Serialize;
use smartcache::domain::factor::Factor;
use smartcache::domain::{DateTime, FieldError, Refusal, Utc};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Usual name of the status.
    pub title: &'static str,
    pub status: u16,
    /// Reason and next step, in words for users.
    pub detail: &'a str,
    /// Name for programs.
    #[schema(schema_with = code_schema)]
    pub code: &'static str,
    /// Wrong fields or parameters.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<FieldError>, required = false)]
    pub fields: &'a [FieldError],
    /// Mark under which the server's log has the details.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reference: Option<&'a str>,
    /// Secret of the sign-in that a code finishes, where the code is `factor_required`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ceremony: Option<&'a str>,
    /// Second factors that finish it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Factor>, required = false)]
    pub factors: Option<&'a [Factor]>,
    /// Requests of the window that are served, if a limit of requests is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub limit: Option<i64>,
    /// Requests of that window that were served.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub used: Option<i64>,
    /// Time at which nothing of that window is used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resets_at: Option<DateTime<Utc>>,
}

/// A limit of requests that is reached.
#[derive(Debug, Clone, Copy)]
pub struct ReachedLimit {
    pub limit: i64,
    pub used: i64,
    pub resets_at: DateTime<Utc>,
}

/// Codes of problems of the HTTP exchange itself.
const CODES: [(u16, &str); 14] = [
    (400, "bad_request"),
    (401, "sign_in_required"),
    (403, "forbidden"),
    (404, "not_found"),
    (405, "method_not_allowed"),
    (408, "too_slow"),
    (410, "gone"),
    (413, "too_large"),
    (415, "unsupported_media_type"),
    (416, "range_not_satisfiable"),
    (422, "invalid"),
    (426, "upgrade_required"),
    (429, "too_fast"),
    (503, "unavailable"),
];
const BROKEN: &str = "broken";
const REFUSED: &str = "refused";

pub fn code_of(status: StatusCode) -> &'static str {
    let known = CODES.iter().find(|(code, _)| *code == status.as_u16());
    known.map_or(if status.is_server_error() { BROKEN } else { REFUSED }, |(_, code)| code)
}

fn code_schema() -> Object {
    let of_exchange = CODES.iter().map(|(_, code)| *code).chain([BROKEN, REFUSED]);
    let mut codes: Vec<_> = of_exchange.chain(Refusal::CODES.iter().copied()).collect();
    codes.sort_unstable();
    codes.dedup();
    let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes));
    schema.description(Some("Name for programs.")).build()
}
