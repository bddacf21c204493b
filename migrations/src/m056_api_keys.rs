//! API keys of users, for programs that have no session, and a kind of notification about their end.

// A request finds a key by `public_id`, the part of it that is shown. `hash` is the SHA-256 of the whole key.
// Channels that get all kinds of notifications get the new kind, too.
pub const UP: &str = r#"
CREATE TABLE api_key (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    public_id TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    last_used_at {time},
    last_used_from TEXT NOT NULL DEFAULT '',
    revoked_at {time},
    warned_at {time}
);
CREATE INDEX api_key_owner ON api_key (user_id, id);
CREATE INDEX api_key_expiry ON api_key (expires_at);
UPDATE channel SET kinds = REPLACE(kinds, ']', ',"key_expires"]')
    WHERE kinds = '["run_ended","approval_needed","download_ready","download_failed","download_removed","download_lost","source_gone","announcement","commute_reminder"]';
"#;
