//! Names that users choose to be shown, and what tells a user's sessions apart.

// The table of sessions is made anew, because SQLite adds no key to a table. A process of the version before
// may still write to it, so the new columns have defaults, and it is renamed first: that locks it on
// PostgreSQL, so that no sign-out is lost between copy and removal.
pub const UP: &str = "
ALTER TABLE account ADD COLUMN display_name TEXT;
ALTER TABLE session RENAME TO session_before;
CREATE TABLE session (
    id {id},
    token_hash TEXT NOT NULL UNIQUE,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    last_seen_at {time},
    user_agent TEXT NOT NULL DEFAULT '',
    network TEXT NOT NULL DEFAULT ''
);
INSERT INTO session (token_hash, user_id, created_at, expires_at)
    SELECT token_hash, user_id, created_at, expires_at FROM session_before ORDER BY created_at;
DROP TABLE session_before;
CREATE INDEX session_owner ON session (user_id, id);
";
