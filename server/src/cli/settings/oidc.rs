//! Settings of sign-in with an OpenID Connect provider.

use clap::{Args, ValueEnum};
use smartcache::domain::feed_login::Secret;
use smartcache::engine::config::{OidcSettings, OidcSignup, RoleClaim};

use crate::cli::values::issuer;

#[derive(Debug, Args)]
pub struct OidcFlags {
    /// OpenID Connect provider that users may sign in with, as it names itself: https://id.example.org
    #[arg(id = "oidc_issuer", long = "oidc-issuer", env = "SMARTCACHE_OIDC_ISSUER", value_parser = issuer, value_name = "URL", global = true)]
    #[arg(requires = "oidc_client_id")]
    issuer: Option<String>,
    /// Id of this server at the provider; its redirect URI is SMARTCACHE_PUBLIC_URL with /oidc/callback
    #[arg(
        id = "oidc_client_id",
        long = "oidc-client-id",
        env = "SMARTCACHE_OIDC_CLIENT_ID",
        value_name = "ID",
        global = true,
        requires = "oidc_issuer"
    )]
    client_id: Option<String>,
    /// Secret of this server at the provider; without it, it is a public client
    #[arg(
        id = "oidc_client_secret",
        long = "oidc-client-secret",
        env = "SMARTCACHE_OIDC_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    #[arg(default_value = "", hide_default_value = true, global = true)]
    client_secret: String,
    /// Name of the provider on the pages
    #[arg(
        id = "oidc_name",
        long = "oidc-name",
        env = "SMARTCACHE_OIDC_NAME",
        default_value = "single sign-on",
        global = true
    )]
    name: String,
    /// Whether the first sign-in there makes an account
    #[arg(id = "oidc_signup", long = "oidc-signup", env = "SMARTCACHE_OIDC_SIGNUP", value_enum, default_value_t = SignupFlag::No, global = true)]
    signup: SignupFlag,
    /// Claim of the ID token that decides at each sign-in who is an administrator: a text, or a list of texts
    #[arg(
        id = "oidc_role_claim",
        long = "oidc-role-claim",
        env = "SMARTCACHE_OIDC_ROLE_CLAIM",
        value_name = "CLAIM",
        global = true,
        requires = "oidc_admin_value"
    )]
    role_claim: Option<String>,
    /// Value of that claim that makes an administrator; any other one makes none
    #[arg(
        id = "oidc_admin_value",
        long = "oidc-admin-value",
        env = "SMARTCACHE_OIDC_ADMIN_VALUE",
        value_name = "VALUE",
        global = true,
        requires = "oidc_role_claim"
    )]
    admin_value: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SignupFlag {
    /// No; users link their accounts themselves
    No,
    /// Yes, for those with an invitation of an administrator
    Invite,
    /// Yes, for all whom the provider lets in
    Yes,
}

impl From<SignupFlag> for OidcSignup {
    fn from(flag: SignupFlag) -> Self {
        match flag {
            SignupFlag::No => Self::No,
            SignupFlag::Invite => Self::Invite,
            SignupFlag::Yes => Self::Yes,
        }
    }
}

impl OidcFlags {
    /// Settings of the provider, if one is named.
    pub fn into_settings(self) -> Option<OidcSettings> {
        let (issuer, client_id) = self.issuer.zip(self.client_id)?;
        let role = self.role_claim.zip(self.admin_value);
        Some(OidcSettings {
            issuer,
            client_id,
            client_secret: Secret(self.client_secret),
            name: self.name,
            signup: self.signup.into(),
            role: role.map(|(name, admin)| RoleClaim { name, admin }),
        })
    }
}
