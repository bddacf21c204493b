//! Page of the user's runs: their goals, results, and links to their conversations.

use domain::run::RunStatus;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::api::runs::list_runs;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::{FilterForm, value};
use crate::components::form::Choice;
use crate::components::live_query::{Loaded, Rows, is_empty, live_query};
use crate::components::notice::Empty;
use crate::components::pager::Pager;
use crate::components::run_row::{RunRow, status_words};
use crate::components::title::PageTitle;
use crate::live::use_live;
use crate::{parts, paths, t};

#[component]
pub fn Runs() -> impl IntoView {
    view! {
        <PageTitle text=t!("Runs") />
        <RequireSignIn>
            <h1>{t!("Runs")}</h1>
            <p class="lead">{t!("What you asked the agents for, and what came of it.")}</p>
            <List />
        </RequireSignIn>
    }
}

#[component]
fn List() -> impl IntoView {
    let news = use_live().news;
    let query = use_query_map();
    let kept = live_query(
        move || (value(query, "status"), value(query, "cursor"), news.get()),
        |(status, cursor, _)| list_runs(status, cursor),
    );
    let statuses =
        || RunStatus::ALL.iter().map(|status| (status.as_str(), status_words(*status).0)).collect();
    let status = Signal::derive(move || value(query, "status"));
    let is_empty = is_empty(kept.value);
    let next = kept.part(|page| page.next_cursor.clone());
    view! {
        <FilterForm path=paths::RUNS button=t!("Filter")>
            <Choice label=t!("Status") name="status" any=t!("Any status") options=statuses() chosen=status />
        </FilterForm>
        <h2 class="sr-only">{t!("Your runs")}</h2>
        <Loaded kept what=t!("Loading runs")>
            {move || is_empty.get().then(|| view! { <Nothing query /> })}
            <ul class="rows" aria-label=t!("Runs")>
                <Rows list=kept.value key=|row| row.run.id row=|row| view! { <RunRow row /> } />
            </ul>
            <Pager path=paths::RUNS query next />
        </Loaded>
    }
}

#[component]
fn Nothing(query: Memo<ParamsMap>) -> impl IntoView {
    let is_filtered = move || ["status", "cursor"].iter().any(|name| !value(query, name).is_empty());
    move || {
        if is_filtered() {
            view! {
                <Empty title=t!("No run stands like that")>
                    <p>
                        {parts!(
                            "Choose another status, or {link}.",
                            link = view! { <a href=paths::RUNS>{t!("show all runs")}</a> },
                        )}
                    </p>
                </Empty>
            }
        } else {
            view! {
                <Empty title=t!("Nothing has run yet")>
                    <p>
                        {parts!(
                            "Follow a few {sources}, then start a run on the {dashboard}: three agents pick \
                             what fits, prepare it, and tell you here what they did and why.",
                            sources = view! { <a href=paths::SUBSCRIPTIONS>{t!("sources")}</a> },
                            dashboard = view! { <a href=paths::DASHBOARD>{t!("dashboard")}</a> },
                        )}
                    </p>
                </Empty>
            }
        }
    }
}
