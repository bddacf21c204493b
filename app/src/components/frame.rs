//! Parts around every page: skip link, header and navigation.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use super::icons::{self, Icon};
use super::theme::{DocumentTheme, ThemeSwitch, use_theme};
use crate::api::accounts::{SessionInfo, SignOut, who_am_i};
use crate::components::player::dock::PlayerDock;
use crate::components::player::use_player;
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
    let (sign_out, player) = (ServerAction::<SignOut>::new(), use_player());
    Effect::new(move |_| {
        if let Some(Ok(path)) = sign_out.value().get() {
            player.close();
            session::load(&path);
        }
    });
    use_theme().set(standing.theme);
    let pending = pending_approvals(standing.pending);
    let username = standing.user.username.clone();
    view! {
        <DocumentTheme />
        <nav class="nav" aria-label="Pages">
            <div class="nav-tabs">
                <NavLink href=paths::DASHBOARD text="Home" icon=icons::HOME />
                <NavLink href=paths::DOWNLOADS text="Library" icon=icons::DOWN />
                <NavLink href=paths::ITEMS text="Discover" icon=icons::COMPASS exact=false />
                <NavLink href=paths::RUNS text="Activity" icon=icons::SPARK exact=false>
                    <Waiting pending />
                </NavLink>
                <More pending />
            </div>
            <div class="nav-rail">
                <NavLink href=paths::DASHBOARD text="Home" icon=icons::HOME />
                <NavLink href=paths::DOWNLOADS text="Library" icon=icons::DOWN />
                <Places pending />
            </div>
        </nav>
        <div class="header-end">
            <ConnectionBadge />
            <details class="account" name="menus">
                <summary>
                    <span class="account-initial" aria-hidden="true">{username.chars().next().map(|c| c.to_uppercase().to_string())}</span>
                    <span class="account-name">{username.clone()}</span>
                </summary>
                <div class="account-menu">
                    <p class="muted">"Signed in as " <b>{username}</b></p>
                    <A href=paths::PREFERENCES attr:class="link">"Preferences"</A>
                    <ThemeSwitch />
                    <ActionForm action=sign_out>
                        <button type="submit" class="button button-small">"Sign out"</button>
                    </ActionForm>
                </div>
            </details>
        </div>
        <PlayerDock />
    }
}

/// The places that a phone has no tab for.
#[component]
fn More(pending: RwSignal<i64>) -> impl IntoView {
    let sheet = NodeRef::<leptos::html::Details>::new();
    let pathname = use_location().pathname;
    // A chosen place closes the sheet.
    Effect::new(move |_| {
        pathname.track();
        if let Some(sheet) = sheet.get_untracked() {
            let _ = sheet.remove_attribute("open");
        }
    });
    view! {
        <details class="nav-more" name="menus" node_ref=sheet>
            <summary class="nav-link">
                <Icon path=icons::MORE />
                <span>"More"</span>
            </summary>
            <div class="nav-sheet">
                <Places pending />
            </div>
        </details>
    }
}

/// The places by what they are for.
#[component]
fn Places(pending: RwSignal<i64>) -> impl IntoView {
    view! {
        <p class="nav-group">"Discover"</p>
        <NavLink href=paths::ITEMS text="Items" icon=icons::LIST exact=false />
        <NavLink href=paths::SUBSCRIPTIONS text="Subscriptions" icon=icons::FEED exact=false />
        <NavLink href=paths::SOURCES text="Sources" icon=icons::COMPASS exact=false />
        <p class="nav-group">"Activity"</p>
        <NavLink href=paths::RUNS text="Runs" icon=icons::SPARK exact=false />
        <NavLink href=paths::APPROVALS text="Approvals" icon=icons::ASK>
            <Waiting pending />
        </NavLink>
        <NavLink href=paths::COLLECTIONS text="Collections" icon=icons::STACK exact=false />
        <NavLink href=paths::AGENTS text="Agents" icon=icons::TEAM exact=false />
        <NavLink href=paths::HISTORY text="History" icon=icons::CHART />
        <p class="nav-group">"Settings"</p>
        <NavLink href=paths::PREFERENCES text="Preferences" icon=icons::SLIDERS />
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
fn pending_approvals(at_first: i64) -> RwSignal<i64> {
    let live = use_live();
    let pending = RwSignal::new(at_first);
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
    pending
}

#[component]
fn Waiting(pending: RwSignal<i64>) -> impl IntoView {
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
