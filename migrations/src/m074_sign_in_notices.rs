//! Networks that users have signed in from, and what a sign-in with the provider carries along.

// A sign-in from a network that is not among the user's is told in a notice. `by_provider` says that the
// OpenID Connect provider has signed the user in, or is doing so; a flow uses the invitation `invite_hash`.
pub const UP: &str = "
CREATE TABLE known_network (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    network TEXT NOT NULL,
    seen_at {time} NOT NULL,
    PRIMARY KEY (user_id, network)
);
INSERT INTO known_network (user_id, network, seen_at)
    SELECT user_id, network, MAX(COALESCE(last_seen_at, created_at)) FROM session GROUP BY user_id, network;
ALTER TABLE session ADD COLUMN by_provider BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE ceremony ADD COLUMN by_provider BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE oidc_flow ADD COLUMN invite_hash TEXT;
";
