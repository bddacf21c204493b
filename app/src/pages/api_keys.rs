//! API keys page: the keys of the user's programs, and the form that makes one.

mod add;

use domain::api_key::{ApiKey, KeyScope};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::add::AddKeyForm;
use crate::api::api_keys::{RevokeApiKey, list_api_keys};
use crate::components::action_button::ActionButton;
use crate::components::auth_guard::RequireSignIn;
use crate::components::confirm::Confirm;
use crate::components::filter::value;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::notice::{Badge, Empty};
use crate::components::pager::Pager;
use crate::components::share_link::LinkField;
use crate::components::title::PageTitle;
use crate::components::{Ago, Day};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{parts, paths, t};

#[component]
pub fn ApiKeys() -> impl IntoView {
    view! {
        <PageTitle text=t!("API keys") />
        <RequireSignIn>
            <h1>{t!("API keys")}</h1>
            <p class="lead">
                {t!(
                    "A program with a key acts for you, within what the key may do. It sends the key as \
                     “Authorization: Bearer …”."
                )}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let (live, query) = (use_live(), use_query_map());
    let (add, revoke) = (ServerAction::new(), ServerAction::<RevokeApiKey>::new());
    let asked = move || (value(query, "cursor"), add.version().get(), revoke.version().get());
    let kept = live_query(asked, |(cursor, _, _)| list_api_keys(cursor));
    let rows = kept.part(|view| view.keys.clone());
    let next = kept.part(|view| view.next_cursor.clone());
    Effect::new(move |_| {
        if let Some(Ok(())) = revoke.value().get() {
            live.toast(Tone::Good, t!("Key revoked. It opens nothing any more."));
        }
    });
    view! {
        <FormAlert answer=FormResponse::of(revoke) fields=&[] />
        <Loaded kept what=t!("Loading your keys")>
            {kept.value.get_untracked().map(|view| {
                view! { <AddKeyForm add is_admin=view.is_admin made=view.made /> }
            })}
            <section class="stack" aria-labelledby="keys">
                <h2 id="keys">{t!("Your keys")}</h2>
                {move || rows.with(Vec::is_empty).then(|| view! {
                    <Empty title=t!("No keys yet")>
                        <p>{t!("Make one for each program, so that you can revoke it alone.")}</p>
                    </Empty>
                })}
                <ul class="rows" aria-labelledby="keys">
                    <Each list=rows key=|row| row.id row=move |row| view! { <KeyRow row revoke /> } />
                </ul>
                <Pager path=paths::API_KEYS query next />
            </section>
        </Loaded>
    }
}

/// A new key to copy, shown this once.
#[component]
fn NewKey(key: String) -> impl IntoView {
    view! {
        <div class="alert stack-slim">
            <p>{t!("Your new key. It is shown this once: copy it now.")}</p>
            <LinkField url=key label=t!("New API key") />
        </div>
    }
}

#[component]
fn KeyRow(row: Signal<ApiKey>, revoke: ServerAction<RevokeApiKey>) -> impl IntoView {
    let ApiKey { name, prefix, scopes, created_at, expires_at, .. } = row.get_untracked();
    let (id, shown) = (row.with_untracked(|row| row.id.to_string()), name.clone());
    let scopes = scopes.into_iter().map(KeyScope::as_str).collect::<Vec<_>>().join(", ");
    let used = move || row.with(|row| (row.last_used_at, row.last_used_from.clone()));
    let used = move || match used() {
        (Some(at), network) if network.is_empty() => {
            view! { <span>{parts!("Used {time}", time = view! { <Ago at /> })}</span> }.into_any()
        }
        (Some(at), network) => {
            let used = parts!("Used {time} from {network}", time = view! { <Ago at /> }, network = network);
            view! { <span>{used}</span> }.into_any()
        }
        (None, _) => view! { <span>{t!("Not used yet")}</span> }.into_any(),
    };
    let is_revoked = Memo::new(move |_| row.with(|row| row.revoked_at.is_some()));
    let badge = move || {
        is_revoked.get().then(|| {
            view! { <Badge tone=Signal::stored("bad") text=Signal::stored(t!("Revoked").to_owned()) /> }
        })
    };
    view! {
        <li class="row">
            <div class="row-main">
                <h3 class="row-title" dir="auto">{shown}</h3>
                <p class="row-facts">
                    {badge} <code>{prefix}"…"</code> <span>{t!("May: {scopes}", scopes = scopes)}</span>
                    <span>{parts!("Made {time}", time = view! { <Ago at=created_at /> })}</span>
                    <span>{parts!("Until {day}", day = view! { <Day at=expires_at /> })}</span> {used}
                </p>
            </div>
            <div class="row-actions">
                {move || (!is_revoked.get()).then(|| view! {
                    <Revoke id=id.clone() name=name.clone() revoke />
                })}
            </div>
        </li>
    }
}

/// Asks for confirmation, with JavaScript and without.
#[component]
fn Revoke(id: String, name: String, revoke: ServerAction<RevokeApiKey>) -> impl IntoView {
    view! {
        <Confirm
            verb=t!("Revoke")
            label=t!("Revoke {name}", name = name)
            question=t!("Revoke it? The program that uses it is locked out at once.")
        >
            <ActionForm action=revoke>
                <input type="hidden" name="key_id" value=id />
                <ActionButton
                    text=t!("Yes, revoke it")
                    label=t!("Yes, revoke it: {name}", name = name)
                    is_bad=true
                    pending=revoke.pending()
                />
            </ActionForm>
        </Confirm>
    }
}
