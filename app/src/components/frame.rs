//! Parts around every page: skip link, header and navigation.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::icons::{self, Icon};
use crate::api::accounts::{SessionInfo, SignOut, who_am_i};
use crate::live::{ConnectionState, use_live};
use crate::paths;
use crate::session::{self, Session};

/// First element in the tab order.
#[component]
pub fn SkipLink() -> impl IntoView {
    view! { <a class="skip" href="#main" rel="external">"Skip to content"</a> }
}

#[component]
pub fn Header() -> impl IntoView {
    let session = expect_context::<Session>();
    let personal = move || {
        Suspend::new(async move {
            match session.get().await {
                Ok(Some(standing)) => view! { <Personal standing /> }.into_any(),
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

/// Header of a signed-in user; also keeps the live connection open.
#[component]
fn Personal(standing: SessionInfo) -> impl IntoView {
    let live = use_live();
    let seq = standing.seq;
    Effect::new(move |_| live.keep_connected(seq));
    let sign_out = ServerAction::<SignOut>::new();
    Effect::new(move |_| {
        if let Some(Ok(path)) = sign_out.value().get() {
            session::load(&path);
        }
    });
    view! {
        <nav class="nav" aria-label="Pages">
            <NavLink href=paths::DASHBOARD text="Dashboard" icon=icons::HOME />
            <NavLink href=paths::RUNS text="Runs" icon=icons::SPARK exact=false />
            <NavLink href=paths::APPROVALS text="Approvals" icon=icons::ASK>
                <Waiting pending=standing.pending />
            </NavLink>
            <NavLink href=paths::SUBSCRIPTIONS text="Subscriptions" icon=icons::FEED />
            <NavLink href=paths::ITEMS text="Items" icon=icons::LIST exact=false />
            <NavLink href=paths::DOWNLOADS text="Downloads" icon=icons::DOWN />
            <NavLink href=paths::PREFERENCES text="Preferences" icon=icons::SLIDERS />
        </nav>
        <div class="header-end">
            <ConnectionBadge />
            <span class="who" title="Signed in">{standing.user.username}</span>
            <ActionForm action=sign_out>
                <button type="submit" class="button button-small">"Sign out"</button>
            </ActionForm>
        </div>
    }
}

#[component]
fn NavLink(
    href: &'static str,
    text: &'static str,
    icon: &'static str,
    #[prop(default = true)] exact: bool,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <A href=href exact=exact attr:class="nav-link">
            <Icon path=icon />
            <span>{text}</span>
            {children.map(|children| children())}
        </A>
    }
}

/// Number of pending approvals, updated while the page is open.
#[component]
fn Waiting(pending: i64) -> impl IntoView {
    let live = use_live();
    let pending = RwSignal::new(pending);
    Effect::new(move |before: Option<u32>| {
        let news = live.news.get();
        if before.is_some_and(|before| before != news) {
            spawn_local(async move {
                if let Ok(Some(standing)) = who_am_i().await {
                    let _ = pending.try_set(standing.pending);
                }
            });
        }
        news
    });
    move || {
        let number = Some(pending.get()).filter(|number| *number > 0)?;
        Some(
            view! { <span class="nav-count">{number.to_string()} <span class="sr-only">" waiting for you"</span></span> },
        )
    }
}

/// State of the live connection, in one word.
#[component]
fn ConnectionBadge() -> impl IntoView {
    let connection = use_live().connection;
    let words = move || match connection.get() {
        ConnectionState::Connecting => ("Connecting", "Opening the live connection."),
        ConnectionState::Connected => ("Connected", "News arrives as it happens."),
        ConnectionState::Disconnected => {
            ("Disconnected", "The server does not answer. This page keeps trying.")
        }
        ConnectionState::Error => {
            ("Error", "The server refuses the live connection. This page keeps trying.")
        }
    };
    view! {
        <span class="connection" role="status" data-state=move || connection.get().as_str() title=move || words().1>
            {move || words().0}
        </span>
    }
}
