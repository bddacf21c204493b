//! Sliding-window rate limits in the database, which survive restarts and count for all processes together.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::{Engine, Error, Result};
use crate::db::rate_limits;
use crate::domain::Refusal;

/// At most `hits` requests of one subject within any `window`.
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    pub name: &'static str,
    pub hits: usize,
    pub window: TimeDelta,
}

/// A counted request.
#[derive(Debug)]
pub struct Hit {
    key: String,
    at: i64,
    /// Requests within the window, with this one.
    pub count: usize,
}

impl RateLimit {
    /// Counts a request before it is served, so that requests made at the same time count too.
    ///
    /// # Errors
    /// `Refusal::RateLimited` with the seconds until the oldest request leaves the window.
    pub async fn take(&self, engine: &Engine, subject: &str) -> Result<Hit> {
        let hit = self.count(engine, subject).await;
        if let Ok(_) | Err(Error::Refused(_)) = hit {
            engine.metrics.decided(self.name, hit.is_ok());
        }
        hit
    }

    async fn count(&self, engine: &Engine, subject: &str) -> Result<Hit> {
        let (key, now) = (self.key(subject), engine.now());
        let at = now.timestamp_micros();
        // Checked without a lock first, because a refusal must cost less than the refused work.
        self.refuse_if_full(rate_limits::hits(&engine.db, &key).await?, at)?;
        let work = engine.begin().await?;
        let mut hits = self.refuse_if_full(rate_limits::lock(&*work, &key, now).await?, at)?;
        hits.push(at);
        rate_limits::replace(&*work, &key, &hits, now + self.window).await?;
        work.commit().await?;
        Ok(Hit { key, at, count: hits.len() })
    }

    /// Returns the requests within the window, or a refusal if the limit is reached.
    fn refuse_if_full(&self, mut hits: Vec<i64>, now: i64) -> Result<Vec<i64>> {
        let window = self.window.num_microseconds().unwrap_or(i64::MAX);
        hits.retain(|at| now.saturating_sub(*at) < window);
        let Some(first) = hits.len().checked_sub(self.hits).and_then(|first| hits.get(first)) else {
            return Ok(hits);
        };
        let left = first.saturating_add(window).saturating_sub(now) / 1_000_000 + 1;
        Err(Refusal::RateLimited { seconds: u32::try_from(left).unwrap_or(u32::MAX) }.into())
    }

    /// Returns the key of the counter. Hashed, because the name field of a sign-in
    /// sometimes holds a password.
    fn key(&self, subject: &str) -> String {
        format!("{}:{}", self.name, hex::encode(Sha256::digest(subject)))
    }
}

impl Hit {
    /// Removes the request from the count.
    pub async fn give_back(self, engine: &Engine) -> Result<()> {
        let now = engine.now();
        let work = engine.begin().await?;
        let mut hits = rate_limits::lock(&*work, &self.key, now).await?;
        if let Some(index) = hits.iter().position(|at| *at == self.at) {
            hits.remove(index);
        }
        // The row may outlive its hits: housekeeping removes it a day later at the latest.
        rate_limits::replace(&*work, &self.key, &hits, now + TimeDelta::days(1)).await?;
        work.commit().await
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::testing::TestEngine;
    use both_databases::both_databases;

    const THREE: RateLimit = RateLimit { name: "test", hits: 3, window: TimeDelta::hours(1) };

    fn seconds(error: Error) -> u32 {
        match error {
            Error::Refused(Refusal::RateLimited { seconds }) => seconds,
            other => panic!("{other}"),
        }
    }

    #[both_databases]
    async fn no_window_holds_more_than_the_limit(t: &TestEngine) {
        for _ in 0..3 {
            THREE.take(&t.engine, "ada").await.unwrap();
            t.clock.advance(TimeDelta::minutes(10));
        }
        let refused = THREE.take(&t.engine, "ada").await.expect_err("the fourth");
        assert_eq!(seconds(refused), 30 * 60 + 1);
        THREE.take(&t.engine, "grace").await.unwrap();
        t.clock.advance(TimeDelta::minutes(30));
        THREE.take(&t.engine, "ada").await.unwrap();
        assert!(THREE.take(&t.engine, "ada").await.is_err(), "the first alone has left the window");
    }

    #[both_databases]
    async fn requests_at_the_same_time_count_too(t: &TestEngine) {
        let all = (0..20).map(|_| THREE.take(&t.engine, "ada"));
        let taken = futures::future::join_all(all).await;
        assert_eq!(taken.iter().filter(|one| one.is_ok()).count(), 3);
    }

    #[both_databases]
    async fn what_is_given_back_does_not_count(t: &TestEngine) {
        for _ in 0..10 {
            THREE.take(&t.engine, "ada").await.unwrap().give_back(&t.engine).await.unwrap();
        }
    }

    #[both_databases]
    async fn rows_go_when_their_window_has_passed(t: &TestEngine) {
        THREE.take(&t.engine, "ada").await.unwrap();
        t.clock.advance(TimeDelta::hours(2));
        assert_eq!(rate_limits::delete_expired(&t.engine.db, t.engine.now()).await.unwrap(), 1);
    }
}
