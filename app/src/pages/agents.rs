//! Page of all agents: their activity, models and statistics, and the emergency stop.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::agents::list_agents;
use crate::api::runs::StopAllRuns;
use crate::components::action_button::ActionButton;
use crate::components::agent_card::AgentRow;
use crate::components::auth_guard::RequireSignIn;
use crate::components::confirm::Confirm;
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
    let (agents, may_stop) = (kept.part(|team| team.agents.clone()), kept.part(|team| team.may_stop));
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
                <Confirm
                    verb=t!("Stop all runs")
                    question=t!("Stop the runs of all people on this server? This cannot be taken back.")
                >
                    <ActionForm action=stop>
                        <ActionButton text=t!("Yes, stop all runs") is_bad=true pending=stop.pending() />
                    </ActionForm>
                </Confirm>
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
