//! What a person has of their limits is counted for every download that is asked for: off an index, without the rows.

pub const UP: &str = "
CREATE INDEX download_kept ON download (user_id, status, bytes_total);
CREATE INDEX download_asked ON download (user_id, created_at, status);
";
