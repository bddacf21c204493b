//! Users as administrators manage them: roles, guardians, disabled accounts, and the end of sessions.

mod deletion;

use serde_json::json;

use super::accounts::roles::{is_last_administrator, lock_with_administrators, set_role};
use super::{Engine, Result, Work, downloads, runs};
use crate::db::downloads::urgency::in_states;
use crate::db::users as rows;
use crate::db::{account_deletions, accounts, api_keys, reset_links, runs as run_rows, sessions};
use crate::domain::account::AccountRole;
use crate::domain::audit_entry::AuditAction;
use crate::domain::download::DownloadStatus;
use crate::domain::managed_user::{ManagedUser, UserChange, UserFilter};
use crate::domain::page::PageQuery;
use crate::domain::{Page, Refusal, UserId};

pub use deletion::{DeleteAccounts, EVERY, delete_due, request_deletion};

/// Maximum number of users that are offered as guardians.
const MAX_GUARDIANS: i64 = 500;

const WHY_DISABLED: &str = "The account was disabled by an administrator.";

/// Lists users, newest first.
pub async fn list(engine: &Engine, filter: &UserFilter, page: &PageQuery) -> Result<Page<ManagedUser>> {
    Ok(rows::list(&engine.db, filter, page, engine.now()).await?)
}

pub async fn get(engine: &Engine, id: UserId) -> Result<ManagedUser> {
    Ok(rows::get(&engine.db, id, engine.now()).await?.ok_or_else(missing)?)
}

/// Id of the user with this name, if there is one.
pub async fn by_name(engine: &Engine, username: &str) -> Result<Option<UserId>> {
    Ok(accounts::by_name(&engine.db, username).await?.map(|known| known.user.id))
}

/// Users who may be the guardian of a listener, by name.
pub async fn guardians(engine: &Engine) -> Result<Vec<(UserId, String)>> {
    Ok(rows::guardians(&engine.db, MAX_GUARDIANS).await?)
}

/// Changes role, guardian and access of a user. Disabling ends sessions, keys, live connections and runs, and
/// pauses downloads, in the same transaction.
///
/// # Errors
/// `Refusal::Conflict` for the last administrator, for a listener whose library is not empty, and for a
/// listener who is a guardian; `Refusal::Invalid` for a guardian who is none.
pub async fn change(engine: &Engine, id: UserId, change: UserChange) -> Result<ManagedUser> {
    let known = get(engine, id).await?;
    let mut work = engine.begin().await?;
    let is_disabling = change.disabled == Some(true) && known.disabled_at.is_none();
    if is_disabling {
        // Lock order: the rows of jobs before those of users, as in a transfer.
        stop_work(engine, &mut work, id, WHY_DISABLED).await?;
    }
    lock_with_administrators(&work, [Some(id), change.guardian_id.flatten()].into_iter().flatten()).await?;
    let known = rows::get(&*work, id, engine.now()).await?.ok_or_else(missing)?;
    let (role, guardian) = change.applied(&known)?;
    let is_disabled = change.disabled.unwrap_or(known.disabled_at.is_some());
    check_last_administrator(&work, &known, role == AccountRole::Admin && !is_disabled).await?;
    check_guardian(engine, &work, &known, role, guardian).await?;
    set_role(engine, &mut work, (id, known.role), role, guardian).await?;
    if is_disabled != known.disabled_at.is_some() {
        rows::set_disabled(&*work, id, is_disabled.then(|| engine.now())).await?;
    }
    if is_disabled {
        end_access(&work, id).await?;
    } else {
        account_deletions::delete_of(&*work, id).await?;
    }
    let is_enabled = !is_disabled;
    let data = json!({ "role": role, "guardian": guardian, "enabled": is_enabled });
    work.audit(AuditAction::UserChange, Some(id), data);
    work.commit().await?;
    if is_disabled {
        engine.hub.revoke_all_of(id);
    }
    if is_disabling {
        // A run that was started at the same moment.
        let mut work = engine.begin().await?;
        stop_work(engine, &mut work, id, WHY_DISABLED).await?;
        work.commit().await?;
    }
    get(engine, id).await
}

/// Ends the sessions, the reset link and the API keys of a user.
async fn end_access(work: &Work<'_>, id: UserId) -> Result<()> {
    sessions::delete_all_of(&**work, id).await?;
    reset_links::delete_of(&**work, id).await?;
    Ok(api_keys::revoke_all_of(&**work, id, work.now()).await?)
}

/// Ends all sessions of a user, with their live connections. API keys stay.
pub async fn end_sessions(engine: &Engine, id: UserId) -> Result<()> {
    get(engine, id).await?;
    let mut work = engine.begin().await?;
    let ended = sessions::delete_others_of(&*work, id, "").await?;
    work.audit(AuditAction::UserSessionsEnd, Some(id), json!({ "sessions": ended.len() }));
    work.commit().await?;
    ended.iter().for_each(|hash| engine.hub.revoke(hash));
    Ok(())
}

/// Ends the open runs of a user, and pauses the open downloads.
async fn stop_work(engine: &Engine, work: &mut Work<'_>, owner: UserId, why: &str) -> Result<()> {
    for id in run_rows::open_of(&**work, owner).await? {
        runs::end_in(engine, work, owner, id, why).await?;
    }
    for id in in_states(&**work, owner, &[DownloadStatus::Queued, DownloadStatus::Downloading]).await? {
        downloads::pause_in(work, owner, id).await?;
    }
    Ok(())
}

/// Refuses to take the last administrator. The rows of all administrators are locked.
async fn check_last_administrator(work: &Work<'_>, known: &ManagedUser, stays: bool) -> Result<()> {
    if !stays && is_last_administrator(work, known.id).await? {
        let why = "This is the last administrator of this server. Make another user an administrator first.";
        return Err(Refusal::conflict(why).into());
    }
    Ok(())
}

/// Refuses a guardian who cannot be one, and a listener with a library or with listeners of their own.
async fn check_guardian(
    engine: &Engine,
    work: &Work<'_>,
    known: &ManagedUser,
    role: AccountRole,
    guardian: Option<UserId>,
) -> Result<()> {
    if let Some(guardian) = guardian.filter(|guardian| known.guardian_id != Some(*guardian)) {
        let user = rows::get(&**work, guardian, engine.now()).await?;
        if user.is_none_or(|user| user.role == AccountRole::Listener || user.disabled_at.is_some()) {
            let why = "Choose a user who may sign in, and who is no listener.";
            return Err(Refusal::field("guardian_id", why).into());
        }
    }
    if role != AccountRole::Listener || known.role == AccountRole::Listener {
        return Ok(());
    }
    if rows::is_guardian(&**work, known.id).await? {
        let why = "This user is the guardian of a listener. Give that listener another guardian first.";
        return Err(Refusal::conflict(why).into());
    }
    if !rows::has_empty_library(&**work, known.id).await? {
        let why = "A listener begins with an empty library, and this user has subscriptions or downloads. Make \
                   another account for the listener.";
        return Err(Refusal::conflict(why).into());
    }
    Ok(())
}

fn missing() -> Refusal {
    Refusal::missing("user")
}
