//! Plans of devices: the windows that each prepares for, their items, and the outcomes of past ones.

// A plan has no foreign key to its window: the outcome stays when the window is deleted. A reminder
// stays when its plan goes, so that a window that is resumed on the same day is not reminded of again.
pub const UP: &str = "
ALTER TABLE device ADD COLUMN planned_at {time};
CREATE INDEX device_planned ON device (planned_at);
ALTER TABLE copy ADD COLUMN is_planned BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE copy ADD COLUMN departs_at {time};
CREATE TABLE plan (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    device_id BIGINT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    window_id BIGINT NOT NULL,
    label TEXT NOT NULL,
    departs_at {time} NOT NULL,
    contact_by {time} NOT NULL,
    need_s BIGINT NOT NULL,
    on_device_s BIGINT NOT NULL,
    proved_at {time},
    on_server_s BIGINT NOT NULL,
    on_the_way_s BIGINT NOT NULL,
    at_origin_s BIGINT NOT NULL,
    missing_bytes BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    sentence TEXT NOT NULL,
    copies TEXT NOT NULL,
    told_at {time}
);
CREATE UNIQUE INDEX plan_window ON plan (device_id, window_id, departs_at);
CREATE INDEX plan_owner ON plan (user_id, departs_at);
CREATE INDEX plan_departure ON plan (departs_at);
CREATE TABLE reminder (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    window_id BIGINT NOT NULL,
    day TEXT NOT NULL,
    told_at {time} NOT NULL,
    PRIMARY KEY (user_id, window_id, day)
);
CREATE INDEX reminder_told ON reminder (told_at);
CREATE TABLE plan_item (
    plan_id BIGINT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    seconds BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    location TEXT NOT NULL,
    PRIMARY KEY (plan_id, place)
);
CREATE INDEX plan_item_item ON plan_item (item_id);
CREATE TABLE outcome (
    plan_id BIGINT PRIMARY KEY REFERENCES plan (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    device_id BIGINT NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    need_s BIGINT NOT NULL,
    at_minus_10_s BIGINT NOT NULL,
    copies_minus_10 TEXT NOT NULL,
    at_departure_s BIGINT,
    copies TEXT NOT NULL,
    vouched TEXT NOT NULL DEFAULT '[]',
    confirmed BOOLEAN,
    confirmed_s BIGINT,
    judged_at {time}
);
CREATE INDEX outcome_device ON outcome (device_id, judged_at);
CREATE INDEX outcome_owner ON outcome (user_id);
";
