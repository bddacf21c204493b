//! Pictures of other servers, by their address, and the files that are kept of each.

/// Without a `hash`, a picture is still wanted, or it failed with an `error`. `next_attempt_at` is the time
/// of the next request: the first one, a retry, or a check for a newer picture.
pub const UP: &str = "
CREATE TABLE picture (
    address TEXT PRIMARY KEY,
    hash TEXT,
    error TEXT,
    failures BIGINT NOT NULL DEFAULT 0,
    next_attempt_at {time} NOT NULL,
    used_at {time} NOT NULL
);
CREATE INDEX picture_due ON picture (next_attempt_at);
CREATE INDEX picture_hash ON picture (hash);
CREATE INDEX picture_used ON picture (used_at);
CREATE TABLE picture_file (
    hash TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES blob (sha256),
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    PRIMARY KEY (hash, size)
);
CREATE INDEX picture_file_blob ON picture_file (sha256);
";
