//! Names and revisions of sources and items that hold on every node, and tombstones of deleted sources.

// `key` is a UUID of 32 hexadecimal digits. `rev` of an item is that of its source at its last change. `home`
// is the node of an account from another node.
pub const SQLITE: &str = "
ALTER TABLE source ADD COLUMN key TEXT;
ALTER TABLE source ADD COLUMN rev BIGINT NOT NULL DEFAULT 1;
ALTER TABLE item ADD COLUMN key TEXT;
ALTER TABLE item ADD COLUMN rev BIGINT NOT NULL DEFAULT 1;
UPDATE source SET key = lower(hex(randomblob(16)));
UPDATE item SET key = lower(hex(randomblob(16)));
ALTER TABLE account ADD COLUMN home TEXT;
CREATE UNIQUE INDEX source_key ON source (key);
CREATE UNIQUE INDEX item_key ON item (key);
CREATE INDEX item_revision ON item (source_id, rev, id);
CREATE TABLE tombstone (
    source_key TEXT PRIMARY KEY,
    deleted_at TEXT NOT NULL
);
CREATE INDEX tombstone_age ON tombstone (deleted_at);
";

pub const POSTGRES: &str = "
ALTER TABLE source ADD COLUMN key TEXT NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '');
ALTER TABLE source ADD COLUMN rev BIGINT NOT NULL DEFAULT 1;
ALTER TABLE item ADD COLUMN key TEXT NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '');
ALTER TABLE item ADD COLUMN rev BIGINT NOT NULL DEFAULT 1;
ALTER TABLE account ADD COLUMN home TEXT;
CREATE UNIQUE INDEX source_key ON source (key);
CREATE UNIQUE INDEX item_key ON item (key);
CREATE INDEX item_revision ON item (source_id, rev, id);
CREATE TABLE tombstone (
    source_key TEXT PRIMARY KEY,
    deleted_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX tombstone_age ON tombstone (deleted_at);
";
