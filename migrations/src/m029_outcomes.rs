//! Serials, dismissed items, run numbers per user, outcomes of runs, and waits within a turn.

/// Podcasts are read in full once more, so that `itunes:type` becomes known for feeds that answer 304.
pub const UP: &str = "
ALTER TABLE source ADD COLUMN is_serial BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE source SET etag = NULL, last_modified = NULL WHERE kind = 'podcast';
CREATE TABLE dismissal (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (user_id, item_id)
);
CREATE INDEX dismissal_item ON dismissal (item_id);
ALTER TABLE run ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
UPDATE run SET number = (SELECT COUNT(*) FROM run r WHERE r.user_id = run.user_id AND r.id <= run.id);
ALTER TABLE run ADD COLUMN outcome TEXT;
CREATE TABLE run_wait (
    run_id BIGINT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    turn BIGINT NOT NULL,
    seconds BIGINT NOT NULL
);
CREATE INDEX run_wait_run ON run_wait (run_id);
";
