//! When a run was held back by its owner.

pub const UP: &str = "
ALTER TABLE run ADD COLUMN paused_at {time};
";
