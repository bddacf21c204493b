//! Metadata of feeds beyond a name, and how to poll them.

pub const UP: &str = "
ALTER TABLE source ADD COLUMN moved_to TEXT;
ALTER TABLE source ADD COLUMN moved_times BIGINT NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN hints TEXT NOT NULL DEFAULT '{}';
ALTER TABLE source ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
ALTER TABLE source ADD COLUMN max_age_seconds BIGINT;
ALTER TABLE source ADD COLUMN last_asked_at {time};
ALTER TABLE item ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
";
