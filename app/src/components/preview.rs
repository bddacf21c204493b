//! Preview of a feed that was never read: its newest items, fetched as a trial in the browser.

use domain::SourceId;
use domain::source_health::{FeedTrial, PreviewItem};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Day;
use super::notice::{Problem, Waiting};
use crate::api::sources::try_source;
use crate::error::ApiError;
use crate::{language, measure, t, tn};

/// Fetched once the page is shown: another server must not delay it. Nothing of it is stored.
#[component]
pub fn Preview(id: SourceId) -> impl IntoView {
    let trial = RwSignal::new(None::<Result<FeedTrial, ApiError>>);
    Effect::new(move |_| {
        spawn_local(async move {
            let _ = trial.try_set(Some(try_source(id).await));
        });
    });
    let content = move || match trial.get() {
        None => view! { <Waiting what=t!("Loading the preview") /> }.into_any(),
        Some(Err(error)) => view! { <Problem error /> }.into_any(),
        Some(Ok(FeedTrial { error: Some(why), .. })) => {
            view! { <p class="row-trouble">{language::sentence(&why)}</p> }.into_any()
        }
        Some(Ok(trial)) => view! {
            <ul class="rows" aria-label=t!("Preview")>
                {trial.newest.into_iter().map(|item| view! { <PreviewRow item /> }).collect_view()}
            </ul>
            <p class="muted">
                {tn!(
                    trial.items,
                    "{n} item in the feed. Subscribe to have new ones listed here.",
                    "{n} items in the feed. Subscribe to have new ones listed here."
                )}
            </p>
        }
        .into_any(),
    };
    view! {
        <section class="part needs-script" aria-labelledby="preview">
            <h2 id="preview">{t!("Preview")}</h2>
            {content}
        </section>
    }
}

#[component]
fn PreviewRow(item: PreviewItem) -> impl IntoView {
    view! {
        <li class="media-row">
            <div class="media-main">
                <h3 class="media-title" dir="auto">{item.title}</h3>
                <p class="media-facts media-line">
                    {item.duration_seconds.map(|seconds| view! { <span>{measure::duration(seconds)}</span> })}
                    {item.published_at.map(|at| view! { <span><Day at /></span> })}
                </p>
            </div>
        </li>
    }
}
