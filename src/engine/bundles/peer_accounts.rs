//! Accounts of the gateway at a site: their users sign in there with the same name and password. They change
//! at the gateway alone.

use serde_json::json;

use super::outgoing::RecordSender;
use super::peers::known_peer;
use crate::db::bundles::{self as rows, NamedAccount};
use crate::db::{accounts, sessions};
use crate::domain::account::is_username;
use crate::domain::audit_entry::AuditAction;
use crate::domain::bundle::{BundlePosition, PeerAccount, Record};
use crate::domain::managed_user::UserChange;
use crate::domain::preference::Preferences;
use crate::domain::{Refusal, UserId};
use crate::engine::{Engine, Error, Result, Work, users};

/// Maximum number of accounts of a gateway.
const MAX_ACCOUNTS: u64 = 10_000;
/// Maximum characters of a name that is shown.
const MAX_DISPLAY_NAME: usize = 60;

impl RecordSender<'_> {
    /// Sends the accounts of this node.
    pub(super) async fn accounts(&self) -> Result<u64> {
        let (mut records, mut number) = (0, 0);
        for account in rows::own_accounts(&self.engine.db).await? {
            records += self.send(&Record::Account(account)).await?;
            number += 1;
        }
        Ok(records + self.send(&Record::AccountEnd { number }).await?)
    }
}

/// Stores the accounts among these records, if this is the gateway's latest bundle. Accounts that it does not
/// name any more are disabled.
pub(super) async fn apply_accounts(
    engine: &Engine,
    peer: &str,
    position: BundlePosition,
    batch: Vec<Record>,
) -> Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let mut changes = Vec::new();
    let mut work = engine.begin().await?;
    if known_peer(&*work, peer).await?.position() != position {
        return Ok(());
    }
    for record in batch {
        match record {
            Record::Account(told) => {
                if let Some(account) = checked(told) {
                    changes.extend(store(&mut work, peer, position.seq, &account).await?);
                }
            }
            Record::AccountEnd { number }
                if number <= MAX_ACCOUNTS
                    && rows::named_accounts(&*work, peer, position.seq).await? == number as i64 =>
            {
                let gone = rows::unnamed_accounts(&*work, peer, position.seq).await?;
                changes.extend(gone.into_iter().map(|id| (id, true)));
            }
            _ => {}
        }
    }
    work.commit().await?;
    for (id, disabled) in changes {
        let change = UserChange { disabled: Some(disabled), ..UserChange::default() };
        match users::change(engine, id, change).await {
            Ok(_) | Err(Error::Refused(Refusal::Conflict { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The account with bounded texts. None if its name or its hash is none.
fn checked(told: PeerAccount) -> Option<PeerAccount> {
    let is_hash = told.password_hash.starts_with("$argon2id$") && told.password_hash.len() < 400;
    let is_name = is_username(&told.username);
    let display_name = told.display_name.map(|name| text::one_line(&name, MAX_DISPLAY_NAME));
    (is_hash && is_name).then_some(PeerAccount { display_name, ..told })
}

/// Stores an account. Returns whether it must be disabled or enabled. The name of an account of this node
/// stays with it.
async fn store(
    work: &mut Work<'_>,
    peer: &str,
    seq: i64,
    told: &PeerAccount,
) -> Result<Option<(UserId, bool)>> {
    let Some(known) = rows::named_account(&**work, &told.username).await? else {
        return insert(work, peer, seq, told).await;
    };
    let NamedAccount { id, home, password_hash, is_disabled } = known;
    if home.as_deref() != Some(peer) {
        tracing::warn!(peer, username = told.username, "the name of an account is taken at this node");
        return Ok(None);
    }
    rows::set_named(&**work, id, seq).await?;
    accounts::set_display_name(&**work, id, told.display_name.clone()).await?;
    if password_hash != told.password_hash {
        accounts::set_password(&**work, id, &told.password_hash).await?;
        sessions::delete_all_of(&**work, id).await?;
        work.audit(AuditAction::PasswordChange, Some(id), json!({ "peer": peer }));
    }
    Ok((is_disabled != told.is_disabled).then_some((id, told.is_disabled)))
}

async fn insert(
    work: &mut Work<'_>,
    peer: &str,
    seq: i64,
    told: &PeerAccount,
) -> Result<Option<(UserId, bool)>> {
    let (name, hash, preferences) = (&told.username, &told.password_hash, Preferences::default());
    let new = accounts::insert(&**work, name, hash, &preferences, work.now()).await?;
    let Some(user) = new else { return Ok(None) };
    rows::set_home(&**work, user.id, peer).await?;
    rows::set_named(&**work, user.id, seq).await?;
    accounts::set_display_name(&**work, user.id, told.display_name.clone()).await?;
    work.audit(AuditAction::SignUp, Some(user.id), json!({ "peer": peer }));
    Ok(told.is_disabled.then_some((user.id, true)))
}
