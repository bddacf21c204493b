//! Words of items and sources, to be indexed again by `IndexItems`: character references are decoded in full,
//! so that `caf&eacute;` is found as a word.

pub const SQLITE: &str = "
INSERT INTO item_text (item_text) VALUES ('delete-all');
INSERT INTO source_text (source_text) VALUES ('delete-all');
";

pub const POSTGRES: &str = "TRUNCATE item_text, source_text";
