//! Role of a user by a claim of the ID token, at each sign-in with the provider.

use serde_json::{Value, json};

use super::token::Claims;
use super::{Failure, provider};
use crate::db::users;
use crate::domain::UserId;
use crate::domain::account::AccountRole;
use crate::domain::audit_entry::AuditAction;
use crate::engine::Engine;
use crate::engine::accounts::roles::{is_last_administrator, lock_with_administrators, set_role};

/// Gives the user the role that the claim says. A token without the claim changes nothing, and neither does a
/// claim of another type than a text or a list of texts. The last administrator stays one.
pub(super) async fn follow(engine: &Engine, owner: UserId, claims: &Claims) -> Result<(), Failure> {
    let Some(claim) = &provider(engine)?.settings.role else { return Ok(()) };
    let Some(value) = claims.others.get(&claim.name).filter(|value| !value.is_null()) else { return Ok(()) };
    let Some(is_admin) = names(value, &claim.admin) else {
        tracing::warn!(claim = claim.name, "a claim of roles is neither a text nor a list of texts");
        return Ok(());
    };
    let mut work = engine.begin().await?;
    lock_with_administrators(&work, [owner]).await?;
    let user = users::get(&*work, owner, work.now()).await?.filter(|user| user.disabled_at.is_none());
    let Some(user) = user else { return Ok(()) };
    let role = match (is_admin, user.role) {
        (true, _) => AccountRole::Admin,
        // The claim tells administrators from others, and says nothing of guardians.
        (false, AccountRole::Admin) => AccountRole::User,
        (false, other) => other,
    };
    if role == user.role {
        return Ok(());
    }
    if role != AccountRole::Admin && is_last_administrator(&work, owner).await? {
        tracing::warn!(user = owner.0, "the provider's claim would take the last administrator's role");
        return Ok(());
    }
    set_role(engine, &mut work, (owner, user.role), role, None).await?;
    work.audit(AuditAction::UserChange, Some(owner), json!({ "role": role, "by": "provider" }));
    Ok(work.commit().await?)
}

/// Whether a claim has the value. None if it is of another type.
fn names(claim: &Value, value: &str) -> Option<bool> {
    match claim {
        Value::String(one) => Some(one == value),
        Value::Array(all) => {
            let all = all.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
            Some(all.contains(&value))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_a_text_or_a_list_of_texts() {
        let admins = |claim: Value| names(&claim, "admins");
        assert_eq!(admins(json!("admins")), Some(true));
        assert_eq!(admins(json!(["users", "admins"])), Some(true));
        for other in [json!("users"), json!([]), json!(["admins2"]), json!("Admins"), json!("")] {
            assert_eq!(admins(other), Some(false));
        }
        let lies =
            [json!(7), json!(true), json!({ "admins": "admins" }), json!(["admins", 7]), json!([["admins"]])];
        for lie in lies {
            assert_eq!(admins(lie), None);
        }
    }
}
