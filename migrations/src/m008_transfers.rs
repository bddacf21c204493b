//! State of a transfer in progress, so that another worker can resume it where it stopped.

pub const UP: &str = "
CREATE TABLE transfer (
    url TEXT PRIMARY KEY,
    tries BIGINT NOT NULL DEFAULT 0,
    furthest BIGINT NOT NULL DEFAULT 0,
    part TEXT,
    etag TEXT,
    bytes_total BIGINT,
    content_type TEXT,
    synced BIGINT NOT NULL DEFAULT 0,
    boot TEXT,
    sha256 TEXT,
    mime_type TEXT,
    updated_at {time} NOT NULL
);
";
