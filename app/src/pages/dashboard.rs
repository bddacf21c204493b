//! Dashboard: the user's statistics, and starting and watching a run.

use domain::account::Me;
use domain::download::Download;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::accounts::me;
use crate::api::downloads::downloads_under_way;
use crate::api::live::live_start;
use crate::components::approval_card::PresentApproval;
use crate::components::auth_guard::RequireSignIn;
use crate::components::continue_card::ContinueCard;
use crate::components::icons::{self, Icon};
use crate::components::live_query::{Loaded, Rows, is_empty, live_query};
use crate::components::log::ConversationLog;
use crate::components::notice::{Badge, Empty};
use crate::components::onboarding::FirstSteps;
use crate::components::progress::{ProgressBar, standing, status_words};
use crate::components::ready_card::ReadyCard;
use crate::components::run_card::{RunControl, RunSummaryCard};
use crate::components::title::PageTitle;
use crate::live::use_live;
use crate::measure;
use crate::paths;
use crate::session::Session;
use crate::{parts, t};

#[component]
pub fn Dashboard() -> impl IntoView {
    let (state, query) = (expect_context::<Session>().first_steps, use_query_map());
    let is_new = Memo::new(move |_| {
        let is_asked = query.with(|query| query.get_str("step").is_some());
        state.get().is_some_and(|state| state.is_shown || state.is_open && is_asked)
    });
    view! {
        <PageTitle text=t!("Home") />
        <RequireSignIn>
            <h1 class="sr-only">{t!("Home")}</h1>
            {move || match is_new.get() {
                true => view! { <FirstSteps /> }.into_any(),
                false => view! { <Home /> }.into_any(),
            }}
        </RequireSignIn>
    }
}

#[component]
fn Home() -> impl IntoView {
    view! {
        <ReadyCard />
        <ContinueCard />
        <div class="dashboard">
            <Run />
            <UnderWay />
        </div>
        <Numbers />
    }
}

/// Statistics of the user, counted by the server.
#[component]
fn Numbers() -> impl IntoView {
    let news = use_live().news;
    let kept = live_query(move || news.get(), |_| me());
    view! {
        <section aria-label=t!("What you have")>
            <Loaded kept what=t!("Loading your numbers")>
                {move || kept.value.get().map(|me| view! { <Tiles me /> })}
            </Loaded>
        </section>
    }
}

#[component]
fn Tiles(me: Me) -> impl IntoView {
    let stats = me.stats;
    let room = me.preferences.max_storage_mb * 1_000_000;
    let tile = |href: &'static str, number: String, words: &'static str| {
        view! {
            <a class="tile" href=href>
                <span class="tile-number">{number}</span>
                <span class="tile-words">{words}</span>
            </a>
        }
    };
    view! {
        <div class="tiles">
            {tile(paths::SUBSCRIPTIONS, stats.subscriptions.to_string(), t!("Subscriptions"))}
            {tile(paths::DOWNLOADS, stats.downloads.to_string(), t!("In your library"))}
            {tile("/downloads?status=ready", stats.ready.to_string(), t!("Ready"))}
            {tile(paths::PREFERENCES, measure::size(stats.bytes), t!("Stored"))}
        </div>
        <div class="room">
            <progress max="100" value=measure::percent(stats.bytes, Some(room)) aria-label=t!("Storage in use")></progress>
            <p class="progress-words">
                {t!("{used} of {room} in use", used = measure::size(stats.bytes), room = measure::size(room))}
            </p>
        </div>
        {(stats.subscriptions == 0).then(|| view! {
            <p class="alert">
                {parts!(
                    "You follow nothing yet, so the agents have nothing to choose from. {sources}",
                    sources = view! { <a href=paths::SUBSCRIPTIONS>{t!("Pick your sources")}</a> },
                )}
            </p>
        })}
    }
}

/// The latest run: start form, conversation and outcome.
#[component]
fn Run() -> impl IntoView {
    let live = use_live();
    let kept = live_query(move || live.restart.get(), |_| live_start());
    let begin = move || kept.value.with(|start| start.iter().for_each(|start| live.begin(start)));
    Effect::new(move |_| begin());
    // Written as HTML: where scripts run, it has no elements that could be hydrated.
    let no_script = "<p class=\"alert\">".to_owned()
        + t!("Without JavaScript this page does not change by itself: reload it to see what happened.")
        + "</p>";
    view! {
        <section class="card stack" aria-labelledby="discover">
            <h2 id="discover"><Icon path=icons::SPARK />{t!("Discover and download")}</h2>
            <p class="muted">
                {parts!(
                    "{agents} look through your sources, pick what fits, and prepare it on this server.",
                    agents = view! { <a href=paths::AGENTS>{t!("Three agents")}</a> },
                )}
            </p>
            <Loaded kept what=t!("Loading the latest run")>
                {untrack(begin)}
                <Conversation />
            </Loaded>
            <noscript inner_html=no_script></noscript>
        </section>
    }
}

#[component]
fn Conversation() -> impl IntoView {
    let live = use_live();
    let is_new = Memo::new(move |_| live.conversation.with(|it| it.run.is_none()));
    view! {
        <RunControl />
        <PresentApproval />
        <RunSummaryCard />
        {move || if is_new.get() {
            view! {
                <Empty title=t!("Nothing has run yet")>
                    <p>
                        {t!(
                            "Choose how many items you want and start. What the agents say and do appears \
                             here as it happens."
                        )}
                    </p>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <ConversationLog />
                <p><a class="link" href=paths::RUNS>{t!("All runs")}</a></p>
            }
            .into_any()
        }}
    }
}

/// Progress bars of all open downloads.
#[component]
fn UnderWay() -> impl IntoView {
    let news = use_live().news;
    let kept = live_query(move || news.get(), |_| downloads_under_way());
    let is_empty = is_empty(kept.value);
    view! {
        <section class="card stack" aria-labelledby="under-way">
            <h2 id="under-way"><Icon path=icons::DOWN />{t!("On the way")}</h2>
            <Loaded kept what=t!("Loading downloads")>
                {move || is_empty.get().then(|| view! {
                    <Empty title=t!("Nothing is on its way")>
                        <p>{t!("What the agents queue shows its progress here.")}</p>
                    </Empty>
                })}
                <ul class="under-way">
                    <Rows list=kept.value key=|row| row.id row=|row| view! { <UnderWayRow row /> } />
                </ul>
            </Loaded>
            <p><a class="link" href=paths::DOWNLOADS>{t!("Your library")}</a></p>
        </section>
    }
}

#[component]
fn UnderWayRow(row: Signal<Download>) -> impl IntoView {
    let standing = standing(use_live(), row);
    let title = Signal::derive(move || row.with(|row| row.title.clone()));
    view! {
        <li>
            <p class="under-way-head">
                <a class="under-way-title" dir="auto" href=move || row.with(|row| paths::item(row.item_id))>{title}</a>
                <Badge
                    tone=Signal::derive(move || standing.with(|s| status_words(s.status).1))
                    text=Signal::derive(move || standing.with(|s| status_words(s.status).0.to_owned()))
                />
            </p>
            <ProgressBar standing title />
        </li>
    }
}
