//! What a person saw when they decided, and which run goes on from which.

pub const UP: &str = "
ALTER TABLE approval ADD COLUMN arguments_sha256 TEXT;
ALTER TABLE run ADD COLUMN continues BIGINT;
ALTER TABLE run ADD COLUMN first_speaker TEXT;
";
