//! Page of all agents: their activity, models and statistics, and the emergency stop.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::agents::list_agents;
use crate::api::runs::StopAllRuns;
use crate::components::agent_card::AgentRow;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::value;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::title::PageTitle;
use crate::live::use_live;
use crate::paths;
use crate::{parts, t, tn};

#[component]
pub fn Agents() -> impl IntoView {
    view! {
        <PageTitle text=t!("Agents") />
        <RequireSignIn>
            <h1>{t!("Agents")}</h1>
            <p class="lead">
                {parts!(
                    "The three that work for you in every {run}. Their figures are counted from your last 50 \
                     runs.",
                    run = view! { <a href=paths::RUNS>{t!("run")}</a> },
                )}
            </p>
            <Team />
        </RequireSignIn>
    }
}

#[component]
fn Team() -> impl IntoView {
    let live = use_live();
    let stop = ServerAction::<StopAllRuns>::new();
    // A change of the speaking agent is not counted in `news`, but this page shows it.
    let speaking = Memo::new(move |_| live.conversation.with(|it| it.run.as_ref()?.speaking));
    let kept = live_query(move || (live.news.get(), speaking.get(), stop.version().get()), |_| list_agents());
    let agents = Signal::derive(move || {
        kept.value.with(|team| team.as_ref().map(|team| team.agents.clone()).unwrap_or_default())
    });
    let may_stop =
        Memo::new(move |_| kept.value.with(|team| team.as_ref().is_some_and(|team| team.may_stop)));
    view! {
        <Loaded kept what=t!("Loading the agents")>
            <ul class="team" aria-label=t!("Agents")>
                <Each list=agents key=|card| card.agent row=|row| view! { <AgentRow row /> } />
            </ul>
            {move || may_stop.get().then(|| view! { <EmergencyStop stop /> })}
        </Loaded>
    }
}

/// Asks for confirmation, with JavaScript and without.
#[component]
fn EmergencyStop(stop: ServerAction<StopAllRuns>) -> impl IntoView {
    let query = use_query_map();
    let stopped = move || match stop.value().get() {
        Some(answer) => answer.ok(),
        None => value(query, "stopped").parse::<i64>().ok(),
    };
    view! {
        <section class="card stack" aria-labelledby="stop">
            <h2 id="stop">{t!("Emergency stop")}</h2>
            <p class="muted">
                {t!(
                    "As an administrator you can end the runs of all people at once, with what they have on \
                     the way. What is ready stays, and everybody can start again at any time."
                )}
            </p>
            <FormAlert answer=FormResponse::of(stop) fields=&[] />
            <div role="status">
                {move || stopped().map(|number| view! { <p class="alert">{stopped_words(number)}</p> })}
            </div>
            <div class="for-all">
                <details class="confirm">
                    <summary class="button button-small button-bad">{t!("Stop all runs")}</summary>
                    <div class="alert">
                        <p>{t!("Stop the runs of all people on this server? This cannot be taken back.")}</p>
                        <ActionForm action=stop>
                            <button type="submit" class="button button-small button-bad" disabled=stop.pending()>
                                {t!("Yes, stop all runs")}
                            </button>
                        </ActionForm>
                    </div>
                </details>
            </div>
        </section>
    }
}

fn stopped_words(number: i64) -> String {
    match number {
        0 => t!("No run was under way, so nothing was stopped.").to_owned(),
        _ => tn!(number, "{n} run was stopped.", "{n} runs were stopped."),
    }
}
