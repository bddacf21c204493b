//! Identities of a user at an OpenID Connect provider.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{DateTime, IdentityId, Utc};

/// An account at the provider that signs a user in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identity {
    pub id: IdentityId,
    /// Address of the provider.
    pub issuer: String,
    /// Name that the provider told when it was linked. Shown to its user, and decides nothing.
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

words! {
    /// Reason to send a user to the provider.
    FlowPurpose {
        SignIn = "sign_in",
        /// The signed-in user adds an identity.
        Link = "link",
        /// The signed-in user authenticates again.
        StepUp = "step_up",
    }
}

words! {
    /// Reason why a sign-in with the provider failed.
    OidcFailure {
        /// The user or the provider said no.
        Cancelled = "cancelled",
        /// Begun too long ago, in another browser, or finished already.
        Expired = "expired",
        /// A lie, or a token of something else.
        Untrusted = "untrusted",
        /// No account is linked, and none is made.
        Unknown = "unknown",
        /// No account is linked, and one is made with an invitation alone.
        Uninvited = "uninvited",
        /// The invitation does not work.
        Invite = "invite",
        /// Linked to another account, or no user name was free.
        Taken = "taken",
        /// Another identity than the one of this account.
        Other = "other",
        Disabled = "disabled",
        TooMany = "too_many",
        Unavailable = "unavailable",
    }
}
