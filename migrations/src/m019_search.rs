//! Full-text index of items: FTS5 on SQLite, a text search vector on PostgreSQL.

/// Contentless: results are read from the items.
pub const SQLITE: &str = "
CREATE VIRTUAL TABLE item_text USING fts5(
    title, body, source, content='', contentless_delete=1, prefix='3', tokenize='unicode61 remove_diacritics 0'
);
CREATE TRIGGER item_text_goes AFTER DELETE ON item BEGIN
    DELETE FROM item_text WHERE rowid = old.id;
END;
";

pub const POSTGRES: &str = "
CREATE TABLE item_text (
    item_id BIGINT PRIMARY KEY REFERENCES item (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL
);
CREATE INDEX item_text_words ON item_text USING GIN (words);
";
