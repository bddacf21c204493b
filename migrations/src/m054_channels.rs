//! Channels of users, by which notifications leave the server, and the deliveries on them.

// `target` is shown. The address itself can be a secret, so it is sealed in `sealed` with the tokens, and
// `hash` tells two channels of a user apart. A mail address gets its code alone before it is `confirmed`. A
// delivery names its notification without a foreign key: a notification is replaced while it is unread, and
// the delivery then moves to the new one, or is dropped.
pub const UP: &str = "
CREATE TABLE channel (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    hash TEXT NOT NULL,
    sealed TEXT NOT NULL,
    kinds TEXT NOT NULL,
    confirmed BOOLEAN NOT NULL,
    created_at {time} NOT NULL,
    verified_at {time},
    failing_since {time},
    last_error TEXT
);
CREATE UNIQUE INDEX channel_owner ON channel (user_id, kind, hash);
CREATE INDEX channel_hash ON channel (hash);
CREATE TABLE channel_delivery (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    channel_id BIGINT NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    notification_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at {time} NOT NULL,
    reason TEXT,
    created_at {time} NOT NULL,
    ended_at {time}
);
CREATE UNIQUE INDEX channel_delivery_once ON channel_delivery (channel_id, notification_id);
CREATE INDEX channel_delivery_of ON channel_delivery (user_id, notification_id);
CREATE INDEX channel_delivery_due ON channel_delivery (due_at) WHERE state = 'waiting';
CREATE INDEX channel_delivery_ended ON channel_delivery (ended_at) WHERE ended_at IS NOT NULL;
CREATE TABLE push_key (
    id BIGINT PRIMARY KEY,
    sealed TEXT NOT NULL
);
";
