//! Filter chips: links that keep the rest of the address, so that each acts at once and works without
//! JavaScript.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::filter::value;
use super::pager::address_of;

/// Values of one query parameter, each a chip. The empty value stands for no filter.
#[component]
pub fn Chips(
    path: &'static str,
    query: Memo<ParamsMap>,
    /// Name of the query parameter.
    name: &'static str,
    label: &'static str,
    options: Vec<(&'static str, &'static str)>,
    /// Whether the chosen chip leads back to no filter.
    #[prop(optional)]
    is_toggle: bool,
) -> impl IntoView {
    let chip = |word: &'static str, text: &'static str| {
        let is_chosen = Memo::new(move |_| value(query, name) == word);
        let href = move || {
            let next = if is_toggle && is_chosen.get() { "" } else { word };
            with(path, query.get(), name, next)
        };
        view! {
            <a class="chip" href=href data-noscroll="true" aria-current=move || is_chosen.get().then_some("true")>
                {text}
            </a>
        }
    };
    let chips = options.into_iter().map(|(word, text)| chip(word, text)).collect_view();
    view! { <nav class="chips" aria-label=label>{chips}</nav> }
}

/// Address of a list from its first page, with one parameter changed. Without a value it is left out.
pub fn with(path: &str, mut query: ParamsMap, name: &'static str, value: &str) -> String {
    query.remove(name);
    if !value.is_empty() {
        query.insert(name, value.to_owned());
    }
    address_of(path, query, None)
}
