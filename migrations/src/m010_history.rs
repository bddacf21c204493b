//! Delivery history of downloads and the cost of their transfers, from which statistics are computed.

// A row outlives what it describes, so that the past stays true; hence names beside ids, and no other
// reference. It also needs only one lock, on a row that its transaction holds anyway.
pub const UP: &str = "
CREATE TABLE delivery (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    download_id BIGINT NOT NULL,
    item_id BIGINT NOT NULL,
    source_id BIGINT NOT NULL,
    run_id BIGINT,
    title TEXT NOT NULL,
    source_name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    provider TEXT,
    hit BOOLEAN NOT NULL,
    bytes BIGINT NOT NULL,
    fetched BIGINT NOT NULL,
    seconds {real} NOT NULL,
    transfer_seconds {real},
    speed_bps BIGINT,
    attempts BIGINT NOT NULL,
    error TEXT,
    at {time} NOT NULL
);
CREATE INDEX delivery_owner ON delivery (user_id, at);
CREATE INDEX delivery_at ON delivery (at);
ALTER TABLE transfer ADD COLUMN began_at {time};
ALTER TABLE transfer ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE transfer ADD COLUMN fetched BIGINT NOT NULL DEFAULT 0;
ALTER TABLE transfer ADD COLUMN seconds {real} NOT NULL DEFAULT 0;
";
