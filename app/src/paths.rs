//! Addresses of all pages. Imports no other module of the app, so that every module may use it.

/// Path prefix of the server functions; the server routes `/api/ui/{*fn_name}` to leptos.
pub const PREFIX: &str = "/api/ui/";
/// Server function that a plain form of every page calls.
pub const SAVE_LANGUAGE: &str = "/api/ui/save_language";

use domain::identity::FlowPurpose;
use domain::onboarding::Step;
use domain::run::Agent;
use domain::{CollectionId, DownloadId, ItemId, RunId, SourceId};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::location::Url;
use leptos_router::params::ParamsMap;

pub const DASHBOARD: &str = "/";
pub const RUNS: &str = "/runs";
pub const COLLECTIONS: &str = "/collections";
pub const AGENTS: &str = "/agents";
pub const APPROVALS: &str = "/approvals";
pub const LOGIN: &str = "/login";
pub const REGISTER: &str = "/register";
pub const SUBSCRIPTIONS: &str = "/subscriptions";
pub const LISTS: &str = "/subscriptions/lists";
pub const SOURCES: &str = "/sources";
pub const NEEDS_ATTENTION: &str = "/sources?health=attention";
pub const ITEMS: &str = "/items";
pub const DOWNLOADS: &str = "/downloads";
pub const HISTORY: &str = "/history";
/// Requests of a site's users for its gateway.
pub const REQUESTS: &str = "/requests";
pub const TASKS: &str = "/tasks";
pub const NOTIFICATIONS: &str = "/notifications";
pub const CHANNELS: &str = "/notifications/settings";
pub const PREFERENCES: &str = "/preferences";
pub const SHARES: &str = "/shares";
pub const DEVICES: &str = "/devices";
pub const DEVICE: &str = "/device";
pub const API_KEYS: &str = "/api-keys";
/// Users of the server, for administrators.
pub const USERS: &str = "/admin/users";
/// Invitations to open an account, for administrators.
pub const INVITES: &str = "/admin/invites";
pub const AUDIT: &str = "/admin/audit";
/// Exchange with other nodes, for administrators.
pub const BUNDLES: &str = "/admin/bundles";
pub const SYSTEM: &str = "/admin/system";
/// Background jobs, for administrators.
pub const JOBS: &str = "/admin/jobs";
/// Health of all sources of the server, for administrators.
pub const MANAGED_SOURCES: &str = "/admin/sources";
/// Messages of administrators to all users.
pub const ANNOUNCEMENTS: &str = "/admin/announcements";
/// Request limits of all users, for administrators.
pub const LIMITS: &str = "/admin/limits";
pub const ACCOUNT: &str = "/account";
/// Section of the account page.
pub const SECOND_FACTORS: &str = "/account#second-factors";
/// Account page of a user who must set up a second factor before all else.
pub const FACTOR_SETUP: &str = "/account/second-factor";
/// Page that asks for the password again.
pub const STEP_UP: &str = "/account/step-up";
/// Account page that says that the password was changed.
pub const PASSWORD_CHANGED: &str = "/account?changed=password";

/// Sign-in page that says that a new password was chosen.
pub const PASSWORD_RESET: &str = "/login?changed=password";

/// Way from the sign-out here to that at the OpenID Connect provider.
pub const PROVIDER_LOGOUT: &str = "/oidc/logout";

/// Sign-in page that offers to sign out at the provider, too.
pub const SIGNED_OUT_HERE: &str = "/login?changed=session";

/// Sign-in page that says that the account is going to be deleted.
pub const ACCOUNT_DELETED: &str = "/login?changed=account";

/// Path of a step of a new user.
pub fn onboarding(step: Step) -> String {
    format!("{DASHBOARD}?step={step}")
}

/// Path of the page of a run.
pub fn run(id: RunId) -> String {
    format!("{RUNS}/{id}")
}

