//! Tokens used by models for a run, and the reason why the planner replaced them.

pub const UP: &str = "
ALTER TABLE run ADD COLUMN degraded TEXT;
ALTER TABLE run ADD COLUMN input_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN output_tokens BIGINT NOT NULL DEFAULT 0;
";
