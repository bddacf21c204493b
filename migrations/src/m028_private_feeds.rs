//! Feeds that want a name and a password: each belongs to one user.

/// `private_url` is the address of a private source; its `feed_url` is that address with a secret mark behind it, so
/// that two users may have one address. Bytes that were fetched with its password are kept under marked addresses too.
pub const UP: &str = "
ALTER TABLE source ADD COLUMN private_to BIGINT REFERENCES account (id) ON DELETE CASCADE;
ALTER TABLE source ADD COLUMN private_url TEXT;
ALTER TABLE source ADD COLUMN credential TEXT;
CREATE INDEX source_private ON source (private_to, private_url) WHERE private_to IS NOT NULL;
";
