//! The account as its user sees and changes it.

use super::preferences::{change_within, check_zone};
use crate::db::accounts;
use crate::domain::account::{Account, AccountChange, Me, User, check_display_name};
use crate::domain::preference::Preferences;
use crate::domain::{Refusal, UserId};
use crate::engine::{Engine, Result};

/// The user with their present role.
pub async fn user(engine: &Engine, owner: UserId) -> Result<User> {
    Ok(accounts::get(&engine.db, owner).await?.ok_or(Refusal::SignInRequired)?)
}

pub async fn me(engine: &Engine, owner: UserId) -> Result<Me> {
    let user = user(engine, owner).await?;
    let preferences = accounts::preferences(&engine.db, owner).await?;
    let stats = accounts::stats(&engine.db, owner).await?;
    Ok(Me { user, preferences, stats })
}

pub async fn account(engine: &Engine, owner: UserId) -> Result<Account> {
    let user = user(engine, owner).await?;
    let display_name = display_name(engine, owner).await?;
    let Preferences { timezone, language, .. } = accounts::preferences(&engine.db, owner).await?;
    let User { id, username, role, is_admin, created_at } = user;
    Ok(Account { id, username, display_name, role, is_admin, timezone, language, created_at })
}

/// Name to show in place of the user name.
pub async fn display_name(engine: &Engine, owner: UserId) -> Result<Option<String>> {
    Ok(accounts::display_name(&engine.db, owner).await?)
}

/// Changes the display name, and the time zone and language among the preferences, in one transaction.
pub async fn change_account(engine: &Engine, owner: UserId, change: AccountChange) -> Result<Account> {
    let [name, timezone] =
        [change.display_name, change.timezone].map(|text| text.map(|text| text.trim().to_owned()));
    let wrong = [name.as_deref().and_then(check_display_name), timezone.as_deref().and_then(check_zone)];
    let fields: Vec<_> = wrong.into_iter().flatten().collect();
    if !fields.is_empty() {
        return Err(Refusal::Invalid { fields }.into());
    }
    let mut work = engine.begin().await?;
    if timezone.is_some() || change.language.is_some() {
        let changed = |known: Preferences| Preferences {
            timezone: timezone.unwrap_or(known.timezone),
            language: change.language.unwrap_or(known.language),
            ..known
        };
        change_within(&mut work, owner, changed).await?;
    }
    if let Some(name) = name {
        accounts::set_display_name(&*work, owner, Some(name).filter(|name| !name.is_empty())).await?;
    }
    work.commit().await?;
    account(engine, owner).await
}
