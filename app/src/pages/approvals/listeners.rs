//! Runs of the user's listeners on the approvals page. Nothing for a user without one.

use domain::run_request::RunRequest;
use leptos::prelude::*;

use crate::api::run_requests::{DecideRunRequest, RunRequestsView, list_run_requests};
use crate::components::approval_card::decision_words;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{Loaded, live_query};
use crate::components::notice::Badge;
use crate::components::{Ago, Ahead, When};
use crate::live::use_live;
use crate::{parts, t, tn};

#[component]
pub fn ListenerRuns() -> impl IntoView {
    let news = use_live().news;
    let action = ServerAction::<DecideRunRequest>::new();
    let kept = live_query(move || (news.get(), action.version().get()), |_| list_run_requests());
    let section = move |RunRequestsView { waiting, decided }: RunRequestsView| {
        let has_any = !waiting.is_empty() || !decided.is_empty();
        has_any.then(|| {
            let cards = waiting.into_iter().map(|request| view! { <RequestCard request action /> });
            let rows = decided.into_iter().map(|request| view! { <DecidedRequest request /> });
            view! {
                <section class="stack" aria-labelledby="listener-runs">
                    <h2 id="listener-runs">{t!("Runs of your listeners")}</h2>
                    <FormAlert answer=FormResponse::of(action) fields=&[] />
                    {cards.collect_view()}
                    <ul class="rows" aria-labelledby="listener-runs">{rows.collect_view()}</ul>
                </section>
            }
        })
    };
    view! {
        <Loaded kept what=t!("Loading the runs of your listeners") slight=true>
            {move || kept.value.get().map(section)}
        </Loaded>
    }
}

/// Goal of the listener, and the most that the run may fetch.
fn wish(request: &RunRequest) -> String {
    let most = tn!(request.max_items, "{n} item at most", "{n} items at most");
    match &request.goal {
        Some(goal) => t!("“{goal}”, {most}", goal = goal, most = most),
        None => t!("Without a goal, {most}", most = most),
    }
}

#[component]
fn RequestCard(request: RunRequest, action: ServerAction<DecideRunRequest>) -> impl IntoView {
    let id = request.run_id.to_string();
    let title = "run-request-".to_owned() + &id;
    let heading = title.clone();
    let wishes = wish(&request);
    let RunRequest { listener, expires_at, .. } = request;
    let busy = action.pending();
    let words = t!("{name} wants to start a run", name = &listener);
    let (yes, no) =
        (t!("Approve the run of {name}", name = &listener), t!("Reject the run of {name}", name = &listener));
    view! {
        <article class="approval" aria-labelledby=title>
            <h3 id=heading>{words}</h3>
            <p class="approval-question" dir="auto">{wishes}</p>
            <ActionForm action>
                <input type="hidden" name="run_id" value=id />
                <div class="approval-answers">
                    <button
                        type="submit"
                        name="verdict"
                        value="approve"
                        class="button button-main"
                        aria-label=yes
                        disabled=busy
                    >
                        {t!("Approve")}
                    </button>
                    <button type="submit" name="verdict" value="reject" class="button" aria-label=no disabled=busy>
                        {t!("Reject")}
                    </button>
                </div>
            </ActionForm>
            <p class="hint">
                {parts!(
                    "Without an answer by {time}{ahead} the run is cancelled.",
                    time = view! { <When at=expires_at /> },
                    ahead = view! { <Ahead at=expires_at /> },
                )}
            </p>
        </article>
    }
}

#[component]
fn DecidedRequest(request: RunRequest) -> impl IntoView {
    let (text, tone) = decision_words(request.status);
    let wishes = wish(&request);
    view! {
        <li class="row row-slim">
            <div class="row-main">
                <h3 class="row-title" dir="auto">{request.listener}</h3>
                <p class="row-facts">
                    <Badge tone=Signal::stored(tone) text=Signal::stored(text.to_owned()) />
                    <Ago at=request.decided_at.unwrap_or(request.created_at) />
                    <span dir="auto">{wishes}</span>
                </p>
            </div>
        </li>
    }
}
