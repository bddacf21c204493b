//! Notifications of users: what happened while they looked elsewhere.

// While a notification is unread, further facts of its group are added to it.
pub const UP: &str = "
CREATE TABLE notification (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    group_key TEXT NOT NULL,
    facts BIGINT NOT NULL,
    names TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    link TEXT NOT NULL,
    created_at {time} NOT NULL,
    read_at {time}
);
CREATE INDEX notification_owner ON notification (user_id, id);
CREATE INDEX notification_old ON notification (created_at);
CREATE UNIQUE INDEX notification_unread ON notification (user_id, group_key) WHERE read_at IS NULL;
";
