//! Accounts of a gateway at a site.

// `home` is the gateway, and `home_seq` the number of its bundle that has named the account last.
pub const UP: &str = "
ALTER TABLE account ADD COLUMN home_seq BIGINT NOT NULL DEFAULT 0;
";
