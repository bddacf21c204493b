//! Arithmetic of request limits: soft ones are promised, hard ones enforced. The engine keeps the counters.

use serde::{Deserialize, Serialize};

use super::account::AccountRole;
use super::refusal::{Complaints, Refusal};
use super::words::words;
use super::{ApiKeyId, DateTime, TimeDelta, UserId, Utc};

words! {
    LimitWindow {
        /// Sliding: a rate with a burst (GCRA).
        Minute = "minute",
        /// From one full hour to the next (UTC).
        Hour = "hour",
        /// From one midnight to the next (UTC).
        Day = "day",
    }
}

impl LimitWindow {
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    fn micros(self) -> i64 {
        self.seconds() * 1_000_000
    }
}

/// Largest limit that can be set.
pub const MAX_REQUESTS: i64 = 1_000_000;
/// Hard limits in percent of the soft ones, unless set otherwise.
pub const HARD_PERCENT: i64 = 120;
const MAX_HARD_PERCENT: i64 = 1_000;

/// Requests that are promised per minute, hour and day. Requests beyond `hard_percent` of them are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RequestLimits {
    pub minute: i64,
    pub hour: i64,
    pub day: i64,
    #[serde(default = "hard_percent")]
    pub hard_percent: i64,
}

fn hard_percent() -> i64 {
    HARD_PERCENT
}

impl RequestLimits {
    /// Limits of users, unless set otherwise.
    pub const USER: Self = Self { minute: 120, hour: 2_000, day: 20_000, hard_percent: HARD_PERCENT };
    /// Limits of a network without a credential, unless set otherwise.
    pub const STRANGER: Self = Self { minute: 60, hour: 600, day: 6_000, hard_percent: HARD_PERCENT };

    /// # Errors
    /// Invalid with the fields that are out of range.
    pub fn check(self) -> Result<Self, Refusal> {
        let mut complaints = Complaints::default();
        for (field, limit) in [("minute", self.minute), ("hour", self.hour), ("day", self.day)] {
            complaints.check(
                (1..=MAX_REQUESTS).contains(&limit),
                field,
                "Give a number from 1 to 1,000,000.",
            );
        }
        let is_possible = (100..=MAX_HARD_PERCENT).contains(&self.hard_percent);
        complaints.check(is_possible, "hard_percent", "Give a number from 100 to 1,000.");
        complaints.finish().map(|()| self)
    }

    pub fn soft(&self, window: LimitWindow) -> i64 {
        match window {
            LimitWindow::Minute => self.minute,
            LimitWindow::Hour => self.hour,
            LimitWindow::Day => self.day,
        }
    }

    pub fn hard(&self, window: LimitWindow) -> i64 {
        (self.soft(window) * self.hard_percent + 99) / 100
    }

    /// Microseconds after which the minute's rate allows another request (emission interval).
    pub fn interval(&self) -> i64 {
        LimitWindow::Minute.micros() / self.hard(LimitWindow::Minute)
    }
}

/// Counters of one identity at the time `at`. All times are microseconds since 1970-01-01 (UTC).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestCounts {
    pub at: i64,
    /// Time at which the minute's rate is used up to nothing (GCRA's theoretical arrival time).
    pub tat: i64,
    /// Emission interval of `tat`. Under another limit the minute begins anew.
    pub interval: i64,
    pub hour: i64,
    pub day: i64,
}

impl RequestCounts {
    /// The counters at a later time: a window that has ended is empty.
    pub fn at(self, now: i64) -> Self {
        let now = now.max(self.at);
        let left =
            |window: LimitWindow, n| if now / window.micros() == self.at / window.micros() { n } else { 0 };
        Self {
            at: now,
            tat: self.tat.max(now),
            interval: self.interval,
            hour: left(LimitWindow::Hour, self.hour),
            day: left(LimitWindow::Day, self.day),
        }
    }

    fn under(self, limits: &RequestLimits) -> Self {
        let interval = limits.interval();
        Self { tat: if self.interval == interval { self.tat } else { self.at }, interval, ..self }
    }

    /// Counts a request, unless a hard limit is reached: a refused request counts nowhere.
    ///
    /// # Errors
    /// The window whose limit is reached.
    pub fn take(&mut self, limits: &RequestLimits, now: i64) -> Result<(), LimitWindow> {
        *self = self.at(now).under(limits);
        let tat = self.tat + limits.interval();
        if tat - self.at > limits.interval() * limits.hard(LimitWindow::Minute) {
            return Err(LimitWindow::Minute);
        }
        if self.hour >= limits.hard(LimitWindow::Hour) {
            return Err(LimitWindow::Hour);
        }
        if self.day >= limits.hard(LimitWindow::Day) {
            return Err(LimitWindow::Day);
        }
        *self = Self { tat, hour: self.hour + 1, day: self.day + 1, ..*self };
        Ok(())
    }

    /// Requests that count against a window.
    pub fn used(&self, limits: &RequestLimits, window: LimitWindow) -> i64 {
        let interval = limits.interval();
        match window {
            LimitWindow::Minute => ((self.under(limits).tat - self.at + interval - 1) / interval).max(0),
            LimitWindow::Hour => self.hour,
            LimitWindow::Day => self.day,
        }
    }

    /// Time at which a window is empty again.
    pub fn resets_at(&self, window: LimitWindow) -> i64 {
        match window {
            LimitWindow::Minute => self.tat,
            _ => (self.at / window.micros() + 1) * window.micros(),
        }
    }

    /// Microseconds until a request is served that this window refuses now.
    pub fn wait(&self, limits: &RequestLimits, window: LimitWindow) -> i64 {
        let wait = match window {
            LimitWindow::Minute => {
                let interval = limits.interval();
                self.under(limits).tat + interval - interval * limits.hard(window) - self.at
            }
            _ => self.resets_at(window) - self.at,
        };
        wait.max(0)
    }

    /// Use of each window, as shown.
    pub fn uses(&self, limits: &RequestLimits) -> Vec<WindowUse> {
        let of = |window: &LimitWindow| WindowUse {
            window: *window,
            used: self.used(limits, *window),
            soft: limits.soft(*window),
            hard: limits.hard(*window),
            resets_at: time(self.resets_at(*window)),
        };
        LimitWindow::ALL.iter().map(of).collect()
    }
}

/// Time of so many microseconds, in whole seconds rounded up.
pub fn time(micros: i64) -> DateTime<Utc> {
    let seconds = (micros + 999_999) / 1_000_000;
    DateTime::UNIX_EPOCH + TimeDelta::try_seconds(seconds).unwrap_or_default()
}

/// Use of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowUse {
    pub window: LimitWindow,
    pub used: i64,
    /// Requests that are promised.
    pub soft: i64,
    /// Requests beyond which more are refused.
    pub hard: i64,
    /// Time at which nothing of the window is used any more.
    pub resets_at: DateTime<Utc>,
}

/// Use of an API key, which has counters of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyUse {
    pub id: ApiKeyId,
    pub name: String,
    pub windows: Vec<WindowUse>,
}

/// Request limits of a user, and their use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserLimits {
    pub user_id: UserId,
    pub username: String,
    pub role: AccountRole,
    /// Null if the user's requests are not limited.
    pub limits: Option<RequestLimits>,
    /// Whether an administrator set the limits for this user. Otherwise they are those of the role.
    pub is_override: bool,
    /// Use by all sessions of the user together. Empty without limits.
    pub windows: Vec<WindowUse>,
    /// Keys that work.
    pub api_keys: Vec<KeyUse>,
}

#[cfg(test)]
mod tests;
