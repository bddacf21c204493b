//! Roles of users, guardians of listeners, and disabled accounts.

// `is_admin` stays for processes of the version before, and is written beside the role.
pub const UP: &str = "
ALTER TABLE account ADD COLUMN role TEXT NOT NULL DEFAULT 'user';
ALTER TABLE account ADD COLUMN disabled_at {time};
ALTER TABLE account ADD COLUMN guardian_id BIGINT REFERENCES account (id) ON DELETE SET NULL;
UPDATE account SET role = 'admin' WHERE is_admin;
CREATE INDEX account_role ON account (role, id);
CREATE INDEX account_guardian ON account (guardian_id) WHERE guardian_id IS NOT NULL;
";
