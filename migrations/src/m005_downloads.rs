//! Downloads, the blobs they share, and the addresses of those blobs.

pub const UP: &str = "
CREATE TABLE blob (
    sha256 TEXT PRIMARY KEY,
    bytes BIGINT NOT NULL,
    mime_type TEXT NOT NULL,
    created_at {time} NOT NULL
);
CREATE TABLE media (
    url TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL REFERENCES blob (sha256),
    fetched_at {time} NOT NULL
);
CREATE INDEX media_blob ON media (sha256);
CREATE TABLE download (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    run_id BIGINT REFERENCES run (id) ON DELETE SET NULL,
    media_url TEXT NOT NULL,
    status TEXT NOT NULL,
    bytes_total BIGINT,
    bytes_done BIGINT NOT NULL DEFAULT 0,
    speed_bps BIGINT,
    eta_seconds BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    error TEXT,
    next_attempt_at {time},
    sha256 TEXT REFERENCES blob (sha256),
    mime_type TEXT,
    provider TEXT,
    created_at {time} NOT NULL,
    ready_at {time},
    expires_at {time},
    UNIQUE (user_id, item_id)
);
CREATE INDEX download_owner ON download (user_id, id);
CREATE INDEX download_media ON download (media_url, status);
CREATE INDEX download_blob ON download (sha256);
CREATE INDEX download_run ON download (run_id);
";
