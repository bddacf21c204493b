//! Tables of an export, and the tables and columns that are left out of it, with the reasons.

/// Table of which a user's rows are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportedTable {
    pub name: &'static str,
    /// Condition of the rows of user `$1`.
    pub owned: &'static str,
    /// Columns by which the rows are numbered.
    pub order: &'static str,
}

/// A table with a column `user_id`.
const fn of_user(name: &'static str, order: &'static str) -> ExportedTable {
    ExportedTable { name, owned: "user_id = $1", order }
}

const fn table(name: &'static str, owned: &'static str, order: &'static str) -> ExportedTable {
    ExportedTable { name, owned, order }
}

/// Condition of rows that belong to a run.
const OF_RUN: &str = "run_id IN (SELECT id FROM run WHERE user_id = $1)";

pub const TABLES: &[ExportedTable] = &[
    table("account", "id = $1", "id"),
    of_user("session", "id"),
    of_user("known_network", "network"),
    of_user("api_key", "id"),
    of_user("identity", "id"),
    of_user("passkey", "id"),
    of_user("totp", "user_id"),
    of_user("recovery_code", "made_at, code_hash"),
    of_user("request_limit", "user_id"),
    of_user("usage", "day, key_id"),
    of_user("personal_feed", "user_id"),
    of_user("share", "id"),
    table("audit_entry", "actor_id = $1", "id"),
    of_user("account_deletion", "user_id"),
    table("invite", "made_by = $1", "id"),
    table("announcement", "created_by = $1", "id"),
    table("source", "added_by = $1 OR private_to = $1", "id"),
    of_user("subscription", "id"),
    of_user("deleted_subscription", "id"),
    table(
        "ahead",
        "subscription_id IN (SELECT id FROM subscription WHERE user_id = $1)",
        "subscription_id, item_id",
    ),
    table("run_request", OF_RUN, "run_id"),
    of_user("bundle_request", "created_at, id"),
    of_user("peer_request", "created_at, id"),
    of_user("collection", "id"),
    of_user("download", "id"),
    of_user("deleted_download", "id"),
    of_user("dismissal", "item_id"),
    of_user("eviction", "id"),
    of_user("delivery", "id"),
    of_user("rating", "item_id"),
    of_user("review", "item_id"),
    of_user("playback", "item_id"),
    of_user("playback_speed", "source_id"),
    of_user("play_queue", "place"),
    of_user("listened", "quarter_hour, item_id"),
    of_user("commute_window", "id"),
    of_user("reminder", "window_id, day"),
    of_user("device", "id"),
    of_user("contact", "id"),
    of_user("copy", "device_id, download_id"),
    of_user("plan", "id"),
    table("plan_item", "plan_id IN (SELECT id FROM plan WHERE user_id = $1)", "plan_id, place"),
    of_user("outcome", "plan_id"),
    of_user("run", "id"),
    table("message", OF_RUN, "id"),
    table("artifact", OF_RUN, "id"),
    table("approval", OF_RUN, "id"),
    of_user("agent_rating", "run_id, agent"),
    of_user("event", "seq"),
    of_user("notification", "id"),
    of_user("channel", "id"),
    of_user("channel_delivery", "id"),
];

/// Tables with rows of a user that are left out, and why.
pub const LEFT_OUT_TABLES: &[(&str, &str)] = &[
    ("reset_link", "one row of an hour, with the hash of a secret"),
    ("ceremony", "a sign-in that is under way, of minutes"),
    ("oidc_flow", "a sign-in at the provider that is under way, of minutes"),
    ("challenge", "secrets of minutes, by which devices prove their copies"),
    ("account_export", "the export itself"),
];

/// Columns that are left out, and why.
pub const LEFT_OUT_COLUMNS: &[(&str, &str, &str)] = &[
    ("account", "password_hash", "a secret"),
    ("session", "token_hash", "the hash of a secret"),
    ("api_key", "hash", "the hash of a secret"),
    ("passkey", "credential", "the public key and the counter, of use to this server alone"),
    ("totp", "secret", "a sealed secret, of use to this server alone"),
    ("totp", "begun_by", "the hash of a secret"),
    ("recovery_code", "code_hash", "the hash of a secret"),
    ("personal_feed", "token_hash", "the hash of a secret"),
    ("share", "token_hash", "the hash of a secret"),
    ("share", "token", "a sealed secret, of use to this server alone"),
    ("invite", "token_hash", "the hash of a secret"),
    ("source", "credential", "a sealed name and password, of use to this server alone"),
    ("channel", "hash", "the hash of an address that can be a secret"),
    ("channel", "sealed", "a sealed address, of use to this server alone"),
    ("device", "client_key", "a secret of the browser"),
];
