//! Identities of users at an OpenID Connect provider, and sign-ins there that are under way.

// The name of an identity (an address or a user name at the provider) is shown to its user and decides
// nothing. Of a flow under way, the browser holds the secret in a cookie; `state_hash` is derived from it.
pub const UP: &str = "
CREATE TABLE identity (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at {time} NOT NULL,
    last_used_at {time},
    UNIQUE (issuer, subject)
);
CREATE INDEX identity_owner ON identity (user_id, id);
CREATE TABLE oidc_flow (
    state_hash TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    user_id BIGINT REFERENCES account (id) ON DELETE CASCADE,
    next TEXT NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX oidc_flow_expiry ON oidc_flow (expires_at);
";
