//! Sessions on the account page: the browsers and programs that are signed in as the user.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::accounts::ChangePassword;
use crate::api::sessions::{EndOtherSessions, EndSession, SessionRow, list_sessions};
use crate::components::Ago;
use crate::components::filter::value;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{Loaded, Rows, live_query};
use crate::components::notice::Badge;
use crate::components::pager::Pager;
use crate::language;
use crate::paths;
use crate::{parts, t};

/// Sessions of the user. Read again after a change of the password, which ends the others.
#[component]
pub fn SessionSection(password: ServerAction<ChangePassword>) -> impl IntoView {
    let query = use_query_map();
    let (one, others) = (ServerAction::<EndSession>::new(), ServerAction::<EndOtherSessions>::new());
    let asked = move || {
        let done = (one.version().get(), others.version().get(), password.version().get());
        (value(query, "cursor"), done)
    };
    let kept = live_query(asked, |(cursor, _)| list_sessions(cursor));
    let next = kept.part(|page| page.next_cursor.clone());
    let has_others = Memo::new(move |_| {
        kept.value.with(|page| page.as_ref().is_some_and(|page| page.data.iter().any(|row| !row.is_current)))
    });
    view! {
        <section class="stack" aria-labelledby="sessions">
            <h2 id="sessions">{t!("Sessions")}</h2>
            <p class="muted">
                {t!(
                    "Browsers and programs that are signed in as you. End what you do not know, then change \
                     your password."
                )}
            </p>
            <FormAlert answer=FormResponse::of(one) fields=&[] />
            <FormAlert answer=FormResponse::of(others) fields=&[] />
            <Loaded kept what=t!("Loading your sessions")>
                <ul class="rows" aria-labelledby="sessions">
                    <Rows list=kept.value key=|row| row.id row=move |row| view! { <SessionItem row one /> } />
                </ul>
                <Pager path=paths::ACCOUNT query next />
                {move || has_others.get().then(|| view! {
                    <ActionForm action=others>
                        <button type="submit" class="button button-small">
                            {t!("End all other sessions")}
                        </button>
                    </ActionForm>
                })}
            </Loaded>
        </section>
    }
}

#[component]
fn SessionItem(row: Signal<SessionRow>, one: ServerAction<EndSession>) -> impl IntoView {
    let id = row.with_untracked(|row| row.id);
    let content = move || {
        let SessionRow { is_current, device, network, last_seen_at, .. } = row.get();
        let badge = move || {
            let text = Signal::stored(t!("This browser").to_owned());
            view! { <Badge tone=Signal::stored("good") text /> }
        };
        view! {
            <h3 class="row-title">{device_words(&device)}</h3>
            <p class="row-facts">
                {is_current.then(badge)}
                {(!network.is_empty()).then(|| view! { <span>{network}</span> })}
                <span>{parts!("Seen {time}", time = view! { <Ago at=last_seen_at /> })}</span>
            </p>
        }
    };
    let is_other = Memo::new(move |_| row.with(|row| !row.is_current));
    let label = move || row.with(|row| t!("End the session: {device}", device = device_words(&row.device)));
    view! {
        <li class="row row-slim">
            <div class="row-main">{content}</div>
            {move || is_other.get().then(|| view! {
                <ActionForm action=one>
                    <input type="hidden" name="session_id" value=id.to_string() />
                    <button type="submit" class="button button-small" aria-label=label>
                        {t!("End")}
                    </button>
                </ActionForm>
            })}
        </li>
    }
}

/// Name of a session's program, which the engine writes as "Firefox on Linux".
fn device_words(device: &str) -> String {
    match device.split_once(" on ") {
        Some((browser, system)) => t!("{browser} on {system}", browser = browser, system = system),
        None => language::sentence(device),
    }
}
