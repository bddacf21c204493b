//! Rules of a subscription, its prefetch settings, and prefetch plans.

pub const UP: &str = "
ALTER TABLE subscription ADD COLUMN rules TEXT;
ALTER TABLE subscription ADD COLUMN ahead_items BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN ahead_mb BIGINT NOT NULL DEFAULT 200;
CREATE TABLE ahead (
    subscription_id BIGINT NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    media_url TEXT NOT NULL,
    bytes_most BIGINT NOT NULL,
    PRIMARY KEY (subscription_id, item_id)
);
CREATE INDEX ahead_item ON ahead (item_id);
CREATE INDEX ahead_media ON ahead (media_url);
";
