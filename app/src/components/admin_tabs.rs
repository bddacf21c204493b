//! Tabs of the pages of administrators.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{paths, t};

#[component]
pub fn AdminTabs() -> impl IntoView {
    let here = use_location().pathname;
    let tabs = [
        (t!("Users"), paths::USERS),
        (t!("Invitations"), paths::INVITES),
        (t!("Limits"), paths::LIMITS),
        (t!("Announcements"), paths::ANNOUNCEMENTS),
        (t!("Sources"), paths::MANAGED_SOURCES),
        (t!("Jobs"), paths::JOBS),
        (t!("Bundles"), paths::BUNDLES),
        (t!("System"), paths::SYSTEM),
        (t!("Audit log"), paths::AUDIT),
    ];
    view! {
        <nav class="spans" aria-label=t!("Administration")>
            {tabs.map(|(name, path)| {
                let is_here = move || here.with(|here| here == path).then_some("page");
                view! { <a class="button button-small" href=path aria-current=is_here>{name}</a> }
            })}
        </nav>
    }
}
