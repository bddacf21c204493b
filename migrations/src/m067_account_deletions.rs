//! Accounts that are to be deleted on their users' request.

pub const UP: &str = "
CREATE TABLE account_deletion (
    user_id BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    requested_at {time} NOT NULL,
    delete_after {time} NOT NULL
);
CREATE INDEX account_deletion_due ON account_deletion (delete_after);
";
