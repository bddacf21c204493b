//! Links to the first and the next page of a list.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::t;

/// URL of the rows after a cursor, or of the first ones. Keeps the filter and drops a form's response.
pub fn address_of(path: &str, mut query: ParamsMap, cursor: Option<String>) -> String {
    for name in ["cursor", "__err", "__path"] {
        query.remove(name);
    }
    if let Some(cursor) = cursor {
        query.insert("cursor", cursor);
    }
    path.to_owned() + &query.to_query_string()
}

/// Links to the first page and to older rows; both keep the filter.
#[component]
pub fn Pager(
    path: &'static str,
    query: Memo<ParamsMap>,
    #[prop(into)] next: Signal<Option<String>>,
) -> impl IntoView {
    let with_cursor = move |cursor| address_of(path, query.get(), cursor);
    let newest = move || {
        let is_later = query.with(|query| query.get_str("cursor").is_some());
        is_later
            .then(|| view! { <a class="button button-small" href=with_cursor(None)>{t!("First page")}</a> })
    };
    let older = move || {
        let next = next.get()?;
        Some(view! { <a class="button button-small" href=with_cursor(Some(next))>{t!("Older")}</a> })
    };
    view! { <nav class="pager" aria-label=t!("More of this list")>{newest}{older}</nav> }
}
