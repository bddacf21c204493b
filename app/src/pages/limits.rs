//! Request limits of all users, for administrators: use, overrides and resets.

mod row;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::row::LimitsRow;
use crate::api::limits::{ResetLimits, SetLimits, UnsetLimits, list_limits};
use crate::components::admin_tabs::AdminTabs;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::{FilterForm, value};
use crate::components::form::{FormAlert, FormResponse, later};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::notice::Empty;
use crate::components::pager::Pager;
use crate::components::title::PageTitle;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{paths, t};

#[component]
pub fn LimitsPage() -> impl IntoView {
    view! {
        <PageTitle text=t!("Request limits") />
        <RequireSignIn>
            <h1 id="limits">{t!("Request limits")}</h1>
            <AdminTabs />
            <p class="lead">
                {t!(
                    "Requests of programs to the REST API. Each user and each API key is promised so many, and \
                     refused above a further share. Pages, files and devices do not count."
                )}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[derive(Clone, Copy)]
struct LimitActions {
    set: ServerAction<SetLimits>,
    unset: ServerAction<UnsetLimits>,
    reset: ServerAction<ResetLimits>,
}

/// Says in a toast what was done.
fn toast_results(LimitActions { set, unset, reset }: LimitActions) {
    let live = use_live();
    Effect::new(move |_| {
        if let Some(Ok(())) = set.value().get() {
            live.toast(Tone::Good, t!("Limits saved."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = unset.value().get() {
            live.toast(Tone::Good, t!("The limits of the role apply."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = reset.value().get() {
            live.toast(Tone::Good, t!("Requests count from now on."));
        }
    });
}

#[component]
fn Content() -> impl IntoView {
    let query = use_query_map();
    let actions =
        LimitActions { set: ServerAction::new(), unset: ServerAction::new(), reset: ServerAction::new() };
    let asked = move || {
        let LimitActions { set, unset, reset } = actions;
        let done = (set.version().get(), unset.version().get(), reset.version().get());
        ((value(query, "q"), value(query, "cursor")), done)
    };
    let kept = live_query(asked, |((q, cursor), _)| list_limits(q, cursor));
    let rows = kept.part(|view| view.users.clone());
    let next = kept.part(|view| view.next_cursor.clone());
    let typed = move || value(query, "q");
    toast_results(actions);
    view! {
        <FormAlert answer=FormResponse::of(actions.set) fields=&[] />
        <FormAlert answer=FormResponse::of(actions.unset) fields=&[] />
        <FormAlert answer=FormResponse::of(actions.reset) fields=&[] />
        <FilterForm path=paths::LIMITS button=t!("Search")>
            <div class="field filter-words">
                <label for="q">{t!("User name")}</label>
                <input id="q" name="q" type="search" value=typed prop:value=later(typed) autocomplete="off" />
            </div>
        </FilterForm>
        <Loaded kept what=t!("Loading the limits")>
            {move || rows.with(Vec::is_empty).then(|| view! {
                <Empty title=t!("No such user")><p>{t!("Search for a part of the name.")}</p></Empty>
            })}
            <ul class="rows" aria-labelledby="limits">
                <Each list=rows key=|row| row.user_id row=move |row| view! { <LimitsRow row actions /> } />
            </ul>
            <Pager path=paths::LIMITS query next />
        </Loaded>
    }
}
