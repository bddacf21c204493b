//! The file or page of an item: its type, the content that is wanted, and the time from which bytes of its address are its own.

/// Feeds are read once more, so that a choice is made for every item that they still hold.
pub const UP: &str = "
ALTER TABLE item ADD COLUMN media_type TEXT;
ALTER TABLE item ADD COLUMN wanted TEXT NOT NULL DEFAULT 'attachment';
ALTER TABLE item ADD COLUMN media_since {time};
UPDATE item SET wanted = 'page', media_type = 'text/html' WHERE media_url = url;
UPDATE source SET etag = NULL, last_modified = NULL;
";
