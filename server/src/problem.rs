//! Error responses as problem documents (RFC 9457).

mod document;
mod limit;

use std::any::Any;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use smartcache::domain::factor::Factor;
use smartcache::domain::{FieldError, Refusal};
use smartcache::engine::Error;
use smartcache_app::error::ApiError;

pub use document::ProblemDocument;
use document::{ReachedLimit, code_of};

/// Code of a refused API key.
const WRONG_KEY: &str = "wrong_key";

pub const MEDIA_TYPE: &str = "application/problem+json";

#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    code: &'static str,
    fields: Vec<FieldError>,
    reference: Option<String>,
    /// Sign-in that waits for a second factor, and the factors that finish it.
    ceremony: Option<Box<(String, Vec<Factor>)>>,
    wait_seconds: Option<u32>,
    reached: Option<Box<ReachedLimit>>,
}

impl Problem {
    /// A problem of the HTTP exchange itself, not of the domain.
    pub fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            code: code_of(status),
            fields: Vec::new(),
            reference: None,
            ceremony: None,
            wait_seconds: None,
            reached: None,
        }
    }

    fn document(&self) -> ProblemDocument<'_> {
        ProblemDocument {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Refused"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            fields: &self.fields,
            reference: self.reference.as_deref(),
            ceremony: self.ceremony.as_ref().map(|of| of.0.as_str()),
            factors: self.ceremony.as_ref().map(|of| of.1.as_slice()),
            limit: self.reached.as_ref().map(|it| it.limit),
            used: self.reached.as_ref().map(|it| it.used),
            resets_at: self.reached.as_ref().map(|it| it.resets_at),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut problem = Self::of(status, refusal.to_string());
        problem.code = refusal.code();
        problem.fields = refusal.fields().to_vec();
        match refusal {
            Refusal::Broken { reference } => problem.reference = Some(reference),
            Refusal::FactorRequired { ceremony, factors } => {
                problem.ceremony = Some(Box::new((ceremony, factors)));
            }
            Refusal::RateLimited { seconds } | Refusal::Unavailable { seconds } => {
                problem.wait_seconds = Some(seconds);
            }
            _ => {}
        }
        problem
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        error.into_refusal().into()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::JsonDataError(error) => wrong_field(&error.body_text()).into(),
            // serde_json takes a number in place of a word for wrong syntax.
            JsonRejection::JsonSyntaxError(error)
                if error.body_text().contains(": expected value at line") =>
            {
                wrong_field(&error.body_text()).into()
            }
            other => Self::of(other.status(), other.body_text()),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        wrong_field(&rejection.body_text()).into()
    }
}

/// Extracts the field from serde's message: `… into the target type: path.to.field: why at line 1 column 2`.
fn wrong_field(message: &str) -> Refusal {
    let told = message.split_once(": ").map_or(message, |(_, told)| told);
    let told = told.split_once(" at line ").map_or(told, |(told, _)| told);
    if let Some(rest) = told.split_once("missing field `").map(|(_, rest)| rest) {
        let name = rest.split('`').next().unwrap_or_default();
        return Refusal::field(name, "This is needed.");
    }
    if let Some(rest) = told.split_once("duplicate field `").map(|(_, rest)| rest) {
        let name = rest.split('`').next().unwrap_or_default();
        return Refusal::field(name, "Say this once.");
    }
    match told.split_once(": ") {
        Some((path, why)) if !path.contains(' ') => {
            Refusal::field(path, format!("This does not fit: {why}."))
        }
        _ => Refusal::field("body", format!("This does not fit: {told}.")),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_string(&self.document()).unwrap_or_default();
        let mut response = (self.status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        if let Some(seconds) = self.wait_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == WRONG_KEY {
            // RFC 6750, section 3.1.
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

pub async fn no_such_path() -> Problem {
    Problem::from(Refusal::missing("address"))
}

pub async fn wrong_method() -> Problem {
    Problem::of(StatusCode::METHOD_NOT_ALLOWED, "This address is there, but not for this method.")
}

pub fn cross_origin() -> Response {
    let why = "This request came from another site and was refused. Behind a proxy with https, \
        SMARTCACHE_PUBLIC_URL says which address is this site's.";
    Problem::from(Refusal::Forbidden { why: why.into() }).into_response()
}

/// The response to a panic. Logs the panic message under the response's reference.
pub fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Problem::from(Error::fault(format!("a handler panicked: {what}"))).into_response()
}

const TOO_LARGE: &str = "What you sent is larger than this server takes. Send less at once.";

/// Rewrites error responses of axum and of the layers around the handlers in the API's own form.
pub async fn in_one_form(request: Request, next: Next) -> Response {
    let [ours, of_pages] = ["/api/v1", "/api/ui"].map(|root| request.uri().path().starts_with(root));
    let response = next.run(request).await;
    let status = response.status();
    if of_pages && status == StatusCode::PAYLOAD_TOO_LARGE {
        let error = ApiError::Rejected { refusal: Refusal::conflict(TOO_LARGE), typed: Vec::new() };
        return (status, Json(error)).into_response();
    }
    let is_error = status.is_client_error() || status.is_server_error();
    if !ours || !is_error || is_problem(response.headers()) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let detail = match status {
        StatusCode::PAYLOAD_TOO_LARGE => TOO_LARGE,
        _ => status.canonical_reason().unwrap_or("Refused"),
    };
    let (form, body) = Problem::of(status, detail).into_response().into_parts();
    for of_the_old_body in [header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::TRANSFER_ENCODING] {
        parts.headers.remove(of_the_old_body);
    }
    parts.headers.extend(form.headers);
    Response::from_parts(parts, Body::new(body))
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(MEDIA_TYPE.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(message: &str) -> String {
        wrong_field(message).fields()[0].field.clone()
    }

    #[test]
    fn a_wrong_type_names_its_field() {
        let start = "Failed to deserialize the JSON body into the target type";
        assert_eq!(
            field(&format!("{start}: preferences.kinds[0]: unknown variant `x` at line 1 column 9")),
            "preferences.kinds[0]"
        );
        assert_eq!(field(&format!("{start}: missing field `password` at line 1 column 2")), "password");
        assert_eq!(
            field(&format!("{start}: invalid type: integer `1`, expected struct at line 1 column 1")),
            "body"
        );
        assert_eq!(
            field("Failed to deserialize query string: kind: unknown variant `zine`, expected one of `a`"),
            "kind"
        );
    }
}
