//! Frame of a page about one object, which a parameter of its URL names.

use std::str::FromStr;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::not_found::NotFound;
use crate::components::auth_guard::RequireSignIn;

/// The page of the named object, or the not-found page if the parameter cannot be parsed.
#[component]
pub fn Addressed<T>(part: &'static str, page: fn(T) -> AnyView) -> impl IntoView
where
    T: FromStr + PartialEq + Clone + Send + Sync + 'static,
{
    let params = use_params_map();
    let named = Memo::new(move |_| params.with(|params| params.get(part)?.parse::<T>().ok()));
    view! {
        <RequireSignIn>
            {move || match named.get() {
                Some(thing) => page(thing),
                None => view! { <NotFound /> }.into_any(),
            }}
        </RequireSignIn>
    }
}
