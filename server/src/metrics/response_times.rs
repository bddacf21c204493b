//! Duration of responses by route.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use metrics::ResponseLabels;

use crate::Web;

/// Label of what is no route, such as files of the site, and of unknown methods.
const OTHER: &str = "other";

/// Measures the time until the response begins.
pub async fn measure(State(web): State<Web>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or(OTHER, MatchedPath::as_str).to_owned();
    let (method, began) = (word(request.method()), Instant::now());
    let response = next.run(request).await;
    let labels = ResponseLabels { method, route, status: response.status().as_u16() };
    web.engine().metrics.responses.observe(&labels, began.elapsed());
    response
}

/// Name of a method. Clients can send any other word as well.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => OTHER,
    }
}
