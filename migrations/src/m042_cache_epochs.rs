//! Epochs of cached responses, by scope.

pub const UP: &str = "
CREATE TABLE cache_epoch (
    scope TEXT PRIMARY KEY,
    epoch BIGINT NOT NULL
);
";
