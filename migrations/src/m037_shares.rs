//! Covering indexes for counting a user's limits at every request for a download, without reading the rows.

pub const UP: &str = "
CREATE INDEX download_kept ON download (user_id, status, bytes_total);
CREATE INDEX download_asked ON download (user_id, created_at, status);
";
