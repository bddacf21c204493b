//! An index off which a user's limits are counted for every download that is asked for, without the rows.

pub const UP: &str = "
CREATE INDEX download_kept ON download (user_id, status, bytes_total);
CREATE INDEX download_asked ON download (user_id, created_at, status);
";
