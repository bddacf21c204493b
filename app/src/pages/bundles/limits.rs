//! Limits of the exchange.

use domain::bundle::BundleLimits;
use leptos::prelude::*;

use crate::api::bundles::BundlesView;
use crate::components::live_query::LiveQuery;
use crate::{measure, t, tn};

#[component]
pub fn Limits(kept: LiveQuery<BundlesView>) -> impl IntoView {
    let limits = kept.part(|view| view.report.limits);
    let rows = move || {
        facts(&limits.get()).map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    };
    view! {
        <section class="stack" aria-labelledby="bundle-limits">
            <h2 id="bundle-limits">{t!("Limits")}</h2>
            <p>{t!("They also hold for what a trusted node sends. What is beyond them is refused or waits, and nothing is lost.")}</p>
            <dl class="facts">{rows}</dl>
        </section>
    }
}

fn facts(limits: &BundleLimits) -> [(&'static str, String); 8] {
    let days = limits.again_days;
    [
        (t!("Volume that is written"), measure::size(limits.written_volume_bytes)),
        (t!("Volume that is read"), measure::size(limits.read_volume_bytes)),
        (t!("File"), measure::size(limits.file_bytes)),
        (t!("Stays free on the disk"), measure::size(limits.free_bytes)),
        (t!("Requests of a site in a day"), limits.requests_a_day.to_string()),
        (t!("Unanswered requests of a user"), limits.open_requests.to_string()),
        (t!("Pictures that a bundle asks for"), limits.pictures.to_string()),
        (
            t!("A file goes again"),
            match limits.is_one_way {
                true => t!("with the full bundle of every 30 days: nothing comes back").to_owned(),
                false => tn!(days, "after {n} day without word of it", "after {n} days without word of it"),
            },
        ),
    ]
}
