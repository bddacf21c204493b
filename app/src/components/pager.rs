//! The way to older rows of a list, and what its filter says.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

/// One value of the address's query; empty where there is none.
pub fn value(query: Memo<ParamsMap>, name: &str) -> String {
    query.with(|query| query.get(name).unwrap_or_default())
}

/// Back to the newest, and on to the older ones; the filter stays.
#[component]
pub fn Pager(path: &'static str, query: Memo<ParamsMap>, next: Option<String>) -> impl IntoView {
    let with_cursor = move |cursor: Option<String>| {
        let mut query = query.get_untracked();
        for name in ["cursor", "__err", "__path"] {
            query.remove(name);
        }
        if let Some(cursor) = cursor {
            query.insert("cursor", cursor);
        }
        path.to_owned() + &query.to_query_string()
    };
    let is_later = query.with_untracked(|query| query.get_str("cursor").is_some());
    let newest = is_later.then(|| view! { <a class="button button-small" href=with_cursor(None)>"First page"</a> });
    let older = next.map(|cursor| {
        view! { <a class="button button-small" href=with_cursor(Some(cursor))>"Older"</a> }
    });
    view! { <nav class="pager" aria-label="More of this list">{newest}{older}</nav> }
}
