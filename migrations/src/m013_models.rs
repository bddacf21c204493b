//! What models took for a run, and whether the planner had to speak for them.

pub const UP: &str = "
ALTER TABLE run ADD COLUMN degraded TEXT;
ALTER TABLE run ADD COLUMN input_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN output_tokens BIGINT NOT NULL DEFAULT 0;
";
