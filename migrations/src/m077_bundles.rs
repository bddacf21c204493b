//! Peers of a node, the bundles exchanged with them, and what they have of the catalogue.

// A bundle that is sent is known before its volumes are written, since a peer may report it at once. Of a
// source and an item from a gateway, `peer_rev` is the gateway's revision; `peer_mark` is the revision up to
// which all rows of a source are applied, in the gateway's epoch `peer_epoch`.
pub const UP: &str = "
CREATE TABLE node (epoch BIGINT NOT NULL);
CREATE TABLE peer (
    name TEXT PRIMARY KEY,
    public_keys TEXT NOT NULL,
    previous_keys TEXT,
    previous_until {time},
    trusted_at {time} NOT NULL,
    revoked_at {time},
    sent_seq BIGINT NOT NULL DEFAULT 0,
    received_epoch BIGINT NOT NULL DEFAULT 0,
    received_seq BIGINT NOT NULL DEFAULT 0,
    received_at {time},
    has_epoch BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE peer_source (
    peer TEXT NOT NULL REFERENCES peer (name) ON DELETE CASCADE,
    source_key TEXT NOT NULL,
    rev BIGINT NOT NULL,
    PRIMARY KEY (peer, source_key)
);
CREATE TABLE peer_follow (
    peer TEXT NOT NULL REFERENCES peer (name) ON DELETE CASCADE,
    feed_url TEXT NOT NULL,
    source_id BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    PRIMARY KEY (peer, feed_url)
);
CREATE INDEX peer_follow_source ON peer_follow (source_id);
CREATE TABLE bundle (
    id {id},
    peer TEXT NOT NULL REFERENCES peer (name) ON DELETE CASCADE,
    direction TEXT NOT NULL,
    bundle TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    volume BIGINT NOT NULL,
    volumes BIGINT NOT NULL,
    status TEXT NOT NULL,
    parts BIGINT NOT NULL DEFAULT 0,
    records BIGINT NOT NULL DEFAULT 0,
    bytes BIGINT NOT NULL DEFAULT 0,
    error TEXT,
    created_at {time} NOT NULL,
    finished_at {time},
    UNIQUE (peer, direction, bundle, volume)
);
CREATE INDEX bundle_order ON bundle (peer, direction, epoch, id);
ALTER TABLE source ADD COLUMN peer TEXT;
ALTER TABLE source ADD COLUMN peer_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN peer_mark BIGINT NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN peer_rev BIGINT NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN peer_rev BIGINT NOT NULL DEFAULT 0;
";
