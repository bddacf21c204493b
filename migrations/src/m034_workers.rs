//! Processes that do background work, with a heartbeat so that a missing one is noticed.

pub const UP: &str = "
CREATE TABLE worker (
    id TEXT PRIMARY KEY,
    started_at {real} NOT NULL,
    seen_at {real} NOT NULL
);
";
