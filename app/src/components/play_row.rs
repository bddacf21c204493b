//! Row of the cards at Home: a cover, a title with facts, and one action.

use domain::ItemId;
use leptos::prelude::*;

use super::cover::Cover;
use crate::paths;

/// Content of a row besides its action.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayRowContent {
    pub item_id: ItemId,
    pub title: String,
    pub source_name: String,
    /// Hash of the cover.
    pub cover: Option<String>,
    /// Kind of the item, for screen readers; may be empty.
    pub kind: &'static str,
    pub facts: String,
}

#[component]
pub fn PlayRow(#[prop(into)] row: Signal<PlayRowContent>, children: Children) -> impl IntoView {
    view! {
        <li class="ready-row">
            {move || row.with(|row| view! { <Cover hash=row.cover.clone() name=row.source_name.clone() size=56 /> })}
            <div class="ready-main">
                <a class="ready-title" dir="auto" href=move || row.with(|row| paths::item(row.item_id))>
                    {move || row.with(|row| row.title.clone())}
                </a>
                <p class="row-facts">
                    {move || row.with(|row| (!row.kind.is_empty()).then(|| view! { <span class="sr-only">{row.kind}</span> }))}
                    <span>{move || row.with(|row| row.facts.clone())}</span>
                </p>
            </div>
            {children()}
        </li>
    }
}
