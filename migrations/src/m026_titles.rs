//! Title of a download as of its request, whatever becomes of its item.

pub const UP: &str = "
ALTER TABLE download ADD COLUMN title TEXT NOT NULL DEFAULT '';
UPDATE download SET title = (SELECT i.title FROM item i WHERE i.id = download.item_id);
";
