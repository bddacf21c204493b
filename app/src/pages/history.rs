//! History: the time listened, then the downloads, in figures and charts with tables.

use domain::history::Outcome;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::history::{
    Chart, History, HistoryEntry, Listening, SPANS, Table, show_history, show_listening, span,
};
use crate::components::Ago;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::value;
use crate::components::live_query::{Loaded, live_query};
use crate::components::notice::{Badge, Empty};
use crate::components::title::PageTitle;
use crate::language;
use crate::live::use_live;
use crate::paths;
use crate::{parts, t, tn};

#[component]
pub fn HistoryPage() -> impl IntoView {
    view! {
        <PageTitle text=t!("History") />
        <RequireSignIn>
            <h1>{t!("History")}</h1>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let news = use_live().news;
    let query = use_query_map();
    let asked = move || (value(query, "days"), news.get());
    let listening = live_query(asked, |(days, _)| show_listening(days));
    let kept = live_query(asked, |(days, _)| show_history(days));
    view! {
        <p class="lead">
            {parts!(
                "What you listened to, and what your downloads cost, as it was measured. {library}",
                library = view! { <a href=paths::DOWNLOADS>{t!("Your library")}</a> },
            )}
        </p>
        <nav class="spans" aria-label=t!("Span of time")>
            {SPANS.map(|days| {
                let is_chosen = move || span(&value(query, "days")) == days;
                view! {
                    <a
                        class="button button-small"
                        href=paths::HISTORY.to_owned() + "?days=" + &days.to_string()
                        aria-current=move || is_chosen().then_some("true")
                    >
                        {tn!(days, "{n} day", "{n} days")}
                    </a>
                }
            })}
        </nav>
        <section class="part" aria-labelledby="listening">
            <h2 id="listening">{t!("Listening")}</h2>
            <Loaded kept=listening what=t!("Loading what you listened to")>
                {move || listening.value.get().map(|listening| view! { <Heard listening /> })}
            </Loaded>
        </section>
        <section class="part" aria-labelledby="transfers">
            <h2 id="transfers">{t!("Transfers")}</h2>
            <Loaded kept what=t!("Loading your history")>
                {move || kept.value.get().map(|history| view! { <Shown history /> })}
            </Loaded>
        </section>
    }
}

/// The time listened.
#[component]
fn Heard(listening: Listening) -> impl IntoView {
    let Listening { tiles, charts } = listening;
    if tiles.is_empty() {
        return view! {
            <Empty title=t!("Nothing listened to in these days")>
                <p>
                    {parts!(
                        "Play something from {library}: here you then see your minutes by day, by hour, by \
                         show and by topic, and which picks of the agents you played.",
                        library = view! { <a href=paths::DOWNLOADS>{t!("your library")}</a> },
                    )}
                </p>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Tiles tiles />
        <div class="charts">{charts.into_iter().map(|chart| view! { <ChartCard chart /> }).collect_view()}</div>
    }
    .into_any()
}

#[component]
fn Tiles(tiles: Vec<(String, String)>) -> impl IntoView {
    let tile = |(number, words): (String, String)| {
        view! {
            <div class="tile">
                <dt class="tile-words">{words}</dt>
                <dd class="tile-number">{number}</dd>
            </div>
        }
    };
    view! { <dl class="tiles">{tiles.into_iter().map(tile).collect_view()}</dl> }
}

#[component]
fn Shown(history: History) -> impl IntoView {
    let History { tiles, charts, tables, latest } = history;
    let is_new = latest.is_empty();
    let is_empty = tiles.is_empty();
    view! {
        {is_empty.then(|| view! { <Nothing is_new /> })}
        {(!is_empty).then(|| view! {
            <Tiles tiles />
            <div class="charts">
                {charts.into_iter().map(|chart| view! { <ChartCard chart /> }).collect_view()}
                {tables.into_iter().map(|table| {
                    let caption = table.caption.clone();
                    view! { <section class="card stack"><h3>{caption}</h3><Figures table /></section> }
                }).collect_view()}
            </div>
        })}
        {(!is_new).then(|| view! { <Latest entries=latest /> })}
    }
}

#[component]
fn Nothing(is_new: bool) -> impl IntoView {
    if is_new {
        view! {
            <Empty title=t!("No history yet")>
                <p>
                    {parts!(
                        "Every download that gets ready, fails or is cancelled is noted here, with its \
                         size, its speed and where its bytes came from. Start a run on the {dashboard}, and \
                         come back.",
                        dashboard = view! { <a href=paths::DASHBOARD>{t!("dashboard")}</a> },
                    )}
                </p>
            </Empty>
        }
    } else {
        view! {
            <Empty title=t!("Nothing ended in these days")>
                <p>{t!("Choose a longer span, or look at the last downloads below.")}</p>
            </Empty>
        }
    }
}

/// A chart with its legend, and its figures as a table that can be expanded.
#[component]
fn ChartCard(chart: Chart) -> impl IntoView {
    let Chart { svg, label, legend, table } = chart;
    let caption = table.caption.clone();
    let patch = |(class, words): (String, String)| view! { <li data-tone=class>{words}</li> };
    view! {
        <section class="card stack">
            <h3>{caption.clone()}</h3>
            <div class="chart" role="img" aria-label=label inner_html=svg></div>
            <ul class="legend">{legend.into_iter().map(patch).collect_view()}</ul>
            <details class="disclosure">
                <summary>{t!("As a table")} <span class="sr-only">": " {caption}</span></summary>
                <Figures table />
            </details>
        </section>
    }
}

#[component]
fn Figures(table: Table) -> impl IntoView {
    let Table { caption, head, rows } = table;
    let row = |cells: Vec<String>| {
        let mut cells = cells.into_iter();
        view! {
            <tr>
                <th scope="row">{cells.next()}</th>
                {cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}
            </tr>
        }
    };
    view! {
        <table class="figures">
            <caption class="sr-only">{caption}</caption>
            <thead>
                <tr>{head.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}</tr>
            </thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Latest(entries: Vec<HistoryEntry>) -> impl IntoView {
    let row = |entry: HistoryEntry| {
        let (text, tone) = match entry.outcome {
            Outcome::Ready => (t!("Ready"), "good"),
            Outcome::Failed => (t!("Failed"), "bad"),
            Outcome::Cancelled => (t!("Cancelled"), "calm"),
        };
        view! {
            <li class="row">
                <div class="row-main">
                    <h4 class="row-title" dir="auto">{entry.title}</h4>
                    <p class="row-facts">
                        <Badge tone=Signal::stored(tone) text=Signal::stored(text.to_owned()) />
                        {entry.facts.into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view()}
                        <Ago at=entry.at />
                    </p>
                    {entry.error.map(|why| view! {
                        <p class="row-trouble">{language::sentence(&why)}</p>
                    })}
                </div>
            </li>
        }
    };
    view! {
        <section aria-labelledby="latest" class="part">
            <h3 id="latest">{t!("The last that ended")}</h3>
            <ul class="rows" aria-labelledby="latest">{entries.into_iter().map(row).collect_view()}</ul>
        </section>
    }
}
