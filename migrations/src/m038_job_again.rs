//! Jobs that are to run once more: what was pushed while the same job ran.

pub const UP: &str = "ALTER TABLE job ADD COLUMN again TEXT";
