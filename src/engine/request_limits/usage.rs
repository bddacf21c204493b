//! Requests per day, written behind: a process that starts anew continues to count where another one ended.

use chrono::TimeDelta;

use super::limiter::day_of;
use crate::db::usage as rows;
use crate::engine::{Engine, Result};

/// Writes the requests that were counted since the last time, and frees the memory of idle identities.
pub async fn flush(engine: &Engine) -> Result<()> {
    let limiter = &engine.request_limiter;
    limiter.remove_idle(engine.now().timestamp_micros());
    let mut unwritten = limiter.take_unwritten();
    if unwritten.is_empty() {
        return Ok(());
    }
    let written = write(engine, &unwritten).await;
    if written.is_err() {
        let yesterday = day_of(engine.now().timestamp_micros()) - 1;
        // Bounded, however long the database is away.
        unwritten.retain(|(_, _, day), _| *day >= yesterday);
        limiter.return_unwritten(unwritten);
    }
    written
}

async fn write(
    engine: &Engine,
    all: &std::collections::HashMap<super::limiter::UsageKey, i64>,
) -> Result<()> {
    let mut all: Vec<_> = all.iter().collect();
    // In one order, so that two processes do not wait for each other's rows.
    all.sort();
    let work = engine.begin().await?;
    for ((owner, key, day), n) in all {
        rows::add(&*work, *owner, *key, *day, *n).await?;
    }
    work.commit().await
}

/// Deletes the requests of days before yesterday.
pub async fn tidy(engine: &Engine) -> Result<()> {
    let yesterday = (engine.now() - TimeDelta::days(1)).timestamp_micros();
    rows::delete_before(&engine.db, day_of(yesterday)).await?;
    Ok(())
}
