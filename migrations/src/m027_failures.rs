//! Failed addresses: number of failed rounds in a row, and when the next one is due (back-off).

/// Downloads that failed before this schedule existed are retried once.
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
