//! Devices of users, the copies that they keep, their visits, and the proofs that are asked of them.

// A copy has no foreign key to its download: a deletion is told to the device, and may be undone.
pub const UP: &str = "
CREATE TABLE device (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    vault TEXT NOT NULL,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    budget_mb BIGINT NOT NULL,
    allow_metered BOOLEAN NOT NULL,
    persisted BOOLEAN,
    used_bytes BIGINT,
    build TEXT,
    clock_skew_ms BIGINT NOT NULL DEFAULT 0,
    rev BIGINT NOT NULL DEFAULT 0,
    events_through BIGINT NOT NULL DEFAULT 0,
    down_bps BIGINT,
    created_at {time} NOT NULL,
    last_seen_at {time} NOT NULL,
    drained_at {time} NOT NULL,
    revoked_at {time}
);
CREATE INDEX device_owner ON device (user_id, id);
CREATE UNIQUE INDEX device_name ON device (user_id, name) WHERE revoked_at IS NULL;
CREATE TABLE copy (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    device_id BIGINT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    download_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    sha256 TEXT,
    bytes BIGINT NOT NULL,
    place BIGINT NOT NULL,
    checked_at {time},
    wanted_at {time} NOT NULL,
    held_at {time},
    proved_at {time},
    ended_at {time},
    is_doubted BOOLEAN NOT NULL DEFAULT FALSE,
    reason TEXT,
    PRIMARY KEY (device_id, download_id)
);
CREATE INDEX copy_download ON copy (download_id, state);
CREATE INDEX copy_owner ON copy (user_id);
CREATE TABLE contact (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    device_id BIGINT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    boot TEXT NOT NULL,
    began_at {time} NOT NULL,
    ended_at {time} NOT NULL,
    bytes BIGINT NOT NULL,
    bps BIGINT
);
CREATE INDEX contact_device ON contact (device_id, ended_at);
CREATE INDEX contact_owner ON contact (user_id);
CREATE INDEX contact_old ON contact (ended_at);
CREATE TABLE challenge (
    device_id BIGINT PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    nonce TEXT NOT NULL,
    slices TEXT NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX challenge_owner ON challenge (user_id);
";
