//! Invitations to open an account, made by administrators.

// Only the hash of a link's secret is stored. An invitation goes with its maker, and with the guardian of the
// listeners whom it invites.
pub const UP: &str = "
CREATE TABLE invite (
    id {id},
    token_hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    guardian_id BIGINT REFERENCES account (id) ON DELETE CASCADE,
    uses_left BIGINT NOT NULL CHECK (uses_left >= 0),
    expires_at {time} NOT NULL,
    made_by BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at {time} NOT NULL,
    revoked_at {time}
);
CREATE INDEX invite_maker ON invite (made_by);
CREATE INDEX invite_guardian ON invite (guardian_id) WHERE guardian_id IS NOT NULL;
CREATE INDEX invite_expiry ON invite (expires_at);
";
