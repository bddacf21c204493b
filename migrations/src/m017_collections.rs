//! Collections of users, initial messages of runs, provenance of artifacts, and reviews per user.

pub const UP: &str = "
CREATE TABLE collection (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    notes TEXT NOT NULL,
    created_at {time} NOT NULL
);
CREATE INDEX collection_owner ON collection (user_id, id);
ALTER TABLE run ADD COLUMN collection_id BIGINT REFERENCES collection (id) ON DELETE SET NULL;
ALTER TABLE run ADD COLUMN messages TEXT NOT NULL DEFAULT '[]';
CREATE INDEX run_collection ON run (collection_id, id) WHERE collection_id IS NOT NULL;
ALTER TABLE artifact ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
CREATE TABLE review (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    text_sha256 TEXT NOT NULL,
    summary TEXT NOT NULL,
    quality_score {real} NOT NULL,
    quality_reasons TEXT NOT NULL,
    made_at {time} NOT NULL,
    PRIMARY KEY (user_id, item_id)
);
";
