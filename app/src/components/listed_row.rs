//! A podcast from a directory search, with the form to follow it.

use domain::directory::{Directory, ListedFeed};
use leptos::prelude::*;

use super::cover::Cover;
use super::notice::Badge;
use super::source_row::{host, kind_words};
use crate::api::subscriptions::FollowFeed;
use crate::{t, tn};

#[component]
pub fn ListedRow(listed: Signal<ListedFeed>, join: ServerAction<FollowFeed>) -> impl IntoView {
    let title = move || {
        listed.with(|l| if l.title.is_empty() { host(&l.feed_url).to_owned() } else { l.title.clone() })
    };
    let facts = move || {
        listed.with(|listed| {
            let items = listed.items.map(|items| tn!(items, "{n} item", "{n} items"));
            let author = Some(listed.author.clone()).filter(|author| !author.is_empty());
            let by = match listed.directory {
                Directory::Itunes => t!("from iTunes"),
                Directory::PodcastIndex => t!("from the Podcast Index"),
                Directory::Own => t!("known here"),
            };
            author.into_iter().chain(items).chain([by.to_owned()]).collect::<Vec<_>>().join(" · ")
        })
    };
    let about = move || listed.with(|l| Some(l.description.clone()).filter(|text| !text.is_empty()));
    let followed = move || listed.with(|listed| listed.subscription_id.is_some());
    view! {
        <li class="row row-slim">
            {move || view! { <Cover hash=listed.with(|l| l.cover.clone()) name=title() size=56 /> }}
            <div class="row-main">
                <h3 class="row-title" dir="auto">{title}</h3>
                <p class="row-facts">
                    <Badge tone="kind" text=Signal::derive(move || listed.with(|l| kind_words(l.kind).to_owned())) />
                    <span>{facts}</span>
                    <span class="row-place">{move || listed.with(|l| host(&l.feed_url).to_owned())}</span>
                </p>
                {move || about().map(|text| view! { <p class="row-text" dir="auto">{text}</p> })}
            </div>
            <div class="row-actions">
                <Show when=move || !followed() fallback=|| view! { <p>{t!("You follow it")}</p> }>
                    <ActionForm action=join>
                        <input type="hidden" name="feed_url" value=move || listed.with(|l| l.feed_url.clone()) />
                        <input type="hidden" name="kind" value=move || listed.with(|l| l.kind.as_str()) />
                        <button
                            type="submit"
                            class="button button-small"
                            data-on="false"
                            aria-label=move || t!("Subscribe to {name}", name = title())
                        >
                            {t!("Subscribe")}
                        </button>
                    </ActionForm>
                </Show>
            </div>
        </li>
    }
}
