//! Runs of the agent team, their messages and artifacts.

pub const UP: &str = "
CREATE TABLE run (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    max_items BIGINT NOT NULL,
    goal TEXT,
    turns BIGINT NOT NULL DEFAULT 0,
    stop_reason TEXT,
    error TEXT,
    summary TEXT,
    created_at {time} NOT NULL,
    started_at {time},
    finished_at {time}
);
CREATE UNIQUE INDEX run_one_open ON run (user_id) WHERE status IN ('queued', 'running', 'waiting_approval', 'paused');
CREATE INDEX run_owner ON run (user_id, id);
CREATE TABLE message (
    id {id},
    run_id BIGINT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    turn BIGINT NOT NULL,
    agent TEXT NOT NULL,
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    call_id TEXT,
    data TEXT NOT NULL,
    created_at {time} NOT NULL
);
CREATE UNIQUE INDEX message_call ON message (run_id, call_id, kind) WHERE call_id IS NOT NULL;
CREATE INDEX message_run ON message (run_id, id);
CREATE TABLE artifact (
    id {id},
    run_id BIGINT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    agent TEXT NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at {time} NOT NULL
);
CREATE INDEX artifact_run ON artifact (run_id, id);
";
