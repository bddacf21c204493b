//! Readable text of pages and transcripts, by the hash or the address of its origin.

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
