//! Shares of users: links that open an item or a collection without an account.

// A link is found by the hash of its secret. `token` is the secret, sealed, so that it can be copied again.
pub const UP: &str = "
CREATE TABLE share (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL,
    item_id BIGINT REFERENCES item (id) ON DELETE CASCADE,
    collection_id BIGINT REFERENCES collection (id) ON DELETE CASCADE,
    created_at {time} NOT NULL,
    last_read_at {time},
    CHECK ((item_id IS NULL) <> (collection_id IS NULL))
);
CREATE INDEX share_owner ON share (user_id, id);
CREATE UNIQUE INDEX share_of_item ON share (item_id, user_id) WHERE item_id IS NOT NULL;
CREATE UNIQUE INDEX share_of_collection ON share (collection_id, user_id) WHERE collection_id IS NOT NULL;
";
