//! Deletion of an account by its user: disabled at once, and deleted after a time in which it can be undone.

use std::time::Duration;

use async_trait::async_trait;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{check_last_administrator, end_access, lock_with_administrators, missing, stop_work};
use crate::db::users as rows;
use crate::db::{account_deletions, accounts, exports};
use crate::domain::account_deletion::DELETION_GRACE;
use crate::domain::audit_entry::AuditAction;
use crate::domain::{DateTime, Refusal, UserId, Utc};
use crate::engine::{Engine, Result, SharedEngine, downloads};

/// Interval of the job.
pub const EVERY: Duration = Duration::from_secs(3_600);

const WHY: &str = "The account is to be deleted.";

/// Disables the user's account at once, and has it deleted after [`DELETION_GRACE`]. Until then an
/// administrator can undo it by enabling the account. `username` is typed by the user, so that no click
/// alone does it.
///
/// # Errors
/// `Refusal::Invalid` for `username`; `Refusal::Conflict` for the last administrator.
pub async fn request_deletion(engine: &Engine, owner: UserId, username: &str) -> Result<DateTime<Utc>> {
    let known = super::get(engine, owner).await?;
    if username.trim().to_lowercase() != known.username.to_lowercase() {
        return Err(Refusal::field(
            "username",
            "Type your user name, so that nothing is deleted by mistake.",
        )
        .into());
    }
    let mut work = engine.begin().await?;
    // Lock order: the rows of jobs before those of users, as in a transfer.
    stop_work(engine, &mut work, owner, WHY).await?;
    lock_with_administrators(&work, [owner]).await?;
    let now = engine.now();
    let known = rows::get(&*work, owner, now).await?.ok_or_else(missing)?;
    check_last_administrator(&work, &known, false).await?;
    let delete_after = now + DELETION_GRACE;
    rows::set_disabled(&*work, owner, Some(known.disabled_at.unwrap_or(now))).await?;
    account_deletions::insert(&*work, owner, now, delete_after).await?;
    exports::delete_of(&*work, owner).await?;
    end_access(&work, owner).await?;
    work.audit(AuditAction::DeletionRequest, Some(owner), json!({ "delete_after": delete_after }));
    work.commit().await?;
    engine.hub.revoke_all_of(owner);
    // A run that was started at the same moment.
    let mut work = engine.begin().await?;
    stop_work(engine, &mut work, owner, WHY).await?;
    work.commit().await?;
    Ok(delete_after)
}

/// Deletes the accounts whose time is over, with their rows, and then the bytes that no download holds any
/// more.
pub async fn delete_due(engine: &Engine) -> Result<()> {
    let due = account_deletions::due(&engine.db, engine.now()).await?;
    for owner in &due {
        let mut work = engine.begin().await?;
        accounts::lock(&*work, *owner).await?;
        // An administrator may have enabled the account meanwhile.
        if account_deletions::is_due(&*work, *owner, engine.now()).await? {
            account_deletions::delete_account(&*work, *owner, work.now()).await?;
            work.audit(AuditAction::AccountDelete, Some(*owner), json!({}));
            work.commit().await?;
        }
    }
    if !due.is_empty() {
        downloads::drop_unheld_bytes(engine).await?;
    }
    Ok(())
}

/// Hourly job.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct DeleteAccounts {}

#[async_trait]
impl Job for DeleteAccounts {
    const KIND: &'static str = "delete_accounts";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        delete_due(engine).await.map_err(JobError::retry)
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
