//! Names that users choose to be shown, and what tells a user's sessions apart.

// The table of sessions is made anew, because SQLite adds no key to a table. A process of the version before
// may still write to it, so the new columns have defaults.
pub const UP: &str = "
ALTER TABLE account ADD COLUMN display_name TEXT;
CREATE TABLE session_with_id (
    id {id},
    token_hash TEXT NOT NULL UNIQUE,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    last_seen_at {time},
    user_agent TEXT NOT NULL DEFAULT '',
    network TEXT NOT NULL DEFAULT ''
);
INSERT INTO session_with_id (token_hash, user_id, created_at, expires_at)
    SELECT token_hash, user_id, created_at, expires_at FROM session ORDER BY created_at;
DROP TABLE session;
ALTER TABLE session_with_id RENAME TO session;
CREATE INDEX session_owner ON session (user_id, id);
";
