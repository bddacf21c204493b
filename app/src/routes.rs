//! Routes of all pages, and the redirect after sign-in.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route};
use leptos_router::hooks::use_location;
use leptos_router::location::Url;
use leptos_router::{SsrMode, path};
use smartcache::domain::run::Agent;
use smartcache::domain::{CollectionId, DownloadId, ItemId, RunId, SourceId};

use crate::pages::agent::AgentPage;
use crate::pages::agents::Agents;
use crate::pages::approvals::Approvals;
use crate::pages::collection::CollectionPage;
use crate::pages::collections::Collections;
use crate::pages::dashboard::Dashboard;
use crate::pages::downloads::Downloads;
use crate::pages::history::HistoryPage;
use crate::pages::item::ItemPage;
use crate::pages::items::Items;
use crate::pages::lists::Lists;
use crate::pages::login::Login;
use crate::pages::not_found::NotFound;
use crate::pages::preferences::PreferencesPage;
use crate::pages::read::ReadPage;
use crate::pages::register::Register;
use crate::pages::run::RunPage;
use crate::pages::runs::Runs;
use crate::pages::source::SourcePage;
use crate::pages::sources::Sources;
use crate::pages::subscriptions::Subscriptions;

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
pub const PREFERENCES: &str = "/preferences";

/// The pages. The server renders them completely, because without JavaScript nothing can be filled in later.
#[component]
pub fn Pages() -> impl IntoView {
    view! {
        <main id="main" tabindex="-1" class="page">
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Dashboard ssr=SsrMode::Async />
                <Route path=path!("/login") view=Login ssr=SsrMode::Async />
                <Route path=path!("/register") view=Register ssr=SsrMode::Async />
                <Route path=path!("/runs") view=Runs ssr=SsrMode::Async />
                <Route path=path!("/runs/:id") view=RunPage ssr=SsrMode::Async />
                <Route path=path!("/collections") view=Collections ssr=SsrMode::Async />
                <Route path=path!("/collections/:id") view=CollectionPage ssr=SsrMode::Async />
                <Route path=path!("/agents") view=Agents ssr=SsrMode::Async />
                <Route path=path!("/agents/:name") view=AgentPage ssr=SsrMode::Async />
                <Route path=path!("/approvals") view=Approvals ssr=SsrMode::Async />
                <Route path=path!("/subscriptions") view=Subscriptions ssr=SsrMode::Async />
                <Route path=path!("/subscriptions/lists") view=Lists ssr=SsrMode::Async />
                <Route path=path!("/sources") view=Sources ssr=SsrMode::Async />
                <Route path=path!("/sources/:id") view=SourcePage ssr=SsrMode::Async />
                <Route path=path!("/items") view=Items ssr=SsrMode::Async />
                <Route path=path!("/items/:id") view=ItemPage ssr=SsrMode::Async />
                <Route path=path!("/downloads") view=Downloads ssr=SsrMode::Async />
                <Route path=path!("/downloads/:id/read") view=ReadPage ssr=SsrMode::Async />
                <Route path=path!("/history") view=HistoryPage ssr=SsrMode::Async />
                <Route path=path!("/preferences") view=PreferencesPage ssr=SsrMode::Async />
            </FlatRoutes>
        </main>
        <Arrival />
    }
}

/// Moves the focus to the content after navigation, so that a screen reader announces the new page. Removes a
/// form's response from the URL.
#[component]
fn Arrival() -> impl IntoView {
    let pathname = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let here = pathname.get();
        match before {
            None => forget_answer(&here),
            Some(before) if before != here => {
                if let Some(main) = document().get_element_by_id("main") {
                    crate::components::focus(&main);
                }
            }
            Some(_) => {}
        }
        here
    });
}

fn forget_answer(path: &str) {
    let query = use_location().query;
    if query.with_untracked(|query| query.get_str("__err").is_none()) {
        return;
    }
    #[cfg(feature = "hydrate")]
    if let Ok(history) = window().history() {
        let clean = path.to_owned() + &query_of_page(query);
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&clean));
    }
    let _ = path;
}

/// Query of the current page, without a form's response.
fn query_of_page(query: Memo<leptos_router::params::ParamsMap>) -> String {
    let mut query = query.get_untracked();
    query.remove("__err");
    query.remove("__path");
    query.to_query_string()
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

/// Sets the response status to 404.
pub fn nothing_here() {
    #[cfg(feature = "ssr")]
    if let Some(options) = use_context::<leptos_axum::ResponseOptions>() {
        options.set_status(http::StatusCode::NOT_FOUND);
    }
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

/// Open redirect guard: accepts a path on this site to open after sign-in, else returns the dashboard.
pub fn safe_next(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//");
    let is_plain = next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if is_path && is_plain { next } else { DASHBOARD }
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
