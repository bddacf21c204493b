//! Second factors of users, sign-ins that wait for one, and notifications about an account's security.

// `secret` is the seed of an authenticator app, sealed. `last_step` is the latest step whose code was
// accepted. A seed is shown to the session that has begun the enrolment, `begun_by`, until it is confirmed.
// `password_digest` tells whether the password is still the one that was verified. Channels that get all
// kinds of notifications get the new kind, too.
pub const UP: &str = r#"
CREATE TABLE totp (
    user_id BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    last_step BIGINT NOT NULL DEFAULT 0,
    begun_at {time} NOT NULL,
    begun_by TEXT NOT NULL,
    confirmed_at {time}
);
CREATE TABLE recovery_code (
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    made_at {time} NOT NULL,
    used_at {time},
    PRIMARY KEY (user_id, code_hash)
);
CREATE TABLE ceremony (
    token_hash TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    password_digest TEXT NOT NULL,
    wrong_codes BIGINT NOT NULL DEFAULT 0,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX ceremony_owner ON ceremony (user_id);
CREATE INDEX ceremony_expiry ON ceremony (expires_at);
UPDATE channel SET kinds = REPLACE(kinds, ']', ',"security"]')
    WHERE kinds = '["run_ended","approval_needed","download_ready","download_failed","download_removed","download_lost","source_gone","announcement","commute_reminder","key_expires"]';
"#;
