//! Versions of agent instructions.

pub const UP: &str = "
CREATE TABLE agent_version (
    id {id},
    agent TEXT NOT NULL,
    version BIGINT NOT NULL,
    prompt TEXT NOT NULL,
    model TEXT,
    temperature {real},
    changed_by TEXT,
    created_at {time},
    UNIQUE (agent, version)
);
";
