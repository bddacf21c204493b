//! Requests of a site for its gateway, and the files that answer them.

// On a site: `bundle_request` holds its own requests; a request for a file has an `item_id` and no user, and
// `bundle_file` names the item that a carried blob belongs to. On a gateway: `peer_request` holds the
// requests of its sites, and `peer_file` the files of answers; `rev` rises for all of a peer together.
pub const UP: &str = "
CREATE TABLE bundle_request (
    id TEXT PRIMARY KEY,
    user_id BIGINT REFERENCES account (id) ON DELETE CASCADE,
    item_id BIGINT REFERENCES item (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    response TEXT,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);
CREATE INDEX bundle_request_owner ON bundle_request (user_id, created_at);
CREATE UNIQUE INDEX bundle_request_item ON bundle_request (item_id)
    WHERE item_id IS NOT NULL AND status NOT IN ('completed', 'failed');
CREATE INDEX bundle_request_open ON bundle_request (created_at) WHERE status NOT IN ('completed', 'failed');
CREATE TABLE bundle_file (
    sha256 TEXT NOT NULL,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (sha256, item_id)
);
CREATE INDEX bundle_file_item ON bundle_file (item_id);
CREATE TABLE peer_request (
    peer TEXT NOT NULL REFERENCES peer (name) ON DELETE CASCADE,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    run_id BIGINT REFERENCES run (id) ON DELETE SET NULL,
    status TEXT NOT NULL,
    error TEXT,
    response TEXT,
    rev BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    asked_at {time} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (peer, id)
);
CREATE INDEX peer_request_open ON peer_request (created_at) WHERE status IN ('imported', 'processing');
CREATE INDEX peer_request_rev ON peer_request (peer, rev);
CREATE TABLE peer_file (
    peer TEXT NOT NULL,
    request TEXT NOT NULL,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    mime_type TEXT NOT NULL,
    sent_bundle TEXT,
    sent_at {time},
    PRIMARY KEY (peer, request, item_id),
    FOREIGN KEY (peer, request) REFERENCES peer_request (peer, id) ON DELETE CASCADE
);
CREATE INDEX peer_file_blob ON peer_file (sha256);
ALTER TABLE bundle ADD COLUMN files BIGINT NOT NULL DEFAULT 0;
ALTER TABLE peer ADD COLUMN has_requests BIGINT NOT NULL DEFAULT 0;
ALTER TABLE peer ADD COLUMN request_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE peer ADD COLUMN request_mark BIGINT NOT NULL DEFAULT 0;
";
