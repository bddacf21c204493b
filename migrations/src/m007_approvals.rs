//! Approval requests of runs to their owners, and the time that a run has waited for answers.

pub const UP: &str = "
CREATE TABLE approval (
    id {id},
    run_id BIGINT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    call_id TEXT NOT NULL,
    status TEXT NOT NULL,
    question TEXT NOT NULL,
    options TEXT NOT NULL,
    comment TEXT,
    amended TEXT NOT NULL DEFAULT 'null',
    created_at {time} NOT NULL,
    decided_at {time},
    expires_at {time} NOT NULL
);
CREATE UNIQUE INDEX approval_call ON approval (run_id, call_id);
ALTER TABLE run ADD COLUMN waited_seconds BIGINT NOT NULL DEFAULT 0;
";
