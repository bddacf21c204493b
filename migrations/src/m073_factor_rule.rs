//! Time since which an account must have a second factor.

// Set once, when the rule first applies to an account: its grace is counted from then on, in all processes.
pub const UP: &str = "
ALTER TABLE account ADD COLUMN factor_rule_since {time};
";
