//! Registry of the job kinds that a process can run, by name.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{DatabaseTransaction, DbErr};

use super::schedule::Schedule;
use super::{Job, JobError, JobFailure, JobObserver, Lease};

/// Job kinds that this process's workers run, and their schedules.
pub struct Handlers<C> {
    handlers: BTreeMap<&'static str, KnownKind<C>>,
    pub(super) schedules: Vec<Schedule>,
    pub(super) observer: Arc<dyn JobObserver>,
}

struct KnownKind<C> {
    queue: &'static str,
    handler: Arc<dyn Handler<C>>,
}

impl<C: Clone + Send + Sync + 'static> Handlers<C> {
    /// No handlers.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self { handlers: BTreeMap::new(), schedules: Vec::new(), observer: Arc::new(()) }
    }

    /// Registers a job type, to be run when pushed.
    pub fn with<J: Job<Context = C>>(mut self) -> Self {
        let known = KnownKind { queue: J::QUEUE, handler: Arc::new(TypedHandler::<J>(PhantomData)) };
        self.handlers.insert(J::KIND, known);
        self
    }

    /// Registers a job type to run at intervals: once across all processes, and once after a downtime of any
    /// length.
    /// Schedules are checked as often as leases are swept.
    pub fn every<J: Job<Context = C> + Default>(self, interval: Duration) -> Self {
        let mut this = self.with::<J>();
        this.schedules.push(Schedule::of::<J>(interval));
        this
    }

    pub(super) fn has_kinds(&self, queue: &str) -> bool {
        self.handlers.values().any(|known| known.queue == queue)
    }

    /// The kinds of a queue that this process claims now.
    pub(super) async fn claimable_kinds(&self, queue: &str, cx: &C) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        for (kind, known) in self.handlers.iter().filter(|(_, known)| known.queue == queue) {
            if !known.handler.is_left_to_others(cx).await {
                kinds.push(*kind);
            }
        }
        kinds
    }

    /// Sets the observer of all attempts.
    pub fn observed_by(self, observer: Arc<dyn JobObserver>) -> Self {
        Self { observer, ..self }
    }

    pub(super) fn get(&self, kind: &str) -> Option<Arc<dyn Handler<C>>> {
        self.handlers.get(kind).map(|known| known.handler.clone())
    }
}

/// A type-erased job type.
#[async_trait]
pub(super) trait Handler<C>: Send + Sync {
    fn kind(&self) -> &'static str;
    async fn run(&self, payload: &str, cx: &C, lease: &Lease) -> Result<(), JobError>;
    async fn subject(&self, payload: &str, cx: &C) -> String;
    async fn is_left_to_others(&self, cx: &C) -> bool;
    async fn give_up(
        &self,
        payload: &str,
        cx: &C,
        txn: &DatabaseTransaction,
        failure: &JobFailure,
    ) -> Result<(), DbErr>;
    fn given_up(&self, cx: &C);
}

struct TypedHandler<J>(PhantomData<fn() -> J>);

#[async_trait]
impl<J: Job> Handler<J::Context> for TypedHandler<J> {
    fn kind(&self) -> &'static str {
        J::KIND
    }

    async fn run(&self, payload: &str, cx: &J::Context, lease: &Lease) -> Result<(), JobError> {
        match serde_json::from_str::<J>(payload) {
            Ok(job) => job.run(cx, lease).await,
            Err(error) => Err(JobError::fail(format!("the payload cannot be read: {error}"))),
        }
    }

    async fn subject(&self, payload: &str, cx: &J::Context) -> String {
        match serde_json::from_str::<J>(payload) {
            Ok(job) => job.subject(cx).await,
            Err(_) => String::new(),
        }
    }

    async fn is_left_to_others(&self, cx: &J::Context) -> bool {
        J::is_left_to_others(cx).await
    }

    /// Does nothing for a payload that cannot be read; the job just ends.
    async fn give_up(
        &self,
        payload: &str,
        cx: &J::Context,
        txn: &DatabaseTransaction,
        failure: &JobFailure,
    ) -> Result<(), DbErr> {
        match serde_json::from_str::<J>(payload) {
            Ok(job) => job.give_up(cx, txn, failure).await,
            Err(_) => Ok(()),
        }
    }

    fn given_up(&self, cx: &J::Context) {
        J::given_up(cx);
    }
}
