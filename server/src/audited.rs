//! Origin of a request, for the entries of the audit log that it causes.

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use smartcache::engine::audit::{self, RequestContext};

use crate::client_info::ClientInfo;
use crate::request_id::RequestId;

pub async fn note_origin(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let id = parts.extensions.get::<RequestId>().map(RequestId::as_str).unwrap_or_default();
    let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let network = ClientInfo::of(&parts).address.cidr();
    let context = RequestContext::of_request(id, network, user_agent.unwrap_or_default());
    audit::within(context, next.run(Request::from_parts(parts, body))).await
}
