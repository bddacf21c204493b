//! Use of a user's request limits: by all sessions together, and by each API key.

use domain::request_limit::{KeyUse, LimitWindow, UserLimits, WindowUse};
use leptos::prelude::*;

use super::notice::Badge;
use crate::{t, tn};

#[component]
pub fn LimitUses(limits: Signal<UserLimits>) -> impl IntoView {
    move || {
        let UserLimits { limits, windows, api_keys, .. } = limits.get();
        if limits.is_none() {
            return view! { <p class="muted">{t!("Not limited")}</p> }.into_any();
        }
        let keys = api_keys.into_iter().map(|KeyUse { name, windows, .. }| {
            view! { <UseRow name=t!("API key {name}", name = name) windows /> }
        });
        view! {
            <UseRow name=t!("Sessions").to_owned() windows />
            {keys.collect::<Vec<_>>()}
        }
        .into_any()
    }
}

#[component]
fn UseRow(name: String, windows: Vec<WindowUse>) -> impl IntoView {
    let badge = match () {
        () if windows.iter().any(|it| it.used >= it.hard) => Some(("bad", t!("Refused for now"))),
        () if windows.iter().any(|it| it.used > it.soft) => Some(("warn", t!("Above the limit"))),
        () => None,
    };
    let badge = badge.map(|(tone, text)| {
        view! { <Badge tone=Signal::stored(tone) text=Signal::stored(text.to_owned()) /> }
    });
    let uses: Vec<_> = windows.iter().map(|of| view! { <span>{in_words(of)}</span> }).collect();
    view! { <p class="row-facts"><b dir="auto">{name}</b> {badge} {uses}</p> }
}

fn in_words(WindowUse { window, used, soft, .. }: &WindowUse) -> String {
    let used = tn!(*used, "{n}", "{n}");
    match window {
        LimitWindow::Minute => {
            tn!(*soft, "{used} of {n} a minute", "{used} of {n} a minute", used = used)
        }
        LimitWindow::Hour => tn!(*soft, "{used} of {n} this hour", "{used} of {n} this hour", used = used),
        LimitWindow::Day => tn!(*soft, "{used} of {n} today", "{used} of {n} today", used = used),
    }
}
