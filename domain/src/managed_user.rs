//! Users as administrators see and change them. Nothing of their libraries.

use serde::{Deserialize, Deserializer, Serialize};

use super::account::AccountRole;
use super::page::ListFilter;
use super::refusal::Refusal;
use super::{DateTime, UserId, Utc};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ManagedUser {
    pub id: UserId,
    pub username: String,
    pub display_name: Option<String>,
    pub role: AccountRole,
    pub is_admin: bool,
    /// User whose subscriptions a listener listens to.
    pub guardian_id: Option<UserId>,
    /// Name of that user.
    pub guardian: Option<String>,
    /// Null while the user may sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Time after which the account is deleted, on the request of its user. Enabling it undoes that.
    pub delete_after: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// Time of the last request of a session, to within five minutes. Null without sessions.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Number of sessions that have not ended.
    pub sessions: i64,
    /// Number of API keys that work.
    pub api_keys: i64,
}

/// Filter of the list of users.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct UserFilter {
    /// Part of the user name.
    pub q: Option<String>,
}

impl ListFilter for UserFilter {}

/// Change of a user by an administrator. Omitted fields stay unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct UserChange {
    pub role: Option<AccountRole>,
    pub disabled: Option<bool>,
    /// Null removes the guardian.
    #[serde(deserialize_with = "null_as_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<UserId>))]
    pub guardian_id: Option<Option<UserId>>,
}

fn null_as_none<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Option<UserId>>, D::Error> {
    Option::deserialize(reader).map(Some)
}

impl UserChange {
    /// Role and guardian after the change. Only a listener has a guardian.
    ///
    /// # Errors
    /// Invalid for a guardian of a user who is no listener, or who is their own.
    pub fn applied(self, known: &ManagedUser) -> Result<(AccountRole, Option<UserId>), Refusal> {
        let role = self.role.unwrap_or(known.role);
        if role != AccountRole::Listener {
            return match self.guardian_id.flatten() {
                Some(_) => Err(Refusal::field("guardian_id", "Only a listener has a guardian.")),
                None => Ok((role, None)),
            };
        }
        let guardian = self.guardian_id.unwrap_or(known.guardian_id);
        if guardian == Some(known.id) {
            return Err(Refusal::field(
                "guardian_id",
                "Choose another user: a listener is not their own guardian.",
            ));
        }
        Ok((role, guardian))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(role: AccountRole, guardian: Option<i64>) -> ManagedUser {
        ManagedUser {
            id: UserId(7),
            username: "ada".into(),
            display_name: None,
            role,
            is_admin: role == AccountRole::Admin,
            guardian_id: guardian.map(UserId),
            guardian: None,
            disabled_at: None,
            delete_after: None,
            created_at: DateTime::UNIX_EPOCH,
            last_seen_at: None,
            sessions: 0,
            api_keys: 0,
        }
    }

    #[test]
    fn only_a_listener_has_a_guardian_and_it_is_another_user() {
        use AccountRole::{Listener, User};
        let (user, listener) = (known(User, None), known(Listener, Some(1)));
        let change = |role, guardian_id| UserChange { role, guardian_id, disabled: None };
        let guarded = |guardian: i64| Some(Some(UserId(guardian)));
        assert_eq!(change(Some(Listener), guarded(1)).applied(&user), Ok((Listener, Some(UserId(1)))));
        assert_eq!(change(Some(Listener), None).applied(&user), Ok((Listener, None)));
        assert_eq!(change(None, None).applied(&listener), Ok((Listener, Some(UserId(1)))));
        assert_eq!(change(None, Some(None)).applied(&listener), Ok((Listener, None)));
        assert_eq!(change(Some(User), None).applied(&listener), Ok((User, None)));
        assert!(change(None, guarded(1)).applied(&user).is_err());
        assert!(change(None, guarded(7)).applied(&listener).is_err());
    }

    #[test]
    fn an_omitted_guardian_differs_from_one_that_is_null() {
        let read = |text: &str| serde_json::from_str::<UserChange>(text).expect("it is a change");
        assert_eq!(read("{}").guardian_id, None);
        assert_eq!(read(r#"{"guardian_id":null}"#).guardian_id, Some(None));
        assert_eq!(read(r#"{"guardian_id":3}"#).guardian_id, Some(Some(UserId(3))));
        assert!(serde_json::from_str::<UserChange>(r#"{"is_admin":true}"#).is_err());
    }
}
