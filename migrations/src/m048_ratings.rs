//! Ratings of users: thumbs for items, and for the parts of agents in runs.

pub const UP: &str = "
CREATE TABLE rating (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    verdict TEXT NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (user_id, item_id)
);
CREATE INDEX rating_recent ON rating (user_id, created_at);
CREATE INDEX rating_item ON rating (item_id);
CREATE TABLE agent_rating (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    run_id BIGINT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    agent TEXT NOT NULL,
    verdict TEXT NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (user_id, run_id, agent)
);
CREATE INDEX agent_rating_run ON agent_rating (run_id);
";
