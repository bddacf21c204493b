//! Indexes for lists and searches of a million items, one for each filter.

pub const UP: &str = "
CREATE INDEX item_of_source ON item (source_id, id);
CREATE INDEX item_place ON item (id, source_id);
CREATE INDEX item_latest ON item (source_id, COALESCE(published_at, first_seen_at), id);
CREATE INDEX item_dated ON item (COALESCE(published_at, first_seen_at), id);
CREATE INDEX item_available ON item (availability, id);
CREATE INDEX item_length ON item (duration_seconds, id) WHERE duration_seconds IS NOT NULL;
CREATE INDEX item_size ON item (media_bytes, id) WHERE media_bytes IS NOT NULL;
CREATE INDEX item_retry ON item (next_retry_at) WHERE availability = 'unavailable';
CREATE INDEX subscription_owner ON subscription (user_id, id);
";

/// On SQLite the words include the item's source, so that a search within one source does not read all hits
/// of a word, and prefixes of up to five letters. Items are found again once the job that indexes them
/// reaches them.
pub const WORDS_SQLITE: &str = "
DROP TRIGGER item_text_goes;
DROP TABLE item_text;
CREATE VIRTUAL TABLE item_text USING fts5(
    title, body, source, source_id, content='', contentless_delete=1, prefix='3 4 5',
    tokenize='unicode61 remove_diacritics 0'
);
CREATE TRIGGER item_text_goes AFTER DELETE ON item BEGIN
    DELETE FROM item_text WHERE rowid = old.id;
END;
";

pub const WORDS_POSTGRES: &str = "SELECT 1";
