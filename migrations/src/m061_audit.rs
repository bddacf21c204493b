//! Audit log: entries that are chained by their digests.

// Entries outlive the accounts that they name, so they refer to them by number alone. `audit_chain` is one
// row: the end of the chain, which writers lock, and the last entry that was deleted for its age.
pub const UP: &str = "
CREATE TABLE audit_entry (
    id BIGINT PRIMARY KEY,
    at {time} NOT NULL,
    actor TEXT NOT NULL,
    actor_id BIGINT,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    about_id BIGINT,
    data TEXT NOT NULL,
    request_id TEXT NOT NULL,
    network TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    digest TEXT NOT NULL
);
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, id);
CREATE INDEX audit_entry_about ON audit_entry (about_id, id);
CREATE TABLE audit_chain (
    id BIGINT PRIMARY KEY,
    last_id BIGINT NOT NULL,
    last_digest TEXT NOT NULL,
    cut_id BIGINT NOT NULL,
    cut_digest TEXT NOT NULL
);
INSERT INTO audit_chain (id, last_id, last_digest, cut_id, cut_digest) VALUES (1, 0, '', 0, '');
";
