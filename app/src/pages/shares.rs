//! Shares page: the links that the user has made, to copy or to revoke.

use domain::share::{Share, ShareTarget};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::shares::{RevokeShare, list_shares};
use crate::components::Ago;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::value;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{Loaded, Rows, is_empty, live_query};
use crate::components::notice::Empty;
use crate::components::pager::Pager;
use crate::components::share_link::{LinkField, RevokeForm};
use crate::components::title::PageTitle;
use crate::paths;

#[component]
pub fn Shares() -> impl IntoView {
    view! {
        <PageTitle text="Shares" />
        <RequireSignIn>
            <h1 id="shares">"Shares"</h1>
            <p class="lead">
                "Links that open an item or a collection without an account. A revoked link opens nothing any more."
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let (revoke, query) = (ServerAction::<RevokeShare>::new(), use_query_map());
    let asked = move || (value(query, "cursor"), revoke.version().get());
    let kept = live_query(asked, |(cursor, _)| list_shares(cursor));
    let is_empty = is_empty(kept.value);
    let next = move || kept.value.with(|page| page.as_ref()?.next_cursor.clone());
    view! {
        <FormAlert answer=FormResponse::of(revoke) fields=&[] />
        <Loaded kept what="Loading your links">
            {move || is_empty.get().then(|| view! {
                <Empty title="Nothing shared yet">
                    <p>
                        "Open an " <a href=paths::ITEMS>"item"</a> " or a " <a href=paths::COLLECTIONS>"collection"</a>
                        " and make a link there."
                    </p>
                </Empty>
            })}
            <ul class="rows" aria-labelledby="shares">
                <Rows list=kept.value key=|row| row.token.clone() row=move |row| view! { <ShareRow row revoke /> } />
            </ul>
            <Pager path=paths::SHARES query next=Signal::derive(next) />
        </Loaded>
    }
}

#[component]
fn ShareRow(row: Signal<Share>, revoke: ServerAction<RevokeShare>) -> impl IntoView {
    let Share { token, url, item_id, collection_id, title, created_at, .. } = row.get_untracked();
    let href = match ShareTarget::of(item_id, collection_id) {
        Some(ShareTarget::Item(id)) => paths::item(id),
        Some(ShareTarget::Collection(id)) => paths::collection(id),
        None => paths::SHARES.to_owned(),
    };
    let name = title.unwrap_or_else(|| "No longer available".to_owned());
    let (link, revoking) = ("Link to ".to_owned() + &name, "Revoke the link to ".to_owned() + &name);
    let read = move || match row.with(|row| row.last_read_at) {
        Some(at) => view! { <span>"Opened last " <Ago at /></span> }.into_any(),
        None => view! { <span>"Not opened yet"</span> }.into_any(),
    };
    view! {
        <li class="row">
            <div class="row-main">
                <h2 class="row-title"><a class="link" href=href>{name}</a></h2>
                <p class="row-facts"><span>"Made " <Ago at=created_at /></span> {read}</p>
                <LinkField url label=link />
            </div>
            <div class="row-actions">
                <RevokeForm token label=revoking revoke />
            </div>
        </li>
    }
}
