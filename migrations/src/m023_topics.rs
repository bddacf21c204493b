//! Topics of items, and a full-text index of sources. A job indexes items again, with their topics.

pub const SQLITE: &str = "
ALTER TABLE item ADD COLUMN topics TEXT NOT NULL DEFAULT '[]';
DELETE FROM item_text;
CREATE VIRTUAL TABLE source_text USING fts5(
    title, body, source, source_id, content='', contentless_delete=1, prefix='3',
    tokenize='unicode61 remove_diacritics 0'
);
CREATE TRIGGER source_text_goes AFTER DELETE ON source BEGIN
    DELETE FROM source_text WHERE rowid = old.id;
END;
";

pub const POSTGRES: &str = "
ALTER TABLE item ADD COLUMN topics TEXT NOT NULL DEFAULT '[]';
DELETE FROM item_text;
CREATE TABLE source_text (
    source_id BIGINT PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL
);
CREATE INDEX source_text_words ON source_text USING GIN (words);
";
