//! Header of every page.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::session::Session;
use crate::{lazy, paths, t};

/// First element in the tab order.
#[component]
pub fn SkipLink() -> impl IntoView {
    view! { <a class="skip" href="#main" rel="external">{t!("Skip to content")}</a> }
}

#[component]
pub fn Header() -> impl IntoView {
    let session = expect_context::<Session>();
    let personal = move || {
        Suspend::new(async move {
            match session.get().await {
                Ok(Some(standing)) => lazy::personal(standing).await,
                _ => ().into_any(),
            }
        })
    };
    view! {
        <header class="header">
            <div class="header-row">
                <A href=paths::DASHBOARD exact=true attr:class="brand">
                    <img src="/favicon.svg" alt="" width="28" height="28" />
                    <span>"SmartCache"</span>
                </A>
                <Suspense>{personal}</Suspense>
            </div>
        </header>
    }
}
