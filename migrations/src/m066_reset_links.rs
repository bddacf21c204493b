//! Links by which users choose a new password, made by administrators.

// One link per user: a new one replaces the last. `made_by` is empty for the command line.
pub const UP: &str = "
CREATE TABLE reset_link (
    user_id BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    made_by BIGINT REFERENCES account (id) ON DELETE SET NULL,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX reset_link_maker ON reset_link (made_by) WHERE made_by IS NOT NULL;
";
