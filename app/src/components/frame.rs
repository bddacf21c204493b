//! Parts that signed-in users have around every page: navigation, account menu, player.

mod confined;
mod connection_badge;
mod contact;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use self::confined::Confined;
use self::connection_badge::ConnectionBadge;
use self::contact::wake_device;
use super::factor_banner::FactorBanner;
use super::icons::{self, Icon};
use super::language_switch::LanguageSwitch;
use super::shortcuts::{Overlay, Shortcuts};
use super::sign_out::SignOutForm;
use super::theme::{DocumentTheme, ThemeSwitch, use_theme};
use crate::api::accounts::{SessionInfo, who_am_i};
use crate::components::player::dock::PlayerDock;
use crate::components::toasts::ToastStack;
use crate::live::use_live;
use crate::session::Session;
use crate::times::use_times;
use crate::{parts, paths, t};

/// Header of a signed-in user; also keeps the live connection open.
#[component]
pub fn Personal(standing: SessionInfo) -> impl IntoView {
    match standing.must_set_up_factor() {
        true => view! { <Confined standing /> }.into_any(),
        false => view! { <Whole standing /> }.into_any(),
    }
}

#[component]
fn Whole(standing: SessionInfo) -> impl IntoView {
    let live = use_live();
    let (seq, is_site) = (standing.seq, standing.is_site);
    Effect::new(move |_| live.keep_connected(seq));
    wake_device();
    use_theme().set(standing.theme);
    let name = expect_context::<Session>().name;
    name.set(standing.display_name.clone().unwrap_or_else(|| standing.username.clone()));
    let overlay = RwSignal::new(None);
    let (pending, unread) = live_counts(&standing);
    let banner = standing.factor_deadline.map(|deadline| {
        use_times().go_by(standing.clock);
        view! { <FactorBanner deadline /> }
    });
    view! {
        <DocumentTheme />
        <nav class="nav" aria-label=t!("Pages")>
            <div class="nav-tabs">
                <NavLink href=paths::DASHBOARD text=t!("Home") icon=icons::HOME />
                <NavLink href=paths::DOWNLOADS text=t!("Library") icon=icons::DOWN />
                <NavLink href=paths::ITEMS text=t!("Discover") icon=icons::COMPASS exact=false />
                <NavLink href=paths::RUNS text=t!("Activity") icon=icons::SPARK exact=false>
                    <Waiting pending />
                </NavLink>
                <More pending is_site />
            </div>
            <div class="nav-rail">
                <NavLink href=paths::DASHBOARD text=t!("Home") icon=icons::HOME />
                <NavLink href=paths::DOWNLOADS text=t!("Library") icon=icons::DOWN />
                <Places pending is_site />
            </div>
        </nav>
        <div class="header-end">
            <button
                type="button"
                class="palette-button needs-script"
                aria-keyshortcuts="Control+K"
                on:click=move |_| overlay.set(Some(Overlay::Palette))
            >
                <Icon path=icons::SEARCH />
                <span>{t!("Commands")}</span>
            </button>
            <ConnectionBadge />
            <Bell unread />
            <AccountMenu username=standing.username name overlay />
        </div>
        {banner}
        <PlayerDock />
        <ToastStack />
        <Shortcuts open=overlay />
    }
}

/// Name, account, theme, shortcuts, and sign-out.
#[component]
fn AccountMenu(
    username: String,
    name: RwSignal<String>,
    overlay: RwSignal<Option<Overlay>>,
) -> impl IntoView {
    let initial = move || {
        name.with(|name| name.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default())
    };
    view! {
        <details class="account" name="menus">
            <summary>
                <span class="account-initial" aria-hidden="true">{initial}</span>
                <span class="account-name">{move || name.get()}</span>
            </summary>
            <div class="account-menu">
                <p class="muted">{parts!("Signed in as {name}", name = view! { <b>{username}</b> })}</p>
                <A href=paths::ACCOUNT attr:class="link">{t!("Account")}</A>
                <A href=paths::PREFERENCES attr:class="link">{t!("Preferences")}</A>
                <A href=paths::CHANNELS attr:class="link">{t!("Notification settings")}</A>
                <A href=paths::DEVICES attr:class="link">{t!("Devices")}</A>
                <A href=paths::SHARES attr:class="link">{t!("Shares")}</A>
                <ThemeSwitch />
                <LanguageSwitch />
                <button type="button" class="link needs-script" on:click=move |_| overlay.set(Some(Overlay::Help))>
                    {t!("Keyboard shortcuts")}
                </button>
                <SignOutForm />
            </div>
        </details>
    }
}

