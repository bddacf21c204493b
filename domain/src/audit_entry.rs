//! Audit log: who did what to accounts and to the server.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::page::ListFilter;
use super::words::words;
use super::{AuditEntryId, DateTime, UserId, Utc};

words! {
    /// Kind of what was done. The table in docs/security.md says what each has in `data`.
    AuditAction {
        SignUp = "sign_up",
        SignIn = "sign_in",
        SignOut = "sign_out",
        StepUp = "step_up",
        PasswordChange = "password_change",
        PasswordReset = "password_reset",
        FactorChange = "factor_change",
        SessionEnd = "session_end",
        ApiKeyAdd = "api_key_add",
        ApiKeyRevoke = "api_key_revoke",
        UserChange = "user_change",
        UserSessionsEnd = "user_sessions_end",
        IdentityAdd = "identity_add",
        IdentityRemove = "identity_remove",
        LimitsChange = "limits_change",
        LimitsReset = "limits_reset",
        AgentChange = "agent_change",
        Announce = "announce",
        CacheClear = "cache_clear",
        RunsStop = "runs_stop",
        SourceRefresh = "source_refresh",
        JobRetry = "job_retry",
        JobCancel = "job_cancel",
        /// The log was exported.
        AuditExport = "audit_export",
        InviteMake = "invite_make",
        InviteRevoke = "invite_revoke",
        ResetLinkMake = "reset_link_make",
        /// A user has asked for the deletion of the own account.
        DeletionRequest = "deletion_request",
        AccountDelete = "account_delete",
        ExportRequest = "export_request",
        PeerTrust = "peer_trust",
        PeerRevoke = "peer_revoke",
        /// Something that the caller has no right to.
        Access = "access",
    }
}

words! {
    /// Credential that the actor came with.
    AuditActor {
        Session = "session",
        ApiKey = "api_key",
        /// A client that is not signed in.
        Stranger = "stranger",
        /// A command on the server's machine.
        Command = "command",
        /// The server by itself.
        Server = "server",
    }
}

words! {
    AuditOutcome {
        Done = "done",
        Refused = "refused",
    }
}

/// An entry of the audit log. Entries are never changed, and outlive the accounts that they name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub id: AuditEntryId,
    pub at: DateTime<Utc>,
    pub actor: AuditActor,
    /// User who acted, if known.
    pub actor_id: Option<UserId>,
    /// Name of that user, while the account exists.
    pub actor_name: Option<String>,
    pub action: AuditAction,
    pub outcome: AuditOutcome,
    /// User whose account it is about, if it is about one.
    pub about_id: Option<UserId>,
    /// Name of that user, while the account exists.
    pub about_name: Option<String>,
    /// Details, by the action. Never a secret.
    pub data: Value,
    /// Id of the request, as in the log and in the header `X-Request-Id`. Empty without one.
    pub request_id: String,
    /// Network of the client in CIDR notation. Empty if unknown.
    pub network: String,
    /// `User-Agent` header, cut. Empty if there was none.
    pub user_agent: String,
}

/// Filter of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct AuditFilter {
    pub action: Option<AuditAction>,
    pub outcome: Option<AuditOutcome>,
    /// User who acted, or whom it is about.
    pub user_id: Option<UserId>,
}

impl ListFilter for AuditFilter {}
