//! Rate limits that hold across restarts and processes.

pub const UP: &str = "
CREATE TABLE rate_limit (
    key TEXT PRIMARY KEY,
    hits TEXT NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX rate_limit_expiry ON rate_limit (expires_at);
";
