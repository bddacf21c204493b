//! Keys that devices choose for themselves, so that a repeated registration makes no second device.

pub const UP: &str = "
ALTER TABLE device ADD COLUMN client_key TEXT;
CREATE UNIQUE INDEX device_client_key ON device (user_id, client_key) WHERE revoked_at IS NULL;
";
