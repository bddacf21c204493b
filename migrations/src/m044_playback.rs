//! Playback of users: positions, the play queue, the speed per source, and the time spent listening.

// Time listened outlives its item and source, so that the past stays true.
pub const UP: &str = "
CREATE TABLE playback (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    seconds {real} NOT NULL,
    finished BOOLEAN NOT NULL,
    at {time} NOT NULL,
    device TEXT,
    finished_at {time},
    reopened_at {time},
    played_from {real} NOT NULL,
    rev BIGINT NOT NULL,
    other_seconds {real},
    other_at {time},
    other_from TEXT,
    other_until {time},
    updated_at {time} NOT NULL,
    PRIMARY KEY (user_id, item_id)
);
CREATE INDEX playback_recent ON playback (user_id, at);
CREATE INDEX playback_item ON playback (item_id);
CREATE TABLE play_queue (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, place)
);
CREATE INDEX play_queue_item ON play_queue (item_id);
CREATE TABLE playback_speed (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    source_id BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    speed {real} NOT NULL,
    PRIMARY KEY (user_id, source_id)
);
CREATE INDEX playback_speed_source ON playback_speed (source_id);
CREATE TABLE listened (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    quarter_hour BIGINT NOT NULL,
    item_id BIGINT NOT NULL,
    source_id BIGINT NOT NULL,
    seconds {real} NOT NULL,
    saved {real},
    PRIMARY KEY (user_id, quarter_hour, item_id)
);
CREATE INDEX listened_old ON listened (quarter_hour);
";
