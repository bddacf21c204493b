//! Identity of the installation.

use super::sql::{args, value};
use super::{ConnectionTrait, DbErr};

/// Random token of this installation, made when its database was created.
pub async fn token(db: &impl ConnectionTrait) -> Result<String, DbErr> {
    let token = value(db, "SELECT token FROM instance WHERE id = 1", args![]).await?;
    token.ok_or_else(|| DbErr::RecordNotFound("instance".into()))
}
