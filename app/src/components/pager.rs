//! The way to older rows of a list, and what its filter says.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

/// One value of the address's query; empty where there is none.
pub fn value(query: Memo<ParamsMap>, name: &str) -> String {
    query.with(|query| query.get(name).unwrap_or_default())
}

/// Back to the newest, and on to the older ones; the filter stays.
#[component]
pub fn Pager(path: &'static str, query: Memo<ParamsMap>, next: RwSignal<Option<String>>) -> impl IntoView {
    let with_cursor = move |cursor: Option<String>| {
        let mut query = query.get();
        for name in ["cursor", "__err", "__path"] {
            query.remove(name);
        }
        if let Some(cursor) = cursor {
            query.insert("cursor", cursor);
        }
        path.to_owned() + &query.to_query_string()
    };
    let newest = move || {
        let is_later = !value(query, "cursor").is_empty();
        is_later.then(|| view! { <a class="button button-small" href=with_cursor(None)>"First page"</a> })
    };
    let older = move || {
        next.get().map(|cursor| view! { <a class="button button-small" href=with_cursor(Some(cursor))>"Older"</a> })
    };
    view! { <nav class="pager" aria-label="More of this list">{newest}{older}</nav> }
}
