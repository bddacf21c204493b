//! Running processes with their heartbeats, and the name of the installation that they belong to.

pub const UP: &str = "
CREATE TABLE process (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    role TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at {real} NOT NULL,
    seen_at {real} NOT NULL,
    connections BIGINT NOT NULL,
    slots BIGINT NOT NULL,
    free_bytes BIGINT
);
CREATE TABLE installation (id TEXT PRIMARY KEY);
";

/// One row, for good.
pub const NAME_SQLITE: &str = "INSERT INTO installation (id) VALUES (lower(hex(randomblob(8))));";
pub const NAME_POSTGRES: &str =
    "INSERT INTO installation (id) VALUES (substr(replace(gen_random_uuid()::text, '-', ''), 1, 16));";
