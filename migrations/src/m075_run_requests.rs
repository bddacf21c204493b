//! Runs of listeners that wait for their guardians.

// The guardian is that of the listener when it is decided, not when it was asked for.

pub const UP: &str = "
CREATE TABLE run_request (
    run_id BIGINT PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    created_at {time} NOT NULL,
    decided_at {time},
    expires_at {time} NOT NULL
);
";
