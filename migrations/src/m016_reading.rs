//! What pages and transcripts hold for a reader, by the hash or the address of what it was taken from.

pub const UP: &str = "
CREATE TABLE reading (
    origin TEXT PRIMARY KEY,
    title TEXT,
    byline TEXT,
    html TEXT NOT NULL,
    words BIGINT NOT NULL,
    made_at {time} NOT NULL
);
";
