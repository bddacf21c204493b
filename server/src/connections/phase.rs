//! The phase of a connection, with its deadline: idle, reading a request's head, or busy with the request.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use parking_lot::{Mutex, MutexGuard};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::Limits;
use super::registry::Slot;

#[derive(Debug)]
pub struct Phase {
    slot: Slot,
    head: Duration,
    idle: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    now: Stage,
    /// Task of the connection, and its registry ticket while it waits for a request.
    task: Option<AbortHandle>,
    ticket: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Idle { until: Instant },
    Head { until: Instant },
    Busy,
    Over,
}

impl Phase {
    pub fn new(slot: Slot, limits: &Limits) -> Self {
        let now = Stage::Head { until: Instant::now() + limits.head };
        let state = Mutex::new(State { now, task: None, ticket: None });
        Self { slot, head: limits.head, idle: limits.idle, state }
    }

    /// Sets the connection's task. From then on the connection can be evicted while it waits for a request.
    pub fn is_attended_by(&self, task: AbortHandle) {
        let mut state = self.lock();
        if matches!(state.now, Stage::Idle { .. } | Stage::Head { .. }) {
            state.ticket = Some(self.slot.wait(task.clone()));
        }
        state.task = Some(task);
    }

    /// Time at which the connection is closed in its current phase; `None` while a request is served.
    pub fn deadline(&self) -> Option<Instant> {
        match self.lock().now {
            Stage::Idle { until } | Stage::Head { until } => Some(until),
            Stage::Busy | Stage::Over => None,
        }
    }

    /// Marks the connection as busy: a request's head is complete.
    pub fn begin(self: &Arc<Self>) -> Busy {
        self.enter(Stage::Busy);
        Busy(self.clone())
    }

    /// Marks the connection as ended or upgraded to another protocol.
    pub fn end(&self) {
        self.enter(Stage::Over);
    }

    fn enter(&self, stage: Stage) {
        let mut state = self.lock();
        if matches!(state.now, Stage::Over) {
            return;
        }
        state.now = stage;
        if let Some(ticket) = state.ticket.take() {
            self.slot.go_on(ticket);
        }
        if let (Stage::Idle { .. }, Some(task)) = (stage, &state.task) {
            state.ticket = Some(self.slot.wait(task.clone()));
        }
    }

    /// Starts the head timeout when bytes arrive on an idle connection.
    fn heard(&self) {
        let mut state = self.lock();
        if matches!(state.now, Stage::Idle { .. }) {
            state.now = Stage::Head { until: Instant::now() + self.head };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// A request in progress. Dropping it makes the connection idle.
pub struct Busy(Arc<Phase>);

impl Busy {
    pub fn until_the_end_of(self, body: Body) -> BusyBody {
        BusyBody { body, _busy: self }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.enter(Stage::Idle { until: Instant::now() + self.0.idle });
    }
}

/// A response body that keeps its connection busy until it has been sent.
pub struct BusyBody {
    body: Body,
    _busy: Busy,
}

impl HttpBody for BusyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Socket of a connection. Holds the connection's slot while it is open, also after a protocol upgrade.
pub struct TimedStream {
    stream: TcpStream,
    phase: Arc<Phase>,
}

impl TimedStream {
    pub fn new(stream: TcpStream, phase: Arc<Phase>) -> Self {
        Self { stream, phase }
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.phase.heard();
        }
        polled
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
