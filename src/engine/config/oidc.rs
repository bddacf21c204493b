//! Settings of the OpenID Connect provider.

use crate::domain::feed_login::Secret;

/// Provider that users may sign in with.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// Address of the provider, exactly as it names itself.
    pub issuer: String,
    pub client_id: String,
    /// Empty for a public client.
    pub client_secret: Secret,
    /// Name of the provider on the pages.
    pub name: String,
    /// Accounts of unknown identities.
    pub signup: OidcSignup,
    /// Claim that decides who is an administrator. Without it, administrators of this server do.
    pub role: Option<RoleClaim>,
}

/// Effect of the first sign-in of an unknown identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OidcSignup {
    /// Nothing: users link their accounts themselves.
    No,
    /// An account, with an invitation.
    Invite,
    /// An account.
    Yes,
}

/// Claim of the ID token that maps to a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleClaim {
    /// Name of the claim: a text, or a list of texts.
    pub name: String,
    /// Value that makes an administrator. Any other one makes none.
    pub admin: String,
}
