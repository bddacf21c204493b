//! Job queue: a lease table with fencing tokens.

pub const UP: &str = "
CREATE TABLE job (
    id {id},
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    uniq TEXT,
    state TEXT NOT NULL DEFAULT 'ready',
    priority BIGINT NOT NULL DEFAULT 0,
    run_at {real} NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    max_attempts BIGINT NOT NULL,
    lease_owner TEXT,
    lease_epoch BIGINT NOT NULL DEFAULT 0,
    lease_until {real},
    cancel_requested BOOLEAN NOT NULL DEFAULT FALSE,
    conc_key TEXT,
    last_error TEXT,
    created_at {real} NOT NULL,
    finished_at {real}
);
CREATE UNIQUE INDEX job_uniq ON job (kind, uniq) WHERE state IN ('ready', 'running') AND NOT cancel_requested;
CREATE INDEX job_ready ON job (queue, priority DESC, run_at, id) WHERE state = 'ready';
CREATE INDEX job_running ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_keyed ON job (queue, conc_key) WHERE state = 'ready' AND conc_key IS NOT NULL;
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
CREATE TABLE schedule (
    name TEXT PRIMARY KEY,
    next_at {real} NOT NULL
);
";
