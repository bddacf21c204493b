//! Library: the user's downloads with filters, totals, playback, and actions on one or many.

use domain::download_filter::DownloadTotals;
use domain::source::Kind;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::api::downloads::{LibraryQuery, list_downloads, tally_downloads, total_downloads};
use crate::components::auth_guard::RequireSignIn;
use crate::components::chips::{Chips, with};
use crate::components::download_actions::Steer;
use crate::components::download_row::{DownloadRow, SelectRow};
use crate::components::evictions::MadeRoom;
use crate::components::filter::{FilterForm, submit_on_change, value};
use crate::components::for_all::{ForAllBar, SteerAll};
use crate::components::form::{Choice, FormAlert, FormResponse, later};
use crate::components::live_query::{LiveQuery, Loaded, Rows, is_empty, live_query};
use crate::components::notice::Empty;
use crate::components::pager::Pager;
use crate::components::select_bar::{ActOn, SelectForm};
use crate::components::title::PageTitle;
use crate::components::undo::{DeletedNotice, offer_undo};
use crate::live::use_live;
use crate::measure;
use crate::paths;
use crate::{parts, t};

/// Query parameter of the mode in which downloads are chosen.
const SELECT: &str = "select";

#[component]
pub fn Downloads() -> impl IntoView {
    view! {
        <PageTitle text=t!("Library") />
        <RequireSignIn>
            <Library />
            <MadeRoom />
            <p><a class="link" href=paths::HISTORY>{t!("History and figures")}</a></p>
        </RequireSignIn>
    }
}

#[component]
fn Library() -> impl IntoView {
    let news = use_live().news;
    let query = use_query_map();
    let (steer, all, act) = (Steer::new(), SteerAll::new(), ActOn::new());
    offer_undo(steer);
    let done = move || (news.get(), steer.version().get() + all.version().get() + act.version().get());
    let asked = Memo::new(move |_| query.with(LibraryQuery::of));
    let tally = live_query(done, |_| tally_downloads());
    let totals = live_query(move || (asked.get().unordered(), done()), |(asked, _)| total_downloads(asked));
    let kept = live_query(move || (asked.get(), done()), |(asked, _)| list_downloads(asked));
    let is_selecting = Memo::new(move |_| !value(query, SELECT).is_empty());
    let select =
        move || with(paths::DOWNLOADS, query.get(), SELECT, if is_selecting.get() { "" } else { "1" });
    let is_empty = is_empty(kept.value);
    let next = kept.part(|page| page.next_cursor.clone());
    view! {
        <div class="library">
            <div class="library-head">
                <h1>{t!("Library")}</h1>
                <Totals totals />
            </div>
            <Narrowing query />
            <div class="library-tools">
                <Finding query />
                <a class="button button-small" href=select data-noscroll="true">
                    {move || if is_selecting.get() { t!("Done") } else { t!("Select") }}
                </a>
            </div>
            <ForAllBar all kept=tally />
            <FormAlert answer=FormResponse::of(steer) fields=&[] />
            <DeletedNotice steer />
            <h2 class="sr-only">{t!("Your downloads")}</h2>
            <Loaded kept what=t!("Loading downloads")>
                {move || is_empty.get().then(|| view! { <Nothing asked /> })}
                {move || match is_selecting.get() {
                    true => view! {
                        <SelectForm act>
                            <ul class="rows" aria-label=t!("Downloads")>
                                <Rows list=kept.value key=|row| row.id row=|row| view! { <SelectRow row /> } />
                            </ul>
                        </SelectForm>
                    }
                    .into_any(),
                    false => view! {
                        <ul class="rows" aria-label=t!("Downloads")>
                            <Rows list=kept.value key=|row| row.id row=move |row| view! { <DownloadRow row steer /> } />
                        </ul>
                    }
                    .into_any(),
                }}
                <Pager path=paths::DOWNLOADS query next />
            </Loaded>
        </div>
    }
}

/// Chips by state and by kind, in one line that scrolls on a narrow screen.
#[component]
fn Narrowing(query: Memo<ParamsMap>) -> impl IntoView {
    let states = vec![
        ("", t!("All")),
        ("ready", t!("Ready")),
        ("on_the_way", t!("On the way")),
        ("failed", t!("Failed")),
    ];
    let kinds = Kind::ALL.iter().map(|kind| (kind.as_str(), kind_chip(*kind))).collect();
    view! {
        <div class="chip-line">
            <Chips path=paths::DOWNLOADS query name="status" label=t!("Status") options=states />
            <Chips path=paths::DOWNLOADS query name="kind" label=t!("Kind") options=kinds is_toggle=true />
        </div>
    }
}

