//! Older pages of feeds: which were read, and the next one.

pub const UP: &str = "
ALTER TABLE source ADD COLUMN older_url TEXT;
ALTER TABLE source ADD COLUMN older_ended BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE feed_page (
    source_id BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    read_at {time} NOT NULL,
    PRIMARY KEY (source_id, url)
);
";
