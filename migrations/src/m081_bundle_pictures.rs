//! Pictures that travel in bundles, and the time of the last full bundle to a peer without a way back.

// On a gateway, `peer_picture` has the addresses whose pictures a site does not have. On a site,
// `bundle_picture` names the picture that a carried blob belongs to. `wanted_epoch` and `wanted_seq` are the
// position of the bundle that named the pictures of a peer.
pub const UP: &str = "
CREATE TABLE peer_picture (
    peer TEXT NOT NULL REFERENCES peer (name) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY (peer, address)
);
CREATE TABLE bundle_picture (
    sha256 TEXT NOT NULL,
    address TEXT NOT NULL,
    is_done BOOLEAN NOT NULL DEFAULT FALSE,
    created_at {time} NOT NULL,
    PRIMARY KEY (sha256, address)
);
CREATE INDEX bundle_picture_age ON bundle_picture (created_at);
ALTER TABLE peer ADD COLUMN full_at {time};
ALTER TABLE peer ADD COLUMN wanted_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE peer ADD COLUMN wanted_seq BIGINT NOT NULL DEFAULT 0;
";
