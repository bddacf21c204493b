//! First steps of new users at Home, finished or skipped.

// A user who has used the program before has no first steps.
pub const UP: &str = "
ALTER TABLE account ADD COLUMN onboarded BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE account SET onboarded = TRUE WHERE EXISTS (SELECT 1 FROM subscription s WHERE s.user_id = account.id)
    OR EXISTS (SELECT 1 FROM run r WHERE r.user_id = account.id)
    OR EXISTS (SELECT 1 FROM download d WHERE d.user_id = account.id);
";
