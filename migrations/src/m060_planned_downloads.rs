//! Downloads that a plan has queued, and the limits that kept a plan from queueing more.

pub const UP: &str = "
ALTER TABLE download ADD COLUMN is_planned BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE device ADD COLUMN limited_at {time};
";
