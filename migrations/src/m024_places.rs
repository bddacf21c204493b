//! Search index in which words of titles and names appear once more with a marker in front, and so do the
//! sources of items, so that the index itself knows which field a hit is in. A job indexes everything again.

/// Larger segments, merged less often: inserts cost a third less, searches read a few more segments.
pub const SQLITE: &str = "
DROP TRIGGER item_text_goes;
DROP TABLE item_text;
CREATE VIRTUAL TABLE item_text USING fts5(
    words, content='', contentless_delete=1, prefix='3 4 5', tokenize='unicode61 remove_diacritics 0'
);
INSERT INTO item_text (item_text, rank) VALUES ('hashsize', 4194304);
INSERT INTO item_text (item_text, rank) VALUES ('automerge', 8);
CREATE TRIGGER item_text_goes AFTER DELETE ON item BEGIN
    DELETE FROM item_text WHERE rowid = old.id;
END;
DROP TRIGGER source_text_goes;
DROP TABLE source_text;
CREATE VIRTUAL TABLE source_text USING fts5(
    words, content='', contentless_delete=1, prefix='3', tokenize='unicode61 remove_diacritics 0'
);
CREATE TRIGGER source_text_goes AFTER DELETE ON source BEGIN
    DELETE FROM source_text WHERE rowid = old.id;
END;
";

/// Small pending list of GIN: every search has to scan the entries that are not merged into the index yet.
pub const POSTGRES: &str = "
TRUNCATE item_text, source_text;
ALTER INDEX item_text_words SET (gin_pending_list_limit = 1024);
";
