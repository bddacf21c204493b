//! Exports of all that the server knows of a user, as files in the storage.

// One export per user: a new one replaces the last.
pub const UP: &str = "
CREATE TABLE account_export (
    user_id BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    requested_at {time} NOT NULL,
    ready_at {time},
    expires_at {time},
    sha256 TEXT REFERENCES blob (sha256),
    bytes BIGINT
);
CREATE INDEX account_export_blob ON account_export (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX account_export_expiry ON account_export (expires_at) WHERE expires_at IS NOT NULL;
";
