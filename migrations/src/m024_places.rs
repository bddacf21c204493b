//! Words of titles and names stand in the search once more, with a sign before them, and so do the sources of items: where
//! a hit stands is asked of the index. Everything is indexed anew by a job.

/// Larger pieces that are merged less often: items come in at two thirds of the cost, for a few more places to look.
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

/// What has just come and is not in its place in the index yet is read by every search: little of it, then.
pub const POSTGRES: &str = "
TRUNCATE item_text, source_text;
ALTER INDEX item_text_words SET (gin_pending_list_limit = 1024);
";
