//! Audit log of administrators: who did what to accounts and to the server.

mod details;
mod export;

use domain::audit_entry::{AuditAction, AuditActor, AuditEntry, AuditOutcome};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::details::details;
use self::export::ExportLink;
use crate::api::audit::list_audit;
use crate::components::When;
use crate::components::admin_tabs::AdminTabs;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::{FilterForm, value};
use crate::components::form::{Choice, later};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::notice::{Badge, Empty};
use crate::components::pager::Pager;
use crate::components::title::PageTitle;
use crate::{language, parts, paths, t};

#[component]
pub fn Audit() -> impl IntoView {
    view! {
        <PageTitle text=t!("Audit log") />
        <RequireSignIn>
            <h1 id="audit">{t!("Audit log")}</h1>
            <AdminTabs />
            <p class="lead">
                {t!(
                    "Sign-ins, changes of accounts and what administrators did, for 400 days. Nothing of what \
                     users hear or read. “smartcache doctor --audit” proves that no entry was changed or removed."
                )}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let query = use_query_map();
    let of = move |name: &'static str| value(query, name);
    let kept = live_query(
        move || [of("action"), of("outcome"), of("user"), of("cursor")],
        |[action, outcome, user, cursor]| list_audit(action, outcome, user, cursor),
    );
    let next = kept.part(|view| view.next_cursor.clone());
    let entries = kept.part(|view| view.entries.clone());
    let filter = kept.part(|view| view.filter.clone());
    let actions = AuditAction::ALL.iter().map(|action| (action.as_str(), action_words(*action))).collect();
    let outcomes = vec![("done", t!("Done")), ("refused", t!("Refused"))];
    view! {
        <FilterForm path=paths::AUDIT button=t!("Show")>
            <Choice
                label=t!("Action")
                name="action"
                any=t!("Any action")
                options=actions
                chosen=Signal::derive(move || of("action"))
            />
            <Choice
                label=t!("Outcome")
                name="outcome"
                any=t!("Any outcome")
                options=outcomes
                chosen=Signal::derive(move || of("outcome"))
            />
            <div class="field filter-words">
                <label for="user">{t!("User name")}</label>
                <input
                    id="user"
                    name="user"
                    type="search"
                    value=move || of("user")
                    prop:value=later(move || of("user"))
                    autocomplete="off"
                />
            </div>
        </FilterForm>
        <Loaded kept what=t!("Loading the audit log")>
            {move || entries.with(Vec::is_empty).then(|| view! {
                <Empty title=t!("No such entries")>
                    <p>{t!("Choose another action or outcome, or type a whole user name.")}</p>
                </Empty>
            })}
            <ul class="rows" aria-labelledby="audit">
                <Each list=entries key=|row| row.id row=move |row| view! { <EntryRow row /> } />
            </ul>
            {move || (!entries.with(Vec::is_empty)).then(|| view! { <ExportLink filter /> })}
            <Pager path=paths::AUDIT query next />
        </Loaded>
    }
}

/// Entries never change, so a row is not reactive.
#[component]
fn EntryRow(row: Signal<AuditEntry>) -> impl IntoView {
    let AuditEntry { at, action, outcome, network, user_agent, request_id, data, .. } = row.get_untracked();
    let is_refused = outcome == AuditOutcome::Refused;
    let refused = is_refused.then(|| {
        let text = Signal::stored(t!("Refused").to_owned());
        view! { <Badge tone=Signal::stored("bad") text /> }
    });
    let about = row.with_untracked(about);
    let details: Vec<_> = details(&data).into_iter().map(|text| view! { <span>{text}</span> }).collect();
    let fact = |text: String| (!text.is_empty()).then(|| view! { <span>{text}</span> });
    view! {
        <li class="row row-slim">
            <div class="row-main">
                <h2 class="row-title">{action_words(action)} {about.map(|name| view! { ": " <span dir="auto">{name}</span> })}</h2>
                <p class="row-facts">
                    {refused} <span><When at /></span> <span>{row.with_untracked(actor)}</span>
                    {details} {fact(network)} {fact(language::sentence(&user_agent))}
                    {(!request_id.is_empty()).then(|| view! {
                        <span>{parts!("Request {id}", id = view! { <code>{request_id}</code> })}</span>
                    })}
                </p>
            </div>
        </li>
    }
}

/// Name of a user, or the number of a deleted one.
fn user(name: &Option<String>, id: Option<i64>) -> Option<String> {
    name.clone().or_else(|| id.map(|id| t!("deleted user {id}", id = id)))
}

/// User whom an entry is about, unless it is the one who acted.
fn about(entry: &AuditEntry) -> Option<String> {
    let id = entry.about_id.filter(|id| entry.actor_id != Some(*id))?;
    user(&entry.about_name, Some(id.0))
}

fn actor(entry: &AuditEntry) -> String {
    let name = user(&entry.actor_name, entry.actor_id.map(|id| id.0)).unwrap_or_default();
    match entry.actor {
        AuditActor::Session => t!("by {name}", name = name),
        AuditActor::ApiKey => t!("by a key of {name}", name = name),
        AuditActor::Stranger => t!("by a client that was not signed in").to_owned(),
        AuditActor::Command => t!("by a command on the server").to_owned(),
        AuditActor::Server => t!("by the server").to_owned(),
    }
}

fn action_words(action: AuditAction) -> &'static str {
    match action {
        AuditAction::SignUp => t!("Sign-up"),
        AuditAction::SignIn => t!("Sign-in"),
        AuditAction::SignOut => t!("Sign-out"),
        AuditAction::StepUp => t!("Password typed again"),
        AuditAction::PasswordChange => t!("Password changed"),
        AuditAction::PasswordReset => t!("Password reset"),
        AuditAction::FactorChange => t!("Second factor changed"),
        AuditAction::SessionEnd => t!("Sessions ended"),
        AuditAction::ApiKeyAdd => t!("API key made"),
        AuditAction::ApiKeyRevoke => t!("API key revoked"),
        AuditAction::UserChange => t!("User changed"),
        AuditAction::UserSessionsEnd => t!("Sessions of a user ended"),
        AuditAction::IdentityAdd => t!("Identity linked"),
        AuditAction::IdentityRemove => t!("Identity removed"),
        AuditAction::AgentChange => t!("Agent changed"),
        AuditAction::Announce => t!("Announcement made"),
        AuditAction::LimitsChange => t!("Request limits changed"),
        AuditAction::LimitsReset => t!("Request counters reset"),
        AuditAction::CacheClear => t!("Cache cleared"),
        AuditAction::PeerTrust => t!("Node trusted"),
        AuditAction::PeerRevoke => t!("Trust in a node ended"),
        AuditAction::RunsStop => t!("All runs stopped"),
        AuditAction::SourceRefresh => t!("Source refreshed"),
        AuditAction::JobRetry => t!("Job retried"),
        AuditAction::JobCancel => t!("Job cancelled"),
        AuditAction::AuditExport => t!("Audit log exported"),
        AuditAction::InviteMake => t!("Invitation made"),
        AuditAction::InviteRevoke => t!("Invitation revoked"),
        AuditAction::ResetLinkMake => t!("Reset link made"),
        AuditAction::DeletionRequest => t!("Deletion of the account requested"),
        AuditAction::AccountDelete => t!("Account deleted"),
        AuditAction::ExportRequest => t!("Export requested"),
        AuditAction::Access => t!("Access without the right"),
    }
}
