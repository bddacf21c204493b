//! Priority of downloads, and commute windows. An index serves the counts for limits.

pub const UP: &str = "
ALTER TABLE download ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
CREATE INDEX download_use ON download (user_id, status, created_at, bytes_total);
CREATE TABLE commute_window (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    starts TEXT NOT NULL,
    ends TEXT NOT NULL,
    days TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at {time} NOT NULL
);
CREATE INDEX commute_window_owner ON commute_window (user_id, id);
";
