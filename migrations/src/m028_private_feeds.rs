//! Private feeds, which require a name and a password. Each belongs to one user.

/// `private_url` is the address of a private source. Its `feed_url` is that address with a secret mark at the
/// end, so that two users may have the same address. Bytes fetched with its password have marked addresses
/// too.
pub const UP: &str = "
ALTER TABLE source ADD COLUMN private_to BIGINT REFERENCES account (id) ON DELETE CASCADE;
ALTER TABLE source ADD COLUMN private_url TEXT;
ALTER TABLE source ADD COLUMN credential TEXT;
CREATE INDEX source_private ON source (private_to, private_url) WHERE private_to IS NOT NULL;
";
