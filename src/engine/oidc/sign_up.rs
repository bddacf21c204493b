//! Account of an identity that signs in for the first time.

use serde_json::json;

use super::identities::name;
use super::{Failure, provider};
use crate::db::invites::UsedInvite;
use crate::db::{accounts as users, identities as rows, known_networks};
use crate::domain::account::Credentials;
use crate::domain::audit_entry::AuditAction;
use crate::domain::identity::OidcFailure;
use crate::domain::preference::Preferences;
use crate::domain::{Refusal, UserId};
use crate::engine::accounts::roles::set_first_role;
use crate::engine::accounts::{self, Client};
use crate::engine::config::OidcSignup;
use crate::engine::oidc::token::Claims;
use crate::engine::{Engine, Error, Result, Work};

/// Number of user names that are tried before the sign-up is given up.
const TRIES: u32 = 50;

/// Makes an account without a password, if the settings allow it. `invite` is the hash of an
/// invitation, which is used up in the same transaction and gives the role.
pub(super) async fn sign_up(
    engine: &Engine,
    claims: &Claims,
    invite: Option<&str>,
    client: &Client,
) -> Result<UserId, Failure> {
    let settings = &provider(engine)?.settings;
    match (settings.signup, invite) {
        (OidcSignup::No, _) => return Err(Failure::Known(OidcFailure::Unknown)),
        (OidcSignup::Invite, None) => return Err(Failure::Known(OidcFailure::Uninvited)),
        (OidcSignup::Invite, Some(_)) | (OidcSignup::Yes, _) => {}
    }
    accounts::count_sign_up(engine, client).await?;
    let hash = accounts::no_password()?;
    let wished = wished(claims);
    for n in 1..=TRIES {
        let username = if n == 1 { wished.clone() } else { format!("{wished}-{n}") };
        let mut work = engine.begin().await?;
        let invited = match invite {
            Some(hash) => Some(take(&work, hash).await?),
            None => None,
        };
        let made = users::insert(&*work, &username, &hash, &Preferences::default(), work.now()).await?;
        let Some(user) = made else { continue };
        if !rows::insert(&*work, user.id, &settings.issuer, &claims.sub, &name(claims), work.now()).await? {
            // Signed up at the same moment by another request.
            return Err(Failure::Known(OidcFailure::Expired));
        }
        let id = user.id;
        let (role, guardian) =
            invited.as_ref().map_or((user.role, None), |invite| (invite.role, invite.guardian_id));
        set_first_role(engine, &work, user, role, guardian).await?;
        let mut data = json!({ "issuer": settings.issuer });
        if let Some(invite) = invited {
            data["invite"] = json!(invite.id);
            data["role"] = json!(invite.role);
        }
        work.audit(AuditAction::SignUp, Some(id), data);
        known_networks::record(&*work, id, &client.address.cidr(), work.now()).await?;
        work.commit().await?;
        return Ok(id);
    }
    Err(Failure::Known(OidcFailure::Taken))
}

async fn take(work: &Work<'_>, hash: &str) -> Result<UsedInvite, Failure> {
    accounts::take_invite(work, hash).await.map_err(|error| match error {
        Error::Refused(Refusal::Invalid { .. }) => Failure::Known(OidcFailure::Invite),
        other => Failure::Fault(other),
    })
}

/// User name in our alphabet, made of the one at the provider, or of the mail address before the @.
fn wished(claims: &Claims) -> String {
    let local = claims.email.as_deref().and_then(|email| email.split('@').next());
    let given = claims.preferred_username.as_deref().or(local).unwrap_or_default();
    let given = given.split('@').next().unwrap_or_default();
    let name: String =
        given.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(30).collect();
    let typed = Credentials { username: name, password: "x".repeat(20) };
    if typed.check().is_ok() { typed.username } else { "user".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_is_made_of_what_the_provider_tells() {
        let name = |username: Option<&str>, email: Option<&str>| {
            let claims = json!({
                "iss": "i", "sub": "s", "aud": "a", "exp": 0, "iat": 0,
                "preferred_username": username, "email": email
            });
            wished(&serde_json::from_value(claims).expect("they are claims"))
        };
        assert_eq!(name(Some("ada.lovelace"), Some("x@example.org")), "ada.lovelace");
        assert_eq!(name(None, Some("grace@example.org")), "grace");
        assert_eq!(name(Some("grace@example.org"), None), "grace");
        assert_eq!(name(Some("<b>Ada</b>"), None), "bAdab");
        assert_eq!(name(Some("ä"), None), "user");
        assert_eq!(name(None, None), "user");
        assert_eq!(name(Some(&"x".repeat(80)), None).len(), 30);
    }
}
