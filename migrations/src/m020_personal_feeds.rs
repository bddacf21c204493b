//! Feed of each user's prepared items, for other programs.

pub const UP: &str = "
CREATE TABLE personal_feed (
    user_id BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    created_at {time} NOT NULL,
    last_read_at {time}
);
";
