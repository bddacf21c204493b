//! Hash of the request that a user decided on, and runs that continue others.

pub const UP: &str = "
ALTER TABLE approval ADD COLUMN arguments_sha256 TEXT;
ALTER TABLE run ADD COLUMN continues BIGINT;
ALTER TABLE run ADD COLUMN first_speaker TEXT;
";
