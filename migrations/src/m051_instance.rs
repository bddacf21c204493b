//! Identity of the installation: a random number that a restored or emptied database does not share.

// 16 random bytes in lower-case hexadecimal. Vaults of devices are named after it.
pub const SQLITE: &str = "
CREATE TABLE instance (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    token TEXT NOT NULL
);
INSERT INTO instance (id, token) VALUES (1, lower(hex(randomblob(16))));
";

pub const POSTGRES: &str = "
CREATE TABLE instance (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    token TEXT NOT NULL
);
INSERT INTO instance (id, token) VALUES (1, replace(gen_random_uuid()::text, '-', ''));
";