/// Path of the page of a collection.
pub fn collection(id: CollectionId) -> String {
    format!("{COLLECTIONS}/{id}")
}

/// Path of the page of an agent.
pub fn agent(agent: Agent) -> String {
    format!("{AGENTS}/{agent}")
}

/// Path of the agents page after an emergency stop, with the number of ended runs.
pub fn agents_after_stop(stopped: i64) -> String {
    format!("{AGENTS}?stopped={stopped}")
}

/// Path of the page of a source.
pub fn source(id: SourceId) -> String {
    format!("{SOURCES}/{id}")
}

/// Path of a volume of a bundle, in the REST API: read as a download, written as an upload.
pub fn bundle_volume(name: &str) -> String {
    format!("/api/v1/admin/bundles/volumes/{}", Url::escape(name))
}

/// Path of the item list for one source.
pub fn items_of(id: SourceId) -> String {
    format!("{ITEMS}?source_id={id}")
}

/// Path of the item list for one topic.
pub fn items_about(topic: &str) -> String {
    format!("{ITEMS}?topic={}", Url::escape(topic))
}

/// Path of the page of an item.
pub fn item(id: ItemId) -> String {
    format!("{ITEMS}/{id}")
}

/// Path of the reading page of a download.
pub fn read(id: DownloadId) -> String {
    format!("{DOWNLOADS}/{id}/read")
}

/// Path of the public page of a share.
pub fn share(token: &str) -> String {
    format!("/s/{}", Url::escape(token))
}

/// Path and query of the current page.
pub fn here() -> String {
    let location = use_location();
    location.pathname.get_untracked() + &query_of_page(location.query)
}

/// Path of the sign-in page, which leads back to `back`.
pub fn sign_in(back: &str) -> String {
    format!("{LOGIN}?next={}", Url::escape(back))
}

/// Path of the page that asks for the code of a second factor.
pub fn sign_in_code(next: &str) -> String {
    format!("{LOGIN}?step=code&next={}", Url::escape(next))
}

/// Path of the page that asks for the password again, and leads back to `back`.
pub fn step_up(back: &str) -> String {
    format!("{STEP_UP}?next={}", Url::escape(back))
}

/// Path that leads to the OpenID Connect provider, and from there to `next`.
pub fn provider(purpose: FlowPurpose, next: &str) -> String {
    format!("/oidc/start?purpose={purpose}&next={}", Url::escape(next))
}

/// Path that leads a visitor with an invitation to the OpenID Connect provider.
pub fn provider_with_invite(invite: &str) -> String {
    format!("{}&invite={}", provider(FlowPurpose::SignIn, DASHBOARD), Url::escape(invite))
}

/// Whether a path is open to a user who must set up a second factor first.
pub fn is_open_without_factor(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    [FACTOR_SETUP, STEP_UP].contains(&path)
}

/// Open redirect guard: accepts a path on this site to open after sign-in, else returns the dashboard.
pub fn safe_next(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//");
    let is_plain = next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if is_path && is_plain { next } else { DASHBOARD }
}

/// Query of the current page, from its `?` on, without a form's response.
pub fn query_of_page(query: Memo<ParamsMap>) -> String {
    let mut query = query.get_untracked();
    ANSWER.iter().for_each(|name| drop(query.remove(name)));
    query.to_query_string()
}

/// Query parameters with the response to a form that was sent without JavaScript.
const ANSWER: [&str; 4] = ["__err", "__path", "changed", "oidc"];

/// Whether a query has the response to a form.
pub fn has_answer(query: &ParamsMap) -> bool {
    ANSWER.iter().any(|name| query.get_str(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn signing_in_leads_back_to_this_site_only() {
        assert_eq!(safe_next("/downloads?status=ready&q=a%20b"), "/downloads?status=ready&q=a%20b");
        for elsewhere in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "evil",
            "/\u{e9}",
        ] {
            assert_eq!(safe_next(elsewhere), "/", "{elsewhere}");
        }
    }
}
