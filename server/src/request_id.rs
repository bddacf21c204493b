//! Request ids: in the log, and in the header `X-Request-Id` of the response.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Maximum length of an id that a proxy or a client assigned.
const MAX_LENGTH: usize = 64;

/// Id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id that the request came with, if it is fit for a log.
    fn given(request: &Request) -> Option<Self> {
        let id = request.headers().get(HEADER)?;
        let is_fit = |id: &str| {
            (1..=MAX_LENGTH).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        id.to_str().is_ok_and(is_fit).then(|| Self(id.clone()))
    }

    fn new() -> Option<Self> {
        HeaderValue::from_str(&Uuid::new_v4().simple().to_string()).ok().map(Self)
    }
}

/// Assigns an id to the request, unless it came with one, and repeats it in the response.
pub async fn assign(mut request: Request, next: Next) -> Response {
    let Some(id) = RequestId::given(&request).or_else(RequestId::new) else { return next.run(request).await };
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    response.headers_mut().insert(HEADER, id.0);
    response
}
