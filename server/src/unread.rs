//! What is refused before it was read: the rest of it is read and thrown away. Otherwise the connection would be closed over bytes
//! that nobody read, and the refusal be lost with it (RFC 9112, 9.6).

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::stream::{Fuse, Stream, StreamExt};

/// For as long somebody may go on sending what is refused.
const PATIENCE: Duration = Duration::from_secs(5);

/// A body that is still in reach when its request is over.
#[derive(Clone)]
struct Shared(Arc<Mutex<Fuse<BodyDataStream>>>);

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(cx)
    }
}

/// Reads the rest where a request is refused. Who waits for our leave to send (RFC 9110, 10.1.1) has sent nothing.
pub async fn read_on(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let waits = parts.headers.contains_key(header::EXPECT);
    let body = Shared(Arc::new(Mutex::new(body.into_data_stream().fuse())));
    let mut response = next.run(Request::from_parts(parts, Body::from_stream(body.clone()))).await;
    let rest =
        body.take_while(|piece| std::future::ready(piece.is_ok())).for_each(|_| std::future::ready(()));
    let is_refused = response.status().is_client_error();
    if is_refused && (waits || tokio::time::timeout(PATIENCE, rest).await.is_err()) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
