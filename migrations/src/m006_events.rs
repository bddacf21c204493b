//! Event log per user, in order: the store behind the live protocol.

pub const UP: &str = "
CREATE TABLE event (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    ts {time} NOT NULL,
    kind TEXT NOT NULL,
    run_id BIGINT,
    data TEXT NOT NULL,
    PRIMARY KEY (user_id, seq)
);
CREATE INDEX event_age ON event (ts);
";
