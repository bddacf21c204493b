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
use crate::{parts, paths, t};

#[component]
pub fn Shares() -> impl IntoView {
    view! {
        <PageTitle text=t!("Shares") />
        <RequireSignIn>
            <h1 id="shares">{t!("Shares")}</h1>
            <p class="lead">
                {t!(
                    "Links that open an item or a collection without an account. A revoked link opens \
                     nothing any more."
                )}
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
    let next = kept.part(|page| page.next_cursor.clone());
    view! {
        <FormAlert answer=FormResponse::of(revoke) fields=&[] />
        <Loaded kept what=t!("Loading your links")>
            {move || is_empty.get().then(|| view! {
                <Empty title=t!("Nothing shared yet")>
                    <p>
                        {parts!(
                            "Open an {item} or a {collection} and make a link there.",
                            item = view! { <a href=paths::ITEMS>{t!("item")}</a> },
                            collection = view! { <a href=paths::COLLECTIONS>{t!("collection")}</a> },
                        )}
                    </p>
                </Empty>
            })}
            <ul class="rows" aria-labelledby="shares">
                <Rows list=kept.value key=|row| row.token.clone() row=move |row| view! { <ShareRow row revoke /> } />
            </ul>
            <Pager path=paths::SHARES query next />
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
    let name = title.unwrap_or_else(|| t!("No longer available").to_owned());
    let link = t!("Link to {title}", title = name);
    let revoking = t!("Revoke the link to {title}", title = name);
    let read = move || match row.with(|row| row.last_read_at) {
        Some(at) => {
            view! { <span>{parts!("Opened last {time}", time = view! { <Ago at /> })}</span> }.into_any()
        }
        None => view! { <span>{t!("Not opened yet")}</span> }.into_any(),
    };
    view! {
        <li class="row">
            <div class="row-main">
                <h2 class="row-title"><a class="link" href=href dir="auto">{name}</a></h2>
                <p class="row-facts">
                    <span>{parts!("Made {time}", time = view! { <Ago at=created_at /> })}</span> {read}
                </p>
                <LinkField url label=link />
            </div>
            <div class="row-actions">
                <RevokeForm token label=revoking revoke />
            </div>
        </li>
    }
}
