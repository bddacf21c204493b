//! Errors of a transfer as its job reports them, retry back-off, and cleanup.

use std::time::Duration;

use backoff::Backoff;
use jobs::{JobError, JobFailure};

use crate::domain::failure::FailureCause;
use crate::engine::Error;

/// Failure of a transfer by this cause.
pub fn failure(cause: FailureCause, why: impl Into<String>) -> JobFailure {
    JobFailure { cause: cause.as_str(), why: why.into() }
}

/// Cause of a failed job. A failure without one is lasting.
pub fn cause(failure: &JobFailure) -> FailureCause {
    failure.cause.parse().unwrap_or(FailureCause::Lasting)
}

/// Message for a full disk; the item is available again when there is space.
const STORAGE_FULL: &str =
    "Storage full: the server has no room for this file. Free some space, then try again.";

/// Message while the bucket refuses or does not answer.
const BUCKET_AWAY: &str = "The server's storage does not answer. It goes on by itself.";
const AWAY: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(5));

const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));

/// Retry back-off between the attempts of one job.
pub fn backoff(tries: i64) -> Duration {
    BACKOFF.full_jitter(tries - 1, rand::random())
}

pub fn check_size(bytes: u64, limit: u64) -> Result<(), JobError> {
    if bytes <= limit {
        return Ok(());
    }
    Err(JobError::fail(format!(
        "The file is larger than {} MB, the most that is fetched of its type.",
        limit / 1_000_000
    )))
}

/// Converts an error of the disk. If the disk is full, deletes the partial file, so that the rest of the
/// program can continue.
pub async fn storage_error(part: &std::path::Path, error: impl Into<Error>) -> JobError {
    let error = error.into();
    if !error.is_storage_full() {
        return fault(error);
    }
    tracing::warn!(%error, "a transfer found no room");
    remove(part).await;
    JobError::fail(failure(FailureCause::StorageFull, STORAGE_FULL))
}

/// Deletes a partial file. One that cannot be deleted now is swept later.
pub async fn remove(part: &std::path::Path) {
    if let Err(error) = tokio::fs::remove_file(part).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a half-arrived file could not be removed");
    }
}

/// Internal error during a transfer: logged in full, reported briefly.
pub fn fault(error: impl Into<Error>) -> JobError {
    let error = error.into();
    if error.is_bucket_away() {
        tracing::warn!(%error, "a transfer waits for the bucket");
        let after = AWAY.equal_jitter(0, rand::random());
        return JobError::Unavailable { why: BUCKET_AWAY.to_owned(), after };
    }
    tracing::warn!(%error, "a transfer met a fault");
    JobError::retry("Something broke on our side.")
}
