//! Jobs to run once more, because they were pushed again while running.

pub const UP: &str = "ALTER TABLE job ADD COLUMN again TEXT";
