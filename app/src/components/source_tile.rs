//! A source in a grid of covers, with the button to follow it and the number of its unplayed downloads.

use domain::source::{Health, Source};
use leptos::prelude::*;

use super::Marked;
use super::cover::Cover;
use super::notice::Badge;
use super::source_health::health_words;
use super::source_row::{FollowForm, kind_words};
use crate::api::subscriptions::Follow;
use crate::{language, paths, t, tn};

/// Size of a cover as a file; the grid decides how large it is shown.
const COVER: i64 = 160;

#[component]
pub fn SourceTile(source: Signal<Source>, follow: ServerAction<Follow>) -> impl IntoView {
    let name = move || source.with(|source| source.name.clone());
    let followed = Memo::new(move |_| source.with(|source| source.subscription_id.is_some()));
    let unplayed = Memo::new(move |_| source.with(|source| source.unplayed));
    let health = Memo::new(move |_| source.with(|source| source.health));
    let items = move || {
        source.with(|source| match (source.items, source.health) {
            (0, Health::New) => t!("Not read yet").to_owned(),
            (items, _) => tn!(items, "{n} item", "{n} items"),
        })
    };
    let is_unwell = move || matches!(health.get(), Health::Failing | Health::Gone);
    let trouble = move || source.with(|source| source.last_error.as_deref().map(language::sentence));
    view! {
        <li class="tile-source">
            <div class="tile-cover">
                {move || source.with(|it| view! { <Cover hash=it.cover.clone() name=it.name.clone() size=COVER /> })}
                {move || (unplayed.get() > 0).then(|| view! {
                    <span class="tile-count">{unplayed.get()} <span class="sr-only">{t!(" ready to play")}</span></span>
                })}
                <FollowForm
                    id=Signal::derive(move || source.with(|it| it.id))
                    name=Signal::derive(name)
                    followed
                    follow
                    is_sign=true
                />
            </div>
            <h3 class="tile-title" dir="auto"><a href=move || source.with(|it| paths::source(it.id))>
                {move || match source.with(|it| it.found.as_ref().map(|found| found.title.clone())) {
                    Some(pieces) => view! { <Marked pieces /> }.into_any(),
                    None => name().into_any(),
                }}
            </a></h3>
            <p class="tile-facts">
                <span>{move || source.with(|s| kind_words(s.kind))}</span>
                " · "
                <span>{items}</span>
            </p>
            {move || is_unwell().then(|| {
                let (text, tone) = health_words(health.get());
                view! { <p title=trouble><Badge tone text=text.to_owned() /></p> }
            })}
        </li>
    }
}
