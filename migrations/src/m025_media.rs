//! File or page of an item: type, required content, and the time since which its address's bytes belong to
//! it.

/// Feeds are read in full once more, so that a choice is made for every item that they still contain.
pub const UP: &str = "
ALTER TABLE item ADD COLUMN media_type TEXT;
ALTER TABLE item ADD COLUMN wanted TEXT NOT NULL DEFAULT 'attachment';
ALTER TABLE item ADD COLUMN media_since {time};
UPDATE item SET wanted = 'page', media_type = 'text/html' WHERE media_url = url;
UPDATE source SET etag = NULL, last_modified = NULL;
";
