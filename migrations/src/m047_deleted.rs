//! Deleted downloads and subscriptions, as they were, for a short time in which the deletion can be undone.

// Without a foreign key to the blob: it may be lost meanwhile, and its bytes are then fetched again.
pub const UP: &str = "
CREATE TABLE deleted_download (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    run_id BIGINT REFERENCES run (id) ON DELETE SET NULL,
    media_url TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    bytes_total BIGINT,
    bytes_done BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT,
    next_attempt_at {time},
    sha256 TEXT,
    mime_type TEXT,
    provider TEXT,
    created_at {time} NOT NULL,
    ready_at {time},
    expires_at {time},
    pinned BOOLEAN NOT NULL,
    last_used_at {time},
    played_at {time},
    priority BIGINT NOT NULL,
    deleted_at {time} NOT NULL
);
CREATE INDEX deleted_download_owner ON deleted_download (user_id, deleted_at);
CREATE INDEX deleted_download_item ON deleted_download (item_id);
CREATE INDEX deleted_download_run ON deleted_download (run_id);
CREATE INDEX deleted_download_blob ON deleted_download (sha256);
CREATE TABLE deleted_subscription (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    source_id BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    priority BIGINT NOT NULL,
    rules TEXT,
    ahead_items BIGINT NOT NULL,
    ahead_mb BIGINT NOT NULL,
    created_at {time} NOT NULL,
    deleted_at {time} NOT NULL
);
CREATE INDEX deleted_subscription_owner ON deleted_subscription (user_id, deleted_at);
CREATE INDEX deleted_subscription_source ON deleted_subscription (source_id);
";
