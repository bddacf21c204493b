//! User accounts, sessions and preferences.

pub const UP: &str = "
CREATE TABLE account (
    id {id},
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    is_admin BOOLEAN NOT NULL DEFAULT FALSE,
    preferences TEXT NOT NULL,
    event_seq BIGINT NOT NULL DEFAULT 0,
    created_at {time} NOT NULL
);
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX session_owner ON session (user_id);
";
