//! Retention and eviction: pins, the last use, and a log of evictions.

pub const UP: &str = "
ALTER TABLE download ADD COLUMN pinned BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE download ADD COLUMN last_used_at {time};
ALTER TABLE download ADD COLUMN played_at {time};
UPDATE download SET last_used_at = ready_at WHERE status = 'ready';
CREATE TABLE eviction (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    download_id BIGINT REFERENCES download (id) ON DELETE SET NULL,
    title TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at {time} NOT NULL
);
CREATE INDEX eviction_owner ON eviction (user_id, id);
CREATE INDEX eviction_download ON eviction (download_id);
";
