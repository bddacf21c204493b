//! Router: the page of each path, and what follows every navigation.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route};
use leptos_router::hooks::use_location;
use leptos_router::{SsrMode, path};

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
        let clean = path.to_owned() + &crate::paths::query_of_page(query);
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&clean));
    }
    let _ = path;
}
