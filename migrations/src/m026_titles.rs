//! Downloads keep the title that they were asked for under, whatever becomes of their item.

pub const UP: &str = "
ALTER TABLE download ADD COLUMN title TEXT NOT NULL DEFAULT '';
UPDATE download SET title = (SELECT i.title FROM item i WHERE i.id = download.item_id);
";
