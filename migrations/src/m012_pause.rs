//! Time at which a run was paused by its owner.

pub const UP: &str = "
ALTER TABLE run ADD COLUMN paused_at {time};
";
