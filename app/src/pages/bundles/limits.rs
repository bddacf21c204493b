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
            <p>{t!("Other nodes are held to them, too. What exceeds one is refused with the reason, or waits for a later bundle.")}</p>
            <dl class="facts">{rows}</dl>
        </section>
    }
}

fn facts(limits: &BundleLimits) -> [(&'static str, String); 8] {
    let days = limits.resend_days;
    [
        (t!("Largest volume written"), measure::size(limits.written_volume_bytes)),
        (t!("Largest volume read"), measure::size(limits.read_volume_bytes)),
        (t!("Largest file"), measure::size(limits.file_bytes)),
        (t!("Stays free on the disk"), measure::size(limits.free_bytes)),
        (t!("Requests per day and site"), limits.requests_a_day.to_string()),
        (t!("Unanswered requests of a user"), limits.open_requests.to_string()),
        (t!("Pictures that a bundle asks for"), limits.pictures.to_string()),
        (
            t!("A file is sent again"),
            match limits.is_one_way {
                true => t!("with the full bundle every 30 days, since nothing comes back").to_owned(),
                false => {
                    tn!(days, "after {n} day without confirmation", "after {n} days without confirmation")
                }
            },
        ),
    ]
}
