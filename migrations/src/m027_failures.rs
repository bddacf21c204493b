//! Addresses whose bytes could not be had: how many rounds failed in a row, and when the next is due.

/// Downloads that failed before there was a schedule are tried once more.
pub const UP: &str = "
CREATE TABLE media_failure (
    url TEXT PRIMARY KEY,
    schedule TEXT NOT NULL,
    rounds BIGINT NOT NULL,
    next_attempt_at {time} NOT NULL
);
CREATE INDEX download_retry ON download (next_attempt_at) WHERE status = 'failed';
UPDATE download SET next_attempt_at = created_at WHERE status = 'failed';
";
