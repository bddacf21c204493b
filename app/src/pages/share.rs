//! Public page of a share: an item or a collection, for visitors without an account.

use domain::share::{SharedCollection, SharedContent, SharedItem};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api::shares::open_share;
use crate::components::Day;
use crate::components::cover::Cover;
use crate::components::item_facts::Outward;
use crate::components::live_query::{Loaded, live_query};
use crate::components::notice::{Empty, respond_not_found};
use crate::components::source_row::kind_words;
use crate::components::title::PageTitle;
use crate::{measure, paths, t};

#[component]
pub fn SharePage() -> impl IntoView {
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token").unwrap_or_default()));
    let kept = live_query(move || token.get(), open_share);
    let content = move |shared: Option<SharedContent>| {
        let link = paths::share(&token.get_untracked());
        match shared {
            Some(SharedContent::Item(item)) => view! { <WholeItem item link /> }.into_any(),
            Some(SharedContent::Collection(shared)) => view! { <WholeCollection shared link /> }.into_any(),
            None => view! { <NoShare /> }.into_any(),
        }
    };
    view! {
        <Loaded kept what=t!("Loading what is shared") whole=true>
            {move || kept.value.get().map(content)}
        </Loaded>
    }
}

/// A link that is unknown or revoked, or whose owner cannot see the thing any more.
#[component]
fn NoShare() -> impl IntoView {
    respond_not_found();
    view! {
        <PageTitle text=t!("Link not found") />
        <h1>{t!("Link not found")}</h1>
        <Empty title=t!("This link does not exist or was revoked.")>
            <p>{t!("Ask for a new link where you have this one from.")}</p>
        </Empty>
    }
}

#[component]
fn WholeItem(item: SharedItem, link: String) -> impl IntoView {
    let (title, notes, own_page) = (item.title.clone(), item.notes.clone(), item.item_id.map(paths::item));
    view! {
        <PageTitle text=title.clone() />
        <article class="sheet">
            <header class="sheet-head">
                <Cover hash=item.cover.clone() name=tile_name(&item) size=112 under=link />
                <div class="stack-slim">
                    <h1 dir="auto">{title}</h1>
                    <Facts item />
                </div>
            </header>
            {own_page.map(|href| view! { <OwnPage href /> })}
            {(!notes.is_empty()).then(|| view! {
                <section class="part" aria-labelledby="notes">
                    <h2 id="notes">{t!("Notes")}</h2>
                    // Sanitised by the engine: no scripts, styles, forms, frames, pictures, audio or video.
                    <div class="prose" dir="auto" inner_html=notes></div>
                </section>
            })}
            <Remark />
        </article>
    }
}

#[component]
fn WholeCollection(shared: SharedCollection, link: String) -> impl IntoView {
    let SharedCollection { name, notes, items, has_more, collection_id } = shared;
    let is_empty = items.is_empty();
    let row = |item: SharedItem| {
        let own_page = item.item_id.map(paths::item);
        view! {
            <li class="row">
                <Cover hash=item.cover.clone() name=tile_name(&item) size=56 under=link.clone() />
                <div class="row-main">
                    <h2 class="row-title" dir="auto">{item.title.clone()}</h2>
                    <Facts item />
                </div>
                {own_page.map(|href| view! { <div class="row-actions"><OwnPage href /></div> })}
            </li>
        }
    };
    view! {
        <PageTitle text=name.clone() />
        <h1 id="shared" dir="auto">{name}</h1>
        {(!notes.is_empty()).then(|| view! { <p class="lead writing" dir="auto">{notes}</p> })}
        {collection_id.map(|id| view! { <p><OwnPage href=paths::collection(id) /></p> })}
        {is_empty.then(|| view! {
            <Empty title=t!("Nothing in it yet")>
                <p>{t!("What is found for this collection is listed here.")}</p>
            </Empty>
        })}
        <ul class="rows" aria-labelledby="shared">{items.into_iter().map(row).collect_view()}</ul>
        {has_more.then(|| view! { <p class="muted">{t!("These are its newest items; there are more.")}</p> })}
        <Remark />
    }
}

/// Origin of an item, with links to its publisher.
#[component]
fn Facts(item: SharedItem) -> impl IntoView {
    let source = match (item.source_name, item.site_url) {
        (Some(name), Some(url)) => Some(view! { <Outward url text=name /> }.into_any()),
        (Some(name), None) => Some(view! { <span>{name}</span> }.into_any()),
        (None, _) => None,
    };
    view! {
        <p class="row-facts">
            <span>{kind_words(item.kind)}</span>
            {source}
            {item.published_at.map(|at| view! { <Day at /> })}
            {item.duration_seconds.map(|seconds| view! { <span>{measure::duration(seconds)}</span> })}
            {item.url.map(|url| view! { <Outward url text=t!("On its publisher’s site").to_owned() /> })}
            {item.is_private.then(|| view! {
                <span>{t!("From a private feed: only its title is shared.")}</span>
            })}
        </p>
    }
}

/// Link to the visitor's own page of the thing. It loads a new document, because this one sends no referrer.
#[component]
fn OwnPage(href: String) -> impl IntoView {
    view! { <a class="button button-small" rel="external" href=href>{t!("Open it here")}</a> }
}

#[component]
fn Remark() -> impl IntoView {
    let remark = t!("Shared by a user of this SmartCache server. Files are not part of a link.");
    view! { <p class="muted">{remark}</p> }
}

/// Name for the tile of an item without a picture.
fn tile_name(item: &SharedItem) -> String {
    item.source_name.clone().unwrap_or_else(|| item.title.clone())
}
