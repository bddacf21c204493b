//! Jobs of channels: one that finds the deliveries that are due, and one for each of them.
//!
//! A delivery's row is the queue, so a message survives the process; if that dies between the answer and the
//! commit, the message is sent once more, with the same id.

use std::time::Duration;

use async_trait::async_trait;
use jobs::{Job, JobError, JobFailure, Lease};
use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};

use super::{OutgoingMessage, SendFailure, delete_gone, record, send, translation};
use crate::db::accounts;
use crate::db::channel_deliveries::{self as rows, DeliveryMove, WaitingDelivery};
use crate::domain::channel::{DeliveryState, retry_at};
use crate::domain::{ChannelDeliveryId, DateTime, TimeDelta, UserId, Utc};
use crate::engine::{Engine, Result, SharedEngine, local_time};

/// Interval at which due deliveries are looked for.
pub const EVERY: Duration = Duration::from_secs(15);
/// Maximum jobs that are pushed at once. The rest follow at the next interval.
const MAX_AT_ONCE: i64 = 200;
/// Time after which a delivery whose job was lost is due again.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// Pushes a job for each delivery that is due; a single instance.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SendDue {}

#[async_trait]
impl Job for SendDue {
    const KIND: &'static str = "send_due";
    /// Not that of the deliveries, which may wait for slow servers.
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        push_due(engine).await.map_err(JobError::retry)
    }
}

/// Pushes the due deliveries, and moves those of quiet hours to their end.
pub async fn push_due(engine: &Engine) -> Result<()> {
    let now = engine.now();
    let due = rows::due(&engine.db, now, MAX_AT_ONCE).await?;
    if due.is_empty() {
        return Ok(());
    }
    let mut work = engine.begin().await?;
    for delivery in due {
        let zone = local_time::zone(&delivery.preferences);
        let hours = &delivery.preferences.quiet_hours;
        let quiet = delivery.kind.and_then(|kind| hours.holds_back(kind, &zone, now));
        let until = quiet.unwrap_or(now + PATIENCE);
        let is_ours = rows::postpone(&*work, delivery.user_id, delivery.id, delivery.due_at, until).await?;
        if is_ours && quiet.is_none() {
            work.push(&Deliver { owner: delivery.user_id, delivery: delivery.id }).await?;
        }
    }
    work.commit().await
}

/// Makes one attempt at one delivery.
#[derive(Debug, Serialize, Deserialize)]
pub struct Deliver {
    owner: UserId,
    delivery: ChannelDeliveryId,
}

#[async_trait]
impl Job for Deliver {
    const KIND: &'static str = "deliver";
    const QUEUE: &'static str = "channels";
    /// The row says whether there is something to send.
    const RUNS_AGAIN: bool = false;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(self.delivery.to_string())
    }

    /// A slow channel of one user leaves the others' room.
    fn concurrency_key(&self) -> Option<String> {
        Some(format!("channels of {}", self.owner))
    }

    async fn subject(&self, _: &SharedEngine) -> String {
        format!("delivery {}", self.delivery)
    }

    async fn run(&self, engine: &SharedEngine, lease: &Lease) -> Result<(), JobError> {
        let found = rows::get(&engine.db, self.owner, self.delivery).await?;
        let Some(waiting) = found else { return Ok(()) };
        let attempt = attempt(engine, self.owner, &waiting).await.map_err(JobError::retry)?;
        finish(engine, lease, self.owner, &waiting, attempt).await
    }

    /// A fault of this server counts as an attempt, so that it does not go on forever.
    async fn give_up(
        &self,
        engine: &SharedEngine,
        txn: &DatabaseTransaction,
        failure: &JobFailure,
    ) -> Result<(), DbErr> {
        let Some(waiting) = rows::get(txn, self.owner, self.delivery).await? else { return Ok(()) };
        tracing::warn!(delivery = %self.delivery, why = failure.why, "a delivery could not be attempted");
        let (now, why) = (engine.now(), "The server failed. Its owner finds the reason in the log.");
        let to = after_failure(&waiting, &SendFailure::new(why), now);
        rows::advance(txn, self.owner, &waiting, to, now).await.map(|_| ())
    }
}

/// Result of an attempt.
enum Attempt {
    Done,
    Failed(SendFailure),
    /// Quiet hours have begun, and last until then.
    HeldBack(DateTime<Utc>),
    /// There is nothing to send any more, for this reason.
    Dropped(&'static str),
}

async fn attempt(engine: &Engine, owner: UserId, waiting: &WaitingDelivery) -> Result<Attempt> {
    let row = rows::notification(&engine.db, owner, waiting.notification_id).await?;
    let Some(row) = row else { return Ok(Attempt::Dropped("replaced by a later notification")) };
    if row.notification.read_at.is_some() {
        return Ok(Attempt::Dropped("read before it was sent"));
    }
    let preferences = accounts::preferences(&engine.db, owner).await?;
    let (zone, kind) = (local_time::zone(&preferences), row.notification.kind);
    // They may have begun while the job waited for its turn.
    if let Some(until) = preferences.quiet_hours.holds_back(kind, &zone, engine.now()) {
        return Ok(Attempt::HeldBack(until));
    }
    let language = preferences.language.language();
    let message = OutgoingMessage::of(engine, owner, row).await?;
    let message = translation::translated(message, language.unwrap_or_default());
    Ok(match send(engine, owner, waiting.channel_id, &message).await? {
        Ok(()) => Attempt::Done,
        Err(failure) => Attempt::Failed(failure),
    })
}

/// Records an attempt under the job's fence.
async fn finish(
    engine: &Engine,
    lease: &Lease,
    owner: UserId,
    waiting: &WaitingDelivery,
    attempt: Attempt,
) -> Result<(), JobError> {
    let work = engine.begin().await.map_err(JobError::retry)?;
    if !lease.holds(&work).await? {
        return Err(JobError::LeaseLost);
    }
    accounts::lock(&*work, owner).await?;
    let (now, attempts, id) = (work.now(), waiting.attempts + 1, waiting.channel_id);
    let ended = |to, reason| DeliveryMove { to, attempts, due_at: now, reason };
    let to = match &attempt {
        Attempt::Done => ended(DeliveryState::Sent, None),
        Attempt::HeldBack(until) => DeliveryMove {
            to: DeliveryState::Waiting,
            attempts: waiting.attempts,
            due_at: *until,
            reason: None,
        },
        Attempt::Dropped(why) => ended(DeliveryState::Dropped, Some((*why).to_owned())),
        Attempt::Failed(failure) => after_failure(waiting, failure, now),
    };
    rows::advance(&*work, owner, waiting, to, now).await?;
    match &attempt {
        Attempt::Done => record(&*work, owner, id, Ok(()), now).await?,
        Attempt::Failed(failure) if failure.is_gone => delete_gone(&*work, owner, id).await?,
        Attempt::Failed(failure) => record(&*work, owner, id, Err(failure), now).await?,
        Attempt::HeldBack(_) | Attempt::Dropped(_) => {}
    }
    work.commit().await.map_err(JobError::retry)
}

/// The next attempt, or the end after the last one.
fn after_failure(waiting: &WaitingDelivery, failure: &SendFailure, now: DateTime<Utc>) -> DeliveryMove {
    let attempts = waiting.attempts + 1;
    let asked = failure.after.and_then(|after| TimeDelta::from_std(after).ok());
    let next = retry_at(attempts, asked, now);
    let to = if next.is_some() { DeliveryState::Waiting } else { DeliveryState::Failed };
    DeliveryMove { to, attempts, due_at: next.unwrap_or(now), reason: Some(failure.why.clone()) }
}