fn kind_chip(kind: Kind) -> &'static str {
    match kind {
        Kind::Podcast => t!("Podcasts"),
        Kind::Article => t!("Articles"),
        Kind::Video => t!("Videos"),
        Kind::News => t!("News"),
        Kind::Picture => t!("Pictures"),
    }
}

/// Search and order. Opened if either is set.
#[component]
fn Finding(query: Memo<ParamsMap>) -> impl IntoView {
    let orders = vec![
        ("newest", t!("Newest")),
        ("shortest", t!("Shortest")),
        ("longest", t!("Longest")),
        ("largest", t!("Largest")),
        ("expiring", t!("Expiring soon")),
    ];
    let typed = move || value(query, "q");
    let order = Signal::derive(move || match value(query, "order") {
        order if order.is_empty() => "newest".to_owned(),
        order => order,
    });
    let is_used = move || {
        query.with(|query| ["q", "order"].iter().any(|it| query.get_str(it).is_some_and(|it| !it.is_empty())))
    };
    let kept = move |name: &'static str| move || value(query, name);
    view! {
        <details class="library-find" open=is_used()>
            <summary>{t!("Search and sort")}</summary>
            <FilterForm path=paths::DOWNLOADS button=t!("Show")>
                <input type="hidden" name="status" value=kept("status") prop:value=kept("status") />
                <input type="hidden" name="kind" value=kept("kind") prop:value=kept("kind") />
                <div class="field filter-words">
                    <label for="q">{t!("Search")}</label>
                    <input id="q" name="q" type="search" value=typed prop:value=later(typed) placeholder=t!("Title or source") />
                </div>
                <div on:change=submit_on_change>
                    <Choice label=t!("Sort by") name="order" options=orders chosen=order />
                </div>
            </FilterForm>
        </details>
    }
}

#[component]
fn Totals(totals: LiveQuery<DownloadTotals>) -> impl IntoView {
    let words = move || totals.value.with(|totals| totals.as_ref().map(totals_words));
    view! {
        <Loaded kept=totals what=t!("Counting") slight=true>
            <p class="library-totals" role="status">{words}</p>
        </Loaded>
    }
}

/// "17 ready · 3 h 40 min · 1.2 GB · 2 on the way", without what there is none of.
fn totals_words(totals: &DownloadTotals) -> String {
    let known = |number: i64| (number > 0).then(|| measure::number(number));
    let minutes = totals.ready_seconds / 60 * 60;
    let parts = [
        known(totals.ready).map(|n| t!("{n} ready", n = n)),
        (minutes > 0).then(|| measure::duration(minutes)),
        (totals.ready_bytes > 0).then(|| measure::size(totals.ready_bytes)),
        known(totals.on_the_way).map(|n| t!("{n} on the way", n = n)),
        known(totals.failed).map(|n| t!("{n} failed", n = n)),
        known(totals.ended).map(|n| t!("{n} ended", n = n)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[component]
fn Nothing(asked: Memo<LibraryQuery>) -> impl IntoView {
    move || {
        if asked.with(LibraryQuery::is_narrowed) {
            view! {
                <Empty title=t!("Nothing matches")>
                    <p>
                        {parts!(
                            "Choose another filter, or {all}.",
                            all = view! { <a href=paths::DOWNLOADS>{t!("show all downloads")}</a> },
                        )}
                    </p>
                </Empty>
            }
        } else {
            view! {
                <Empty title=t!("No downloads yet")>
                    <p>
                        {parts!(
                            "Start a run at {home}: the agents pick items from your sources and prepare \
                             them here, ready to play or to save.",
                            home = view! { <a href=paths::DASHBOARD>{t!("Home")}</a> },
                        )}
                    </p>
                </Empty>
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_tell_minutes_before_bytes_and_leave_out_zeros() {
        let all = DownloadTotals {
            ready: 17,
            on_the_way: 2,
            ready_seconds: 13_230,
            ready_bytes: 1_200_000_000,
            ..DownloadTotals::default()
        };
        assert_eq!(totals_words(&all), "17 ready · 3 h 40 min · 1.2 GB · 2 on the way");
        assert_eq!(totals_words(&DownloadTotals { failed: 1, ..DownloadTotals::default() }), "1 failed");
        assert_eq!(totals_words(&DownloadTotals::default()), "");
    }
}
