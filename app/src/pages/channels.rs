//! Notification settings: the ways by which notifications reach a user who does not look at the pages.

mod add;
mod quiet;
mod row;
mod this_browser;

use leptos::prelude::*;

use self::add::AddForms;
use self::quiet::QuietForm;
use self::row::ChannelRow;
use self::this_browser::ThisBrowser;
use crate::api::channels::{
    ChangeChannel, ConfirmChannel, RemoveChannel, TestChannel, list_channels, show_channel_settings,
};
use crate::components::auth_guard::RequireSignIn;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::notice::Empty;
use crate::components::title::PageTitle;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::t;

#[component]
pub fn Channels() -> impl IntoView {
    view! {
        <PageTitle text=t!("Notification settings") />
        <RequireSignIn>
            <h1>{t!("Notification settings")}</h1>
            <p class="lead">
                {t!(
                    "Ways by which notifications reach you when SmartCache is not open. Each takes the kinds that you choose."
                )}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[derive(Clone, Copy)]
struct ChannelActions {
    change: ServerAction<ChangeChannel>,
    confirm: ServerAction<ConfirmChannel>,
    remove: ServerAction<RemoveChannel>,
    test: ServerAction<TestChannel>,
}

/// Says in a toast what was done.
fn toast_results(actions: ChannelActions) {
    let live = use_live();
    let ChannelActions { confirm, remove, test, .. } = actions;
    Effect::new(move |_| {
        if let Some(Ok(())) = test.value().get() {
            live.toast(Tone::Good, t!("The test message was accepted."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(_)) = confirm.value().get() {
            live.toast(Tone::Good, t!("The address is confirmed."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = remove.value().get() {
            live.toast(Tone::Good, t!("Channel removed."));
        }
    });
}

#[component]
fn Content() -> impl IntoView {
    let live = use_live();
    let actions = ChannelActions {
        change: ServerAction::new(),
        confirm: ServerAction::new(),
        remove: ServerAction::new(),
        test: ServerAction::new(),
    };
    let ChannelActions { change, confirm, remove, test } = actions;
    let add = ServerAction::new();
    // Raised when push was turned on or off in this browser.
    let pushes = RwSignal::new(0u32);
    let asked = move || {
        let changed = (add.version().get(), change.version().get(), confirm.version().get());
        let done = (remove.version().get(), test.version().get());
        (changed, done, pushes.get(), live.news.get())
    };
    let kept = live_query(asked, |_| list_channels());
    let known = Signal::derive(move || kept.value.get());
    let all = Signal::derive(move || known.get().unwrap_or_default());
    let settings = live_query(|| (), |()| show_channel_settings());
    toast_results(actions);
    view! {
        <FormAlert answer=FormResponse::of(test) fields=&[] />
        <FormAlert answer=FormResponse::of(remove) fields=&[] />
        <Loaded kept=settings what=t!("Loading your settings")>
            {settings.value.get_untracked().map(|shown| view! { <ThisBrowser key=shown.support.key known pushes /> })}
        </Loaded>
        <section class="stack" aria-labelledby="channels">
            <h2 id="channels">{t!("Your channels")}</h2>
            <Loaded kept what=t!("Loading your channels")>
                {move || all.with(Vec::is_empty).then(|| view! {
                    <Empty title=t!("No channels yet")>
                        <p>{t!("Notifications are in their list alone until you add a way below.")}</p>
                    </Empty>
                })}
                <ul class="rows" aria-labelledby="channels">
                    <Each list=all key=|row| row.id row=move |row| view! { <ChannelRow row actions /> } />
                </ul>
            </Loaded>
        </section>
        <Loaded kept=settings what=t!("Loading your settings") slight=true>
            {settings.value.get_untracked().map(|shown| view! {
                <AddForms add mail=shown.support.mail />
                <QuietForm saved=shown.quiet_hours />
            })}
        </Loaded>
    }
}
