//! Passkeys of users, and ceremonies that register one or sign in with one.

// A credential is found by `credential_id`, which its authenticator has made. `user_handle` is what
// authenticators know the user by: the same for all passkeys of a user. Open ceremonies are dropped with
// their table: their users begin again. A sign-in with a passkey has no user before it is finished.
pub const UP: &str = "
CREATE TABLE passkey (
    id {id},
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    user_handle TEXT NOT NULL,
    credential_id TEXT NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at {time} NOT NULL,
    last_used_at {time}
);
CREATE INDEX passkey_owner ON passkey (user_id, id);
DROP TABLE ceremony;
CREATE TABLE ceremony (
    token_hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id BIGINT REFERENCES account (id) ON DELETE CASCADE,
    password_digest TEXT,
    state TEXT,
    wrong_codes BIGINT NOT NULL DEFAULT 0,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX ceremony_owner ON ceremony (user_id);
CREATE INDEX ceremony_expiry ON ceremony (expires_at);
";
