//! Announcements of administrators to everybody.

pub const UP: &str = "
CREATE TABLE announcement (
    id {id},
    message TEXT NOT NULL,
    level TEXT NOT NULL,
    created_by BIGINT REFERENCES account (id) ON DELETE SET NULL,
    created_at {time} NOT NULL
);
";
