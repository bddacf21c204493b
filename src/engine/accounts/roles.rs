//! Roles of accounts, as they are set: with the rule of second factors that applies to one, and a notice.

use super::factors;
use super::notices::role_changed;
use crate::db::{accounts, users};
use crate::domain::UserId;
use crate::domain::account::{AccountRole, User};
use crate::engine::{Engine, Result, Work};

/// Locks the rows of all administrators and of others, in order, so that two administrators cannot take the
/// role of each other.
pub(in crate::engine) async fn lock_with_administrators(
    work: &Work<'_>,
    others: impl IntoIterator<Item = UserId>,
) -> Result<()> {
    let mut locked: Vec<_> = users::administrators(&**work).await?.into_iter().chain(others).collect();
    locked.sort();
    locked.dedup();
    accounts::lock_all(&**work, &locked).await?;
    Ok(())
}

/// Whether the user is the one administrator who may sign in. The rows of all administrators are locked.
pub(in crate::engine) async fn is_last_administrator(work: &Work<'_>, id: UserId) -> Result<bool> {
    Ok(users::administrators(&**work).await? == [id])
}

/// Sets the role and the guardian of an account, and notifies its user of another role.
pub(in crate::engine) async fn set_role(
    engine: &Engine,
    work: &mut Work<'_>,
    (id, from): (UserId, AccountRole),
    to: AccountRole,
    guardian: Option<UserId>,
) -> Result<()> {
    users::set_role(&**work, id, to, guardian).await?;
    factors::begin_rule(engine, &**work, id, to).await?;
    if from != to {
        role_changed(work, id, to).await?;
    }
    Ok(())
}

/// Sets the role and the guardian that a new account begins with.
pub(in crate::engine) async fn set_first_role(
    engine: &Engine,
    work: &Work<'_>,
    user: User,
    role: AccountRole,
    guardian: Option<UserId>,
) -> Result<User> {
    users::set_role(&**work, user.id, role, guardian).await?;
    factors::begin_rule(engine, &**work, user.id, role).await?;
    Ok(User { role, is_admin: role == AccountRole::Admin, ..user })
}
