//! People, their sessions and what they want.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, UP).await
    }
}

const UP: &str = "
CREATE TABLE account (
    id {id},
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    is_admin BOOLEAN NOT NULL DEFAULT FALSE,
    preferences TEXT NOT NULL,
    event_seq BIGINT NOT NULL DEFAULT 0,
    created_at {time} NOT NULL
);
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL
);
CREATE INDEX session_owner ON session (user_id);
";