/// The places that a phone has no tab for.
#[component]
fn More(pending: RwSignal<i64>, is_site: bool) -> impl IntoView {
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
                <span>{t!("More")}</span>
            </summary>
            <div class="nav-sheet">
                <Places pending is_site />
            </div>
        </details>
    }
}

/// The places by what they are for.
#[component]
fn Places(pending: RwSignal<i64>, is_site: bool) -> impl IntoView {
    view! {
        <p class="nav-group">{t!("Discover")}</p>
        <NavLink href=paths::ITEMS text=t!("Items") icon=icons::LIST exact=false />
        <NavLink href=paths::SUBSCRIPTIONS text=t!("Subscriptions") icon=icons::FEED exact=false />
        <NavLink href=paths::SOURCES text=t!("Sources") icon=icons::COMPASS exact=false />
        <p class="nav-group">{t!("Activity")}</p>
        <NavLink href=paths::RUNS text=t!("Runs") icon=icons::SPARK exact=false />
        <NavLink href=paths::TASKS text=t!("Tasks") icon=icons::TASKS />
        <NavLink href=paths::APPROVALS text=t!("Approvals") icon=icons::ASK>
            <Waiting pending />
        </NavLink>
        {is_site.then(|| view! { <NavLink href=paths::REQUESTS text=t!("Requests") icon=icons::ASK /> })}
        <NavLink href=paths::COLLECTIONS text=t!("Collections") icon=icons::STACK exact=false />
        <NavLink href=paths::AGENTS text=t!("Agents") icon=icons::TEAM exact=false />
        <NavLink href=paths::HISTORY text=t!("History") icon=icons::CHART />
        <p class="nav-group">{t!("Settings")}</p>
        <NavLink href=paths::DEVICE text=t!("This device") icon=icons::PHONE />
        <NavLink href=paths::PREFERENCES text=t!("Preferences") icon=icons::SLIDERS />
        <NavLink href=paths::ACCOUNT text=t!("Account") icon=icons::PERSON />
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

/// Numbers of pending approvals and of unread notifications, updated while the page is open.
fn live_counts(at_first: &SessionInfo) -> (RwSignal<i64>, RwSignal<i64>) {
    let (live, session) = (use_live(), expect_context::<Session>());
    let (pending, unread) = (RwSignal::new(at_first.pending), RwSignal::new(at_first.unread));
    Effect::new(move |before: Option<u32>| {
        let news = live.news.get();
        if before.is_some_and(|before| before != news) {
            spawn_local(async move {
                if let Ok(Some(standing)) = who_am_i().await {
                    session.renew(&standing);
                    let _ = pending.try_set(standing.pending);
                    let _ = unread.try_set(standing.unread);
                }
            });
        }
        news
    });
    (pending, unread)
}

/// Link to the notifications, with the number of unread ones.
#[component]
fn Bell(unread: RwSignal<i64>) -> impl IntoView {
    let count = move || {
        let number = Some(unread.get()).filter(|number| *number > 0)?;
        let shown = if number > 99 { "99+".to_owned() } else { number.to_string() };
        Some(view! { <span class="bell-count">{shown} <span class="sr-only">{t!(" unread")}</span></span> })
    };
    view! {
        <A href=paths::NOTIFICATIONS exact=true attr:class="bell">
            <Icon path=icons::BELL />
            <span class="bell-name">{t!("Notifications")}</span>
            {count}
        </A>
    }
}

#[component]
fn Waiting(pending: RwSignal<i64>) -> impl IntoView {
    move || {
        let number = Some(pending.get()).filter(|number| *number > 0)?;
        Some(
            view! { <span class="nav-count">{number.to_string()} <span class="sr-only">{t!(" waiting for you")}</span></span> },
        )
    }
}
