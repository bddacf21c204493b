//! Rendering of pages on dedicated threads, one thread per page from start to end. The parts of a page run
//! concurrently and share values: two threads that render one page can deadlock on each other's locks, along
//! with all requests behind them (leptos-rs/leptos, issue 4673).

use std::num::NonZero;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use smartcache::engine::{Error, audit};
use tokio_util::task::{AbortOnDropHandle, LocalPoolHandle};
use tracing::Instrument;

use crate::problem::Problem;

static THREADS: LazyLock<LocalPoolHandle> =
    LazyLock::new(|| LocalPoolHandle::new(available_parallelism().map_or(1, NonZero::get)));

/// Renders a page to its last byte; a disconnect cancels it. Requests other than GET and HEAD run in place.
pub async fn on_one_thread(request: Request, next: Next) -> Response {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return next.run(request).await;
    }
    let page = audit::carry(whole(request, next).in_current_span());
    let rendering = THREADS.spawn_pinned(|| page);
    match AbortOnDropHandle::new(rendering).await {
        Ok(page) => page,
        Err(ended) => std::panic::resume_unwind(ended.into_panic()),
    }
}

async fn whole(request: Request, next: Next) -> Response {
    let (parts, body) = next.run(request).await.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(page) => Response::from_parts(parts, Body::from(page)),
        Err(error) => Problem::from(Error::fault(error)).into_response(),
    }
}
