//! Drains the request body after an early error. Closing with unread data would reset the connection and lose
//! the response (RFC 9112 §9.6).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::stream::{Fuse, Stream, StreamExt};
use parking_lot::Mutex;

/// Time limit for draining a refused body.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A body that stays accessible after its request has been handled.
#[derive(Clone)]
struct SharedBody(Arc<Mutex<Fuse<BodyDataStream>>>);

impl Stream for SharedBody {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.lock().poll_next_unpin(cx)
    }
}

/// Drains the body of a refused request. A client awaiting `100 Continue` (RFC 9110 §10.1.1) has sent none.
pub async fn read_on(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let waits = parts.headers.contains_key(header::EXPECT);
    let body = SharedBody(Arc::new(Mutex::new(body.into_data_stream().fuse())));
    let mut response = next.run(Request::from_parts(parts, Body::from_stream(body.clone()))).await;
    let rest =
        body.take_while(|piece| std::future::ready(piece.is_ok())).for_each(|_| std::future::ready(()));
    let is_refused = response.status().is_client_error();
    if is_refused && (waits || tokio::time::timeout(TIMEOUT, rest).await.is_err()) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
