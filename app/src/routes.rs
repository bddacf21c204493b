//! Router: the page of each path, and what follows every navigation.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route};
use leptos_router::hooks::use_location;
use leptos_router::{Lazy, SsrMode, path};

use crate::lazy;
use crate::pages::not_found::NotFound;

/// The pages. The server renders them completely, because without JavaScript nothing can be filled in later.
#[component]
pub fn Pages() -> impl IntoView {
    view! {
        <main id="main" tabindex="-1" class="page">
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view={Lazy::<lazy::Dashboard>::new()} ssr=SsrMode::Async />
                <Route path=path!("/login") view={Lazy::<lazy::Login>::new()} ssr=SsrMode::Async />
                <Route path=path!("/register") view={Lazy::<lazy::Register>::new()} ssr=SsrMode::Async />
                <Route path=path!("/runs") view={Lazy::<lazy::Runs>::new()} ssr=SsrMode::Async />
                <Route path=path!("/runs/:id") view={Lazy::<lazy::Run>::new()} ssr=SsrMode::Async />
                <Route path=path!("/collections") view={Lazy::<lazy::Collections>::new()} ssr=SsrMode::Async />
                <Route path=path!("/collections/:id") view={Lazy::<lazy::Collection>::new()} ssr=SsrMode::Async />
                <Route path=path!("/agents") view={Lazy::<lazy::Agents>::new()} ssr=SsrMode::Async />
                <Route path=path!("/agents/:name") view={Lazy::<lazy::Agent>::new()} ssr=SsrMode::Async />
                <Route path=path!("/approvals") view={Lazy::<lazy::Approvals>::new()} ssr=SsrMode::Async />
                <Route path=path!("/subscriptions") view={Lazy::<lazy::Subscriptions>::new()} ssr=SsrMode::Async />
                <Route path=path!("/subscriptions/lists") view={Lazy::<lazy::Lists>::new()} ssr=SsrMode::Async />
                <Route path=path!("/sources") view={Lazy::<lazy::Sources>::new()} ssr=SsrMode::Async />
                <Route path=path!("/sources/:id") view={Lazy::<lazy::Source>::new()} ssr=SsrMode::Async />
                <Route path=path!("/items") view={Lazy::<lazy::Items>::new()} ssr=SsrMode::Async />
                <Route path=path!("/items/:id") view={Lazy::<lazy::Item>::new()} ssr=SsrMode::Async />
                <Route path=path!("/downloads") view={Lazy::<lazy::Downloads>::new()} ssr=SsrMode::Async />
                <Route path=path!("/downloads/:id/read") view={Lazy::<lazy::Read>::new()} ssr=SsrMode::Async />
                <Route path=path!("/requests") view={Lazy::<lazy::Requests>::new()} ssr=SsrMode::Async />
                <Route path=path!("/history") view={Lazy::<lazy::History>::new()} ssr=SsrMode::Async />
                <Route path=path!("/tasks") view={Lazy::<lazy::Tasks>::new()} ssr=SsrMode::Async />
                <Route path=path!("/notifications") view={Lazy::<lazy::Notifications>::new()} ssr=SsrMode::Async />
                <Route path=path!("/notifications/settings") view={Lazy::<lazy::Channels>::new()} ssr=SsrMode::Async />
                <Route path=path!("/shares") view={Lazy::<lazy::Shares>::new()} ssr=SsrMode::Async />
                <Route path=path!("/devices") view={Lazy::<lazy::Devices>::new()} ssr=SsrMode::Async />
                <Route path=path!("/s/:token") view={Lazy::<lazy::SharedPage>::new()} ssr=SsrMode::Async />
                <Route path=path!("/reset/:token") view={Lazy::<lazy::ResetPage>::new()} ssr=SsrMode::Async />
                <Route path=path!("/device") view={Lazy::<lazy::Device>::new()} ssr=SsrMode::Async />
                <Route path=path!("/api-keys") view={Lazy::<lazy::ApiKeys>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/bundles") view={Lazy::<lazy::Bundles>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/audit") view={Lazy::<lazy::Audit>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/system") view={Lazy::<lazy::System>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/jobs") view={Lazy::<lazy::Jobs>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/sources") view={Lazy::<lazy::ManagedSources>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/announcements") view={Lazy::<lazy::Announcements>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/users") view={Lazy::<lazy::Users>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/invites") view={Lazy::<lazy::Invites>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/limits") view={Lazy::<lazy::Limits>::new()} ssr=SsrMode::Async />
                <Route path=path!("/account") view={Lazy::<lazy::Account>::new()} ssr=SsrMode::Async />
                <Route path=path!("/account/second-factor") view={Lazy::<lazy::Account>::new()} ssr=SsrMode::Async />
                <Route path=path!("/account/step-up") view={Lazy::<lazy::StepUp>::new()} ssr=SsrMode::Async />
                <Route path=path!("/preferences") view={Lazy::<lazy::Preferences>::new()} ssr=SsrMode::Async />
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
    if !query.with_untracked(crate::paths::has_answer) {
        return;
    }
    #[cfg(feature = "hydrate")]
    if let Ok(history) = window().history() {
        let clean = path.to_owned() + &crate::paths::query_of_page(query);
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&clean));
    }
    let _ = path;
}
