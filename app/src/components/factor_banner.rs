//! Banner around every page of a user who must set up a second factor, and until when.

use domain::factor_rule::FactorDeadline;
use leptos::prelude::*;

use super::Day;
use crate::session::Session;
use crate::{parts, paths, t};

/// Goes when a second factor is set up.
#[component]
pub fn FactorBanner(deadline: FactorDeadline) -> impl IntoView {
    let session = expect_context::<Session>();
    let words = move || {
        parts!(
            "This server asks for a second factor with your account. Set one up by {day}: after that, \
             nothing else works until you do.",
            day = view! { <Day at=deadline.at /> },
        )
    };
    let content = move || {
        (!session.has_enrolled.get()).then(|| {
            view! {
                <aside class="alert banner" aria-label=t!("Second factor needed")>
                    <p>{words()}</p>
                    <a class="button button-small" rel="external" href=paths::SECOND_FACTORS>
                        {t!("Set up a second factor")}
                    </a>
                </aside>
            }
        })
    };
    view! { {content} }
}
