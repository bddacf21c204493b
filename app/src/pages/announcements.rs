//! Announcements page of administrators: the form that speaks to all users, and what was said before.

use domain::announcement::{Announcement, Level};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::announcements::{Announce, list_announcements};
use crate::components::Ago;
use crate::components::admin_tabs::AdminTabs;
use crate::components::area::Area;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::value;
use crate::components::form::{Choice, FormAlert, FormResponse, Submit};
use crate::components::live_query::{Loaded, Rows, is_empty, live_query};
use crate::components::notice::{Badge, Empty};
use crate::components::pager::Pager;
use crate::components::title::PageTitle;
use crate::{paths, t};

#[component]
pub fn Announcements() -> impl IntoView {
    view! {
        <PageTitle text=t!("Announcements") />
        <RequireSignIn>
            <h1>{t!("Announcements")}</h1>
            <AdminTabs />
            <p class="lead">
                {t!(
                    "Messages to all users of this server: at once to those who are here, and among the \
                     notifications of everybody."
                )}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let query = use_query_map();
    let announce = ServerAction::<Announce>::new();
    let asked = move || (value(query, "cursor"), announce.version().get());
    let kept = live_query(asked, |(cursor, _)| list_announcements(cursor));
    let is_empty = is_empty(kept.value);
    let next = kept.part(|page| page.next_cursor.clone());
    view! {
        <Loaded kept what=t!("Loading the announcements")>
            <AnnounceForm announce />
            <section class="stack" aria-labelledby="announcements">
                <h2 id="announcements">{t!("All announcements")}</h2>
                {move || is_empty.get().then(|| view! {
                    <Empty title=t!("Nothing was announced yet")>
                        <p>{t!("Tell everybody of a maintenance, for example, or of what is new.")}</p>
                    </Empty>
                })}
                <ul class="rows" aria-labelledby="announcements">
                    <Rows list=kept.value key=|made| made.id row=|row| view! { <AnnouncementRow row /> } />
                </ul>
                <Pager path=paths::ANNOUNCEMENTS query next />
            </section>
        </Loaded>
    }
}

#[component]
fn AnnounceForm(announce: ServerAction<Announce>) -> impl IntoView {
    let answer = FormResponse::of(announce);
    let text = RwSignal::new(answer.typed_or("message", ""));
    let level = answer.typed_or("level", Level::Info.as_str());
    Effect::new(move |_| {
        if let Some(Ok(_)) = announce.value().get() {
            text.set(String::new());
        }
    });
    let levels = Level::ALL.iter().map(|level| (level.as_str(), in_words(*level).1)).collect();
    view! {
        <section class="card stack max-w-3xl" aria-labelledby="announce">
            <h2 id="announce">{t!("Announce something")}</h2>
            <FormAlert answer fields=&["message"] />
            <ActionForm action=announce attr:class="stack" attr:novalidate=true>
                <Area
                    answer
                    label=t!("Message")
                    name="message"
                    text
                    hint=t!("At most 500 characters.")
                    rows=3
                />
                <Choice label=t!("Weight") name="level" options=levels chosen=Signal::stored(level) />
                <div><Submit answer text=t!("Announce it") busy=t!("Sending…") /></div>
            </ActionForm>
        </section>
    }
}

/// Announcements never change, so a row is not reactive.
#[component]
fn AnnouncementRow(row: Signal<Announcement>) -> impl IntoView {
    let Announcement { message, level, created_at, .. } = row.get_untracked();
    let (tone, words) = in_words(level);
    view! {
        <li class="row row-slim">
            <div class="row-main">
                <h3 class="row-title" dir="auto">{message}</h3>
                <p class="row-facts">
                    <Badge tone=Signal::stored(tone) text=Signal::stored(words.to_owned()) />
                    <span><Ago at=created_at /></span>
                </p>
            </div>
        </li>
    }
}

/// Tone and name of a weight.
fn in_words(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Info => ("kind", t!("Information")),
        Level::Success => ("good", t!("Good news")),
        Level::Warning => ("warn", t!("Warning")),
    }
}
