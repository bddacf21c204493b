//! Requests of a site, or of the sites of a gateway, counted by state.

use leptos::prelude::*;

use crate::api::bundles::BundlesView;
use crate::components::live_query::LiveQuery;
use crate::components::notice::Badge;
use crate::components::request_words::request_words;
use crate::t;

#[component]
pub fn RequestCounts(kept: LiveQuery<BundlesView>) -> impl IntoView {
    let counts = kept.part(|view| view.report.requests.clone());
    let rows = move || {
        counts.get().into_iter().map(|count| {
            let (text, tone) = request_words(count.status);
            view! {
                <li class="row row-slim">
                    <Badge tone=Signal::stored(tone) text=Signal::stored(text.to_owned()) />
                    <span>{count.number.to_string()}</span>
                </li>
            }
        })
    };
    view! {
        <section class="stack" aria-labelledby="request-counts">
            <h2 id="request-counts">{t!("Requests by state")}</h2>
            {move || counts.with(Vec::is_empty).then(|| view! { <p class="muted">{t!("Nothing was asked for yet.")}</p> })}
            <ul class="rows" aria-labelledby="request-counts">{move || rows().collect_view()}</ul>
        </section>
    }
}
