//! Indexes for the orders of item lists: by publication date, clamped to when the item was first seen, and by
//! length. Statements sort by these exact expressions.

pub const UP: &str = "
CREATE INDEX item_listed ON item (
    (CASE WHEN published_at < first_seen_at THEN published_at ELSE first_seen_at END), id, source_id
);
CREATE INDEX item_listed_of_source ON item (
    source_id, (CASE WHEN published_at < first_seen_at THEN published_at ELSE first_seen_at END), id
);
CREATE INDEX item_listed_available ON item (
    availability, (CASE WHEN published_at < first_seen_at THEN published_at ELSE first_seen_at END), id
);
CREATE INDEX item_longest ON item ((COALESCE(duration_seconds, -1)), id);
CREATE INDEX item_shortest ON item ((COALESCE(duration_seconds, 9000000000)), id);
DROP INDEX item_dated;
DROP INDEX item_length;
DROP INDEX item_available;
";
