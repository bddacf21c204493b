//! The frame of a page about one thing, which a part of its address names.

use std::str::FromStr;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::not_found::NotFound;
use crate::session::Behind;

/// The page of whatever the address names; where it names nothing that could be, there is no page.
#[component]
pub fn Addressed<T>(part: &'static str, page: fn(T) -> AnyView) -> impl IntoView
where
    T: FromStr + PartialEq + Clone + Send + Sync + 'static,
{
    let params = use_params_map();
    let named = Memo::new(move |_| params.with(|params| params.get(part)?.parse::<T>().ok()));
    view! {
        <Behind>
            {move || match named.get() {
                Some(thing) => page(thing),
                None => view! { <NotFound /> }.into_any(),
            }}
        </Behind>
    }
}
