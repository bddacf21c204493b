//! Request limits: those that an administrator set for a user, and the requests that were counted.

// A row of `request_limit` has limits, the time of the last reset, or both. `usage.key_id` is 0 for the
// requests of sessions, and `usage.day` counts days from 1970-01-01 (UTC).
pub const UP: &str = "
CREATE TABLE request_limit (
    user_id BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    minute BIGINT,
    hour BIGINT,
    day BIGINT,
    hard_percent BIGINT,
    reset_at {time}
);
CREATE TABLE usage (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    key_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (user_id, key_id, day)
);
CREATE INDEX usage_day ON usage (day);
";
