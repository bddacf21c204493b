//! Bundles that the peer has applied as a whole.

// Of a bundle that was sent: its volumes on a medium may be deleted.
pub const UP: &str = "
ALTER TABLE bundle ADD COLUMN is_applied BOOLEAN NOT NULL DEFAULT FALSE;
";
