//! Sources page of administrators: whether the feeds of the server can be read, and a refresh of one.

use domain::managed_source::ManagedSource;
use domain::source::{Health, RefreshReport};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::managed_sources::{RefreshManagedSource, list_managed_sources};
use crate::components::action_button::ActionButton;
use crate::components::admin_tabs::AdminTabs;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::{FilterForm, value};
use crate::components::form::{Choice, FormAlert, FormResponse};
use crate::components::live_query::{Loaded, Rows, is_empty, live_query};
use crate::components::notice::{Badge, Empty};
use crate::components::pager::Pager;
use crate::components::source_health::health_words;
use crate::components::title::PageTitle;
use crate::components::{Ago, When};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{language, parts, paths, t, tn};

#[component]
pub fn ManagedSources() -> impl IntoView {
    view! {
        <PageTitle text=t!("Sources of the server") />
        <RequireSignIn>
            <h1 id="sources">{t!("Sources of the server")}</h1>
            <AdminTabs />
            <p class="lead">
                {t!(
                    "Whether the feeds of this server can be read. Who follows them is not shown, and neither \
                     are their addresses and the names of private ones."
                )}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let (live, query) = (use_live(), use_query_map());
    let refresh = ServerAction::<RefreshManagedSource>::new();
    let of = move |name: &'static str| value(query, name);
    let asked = move || ([of("health"), of("followed"), of("cursor")], refresh.version().get());
    let kept =
        live_query(asked, |([health, followed, cursor], _)| list_managed_sources(health, followed, cursor));
    let is_empty = is_empty(kept.value);
    let next = kept.part(|page| page.next_cursor.clone());
    Effect::new(move |_| {
        if let Some(Ok(report)) = refresh.value().get() {
            let (tone, text) = result_words(report);
            live.toast(tone, text);
        }
    });
    let healths = Health::ALL.iter().map(|health| (health.as_str(), health_words(*health).0)).collect();
    let followed = vec![("yes", t!("With followers")), ("no", t!("Without followers"))];
    view! {
        <FormAlert answer=FormResponse::of(refresh) fields=&[] />
        <FilterForm path=paths::MANAGED_SOURCES button=t!("Show")>
            <Choice
                label=t!("Health")
                name="health"
                any=t!("Any health")
                options=healths
                chosen=Signal::derive(move || of("health"))
            />
            <Choice
                label=t!("Followers")
                name="followed"
                any=t!("Either")
                options=followed
                chosen=Signal::derive(move || of("followed"))
            />
        </FilterForm>
        <Loaded kept what=t!("Loading sources")>
            {move || is_empty.get().then(|| view! {
                <Empty title=t!("No source matches")><p>{t!("Choose another health, or either.")}</p></Empty>
            })}
            <ul class="rows" aria-labelledby="sources">
                <Rows
                    list=kept.value
                    key=|row| row.id
                    row=move |row| view! { <SourceStateRow row refresh /> }
                />
            </ul>
            <Pager path=paths::MANAGED_SOURCES query next />
        </Loaded>
    }
}

fn result_words(report: RefreshReport) -> (Tone, String) {
    let RefreshReport { added, error, .. } = report;
    match error {
        Some(why) => (Tone::Bad, language::sentence(&why)),
        None => (
            Tone::Good,
            tn!(added, "The feed was read: {n} item is new.", "The feed was read: {n} items are new."),
        ),
    }
}

#[component]
fn SourceStateRow(row: Signal<ManagedSource>, refresh: ServerAction<RefreshManagedSource>) -> impl IntoView {
    let id = row.with_untracked(|row| row.id);
    let name = Memo::new(move |_| row.with(|row| row.name.clone().unwrap_or_else(|| row.host.clone())));
    view! {
        <li class="row">
            <div class="row-main">
                <h2 class="row-title" dir="auto">{move || name.get()}</h2>
                {move || view! { <SourceFacts source=row.get() /> }}
            </div>
            <div class="row-actions">
                <ActionForm action=refresh>
                    <input type="hidden" name="source_id" value=id.to_string() />
                    <ActionButton
                        text=t!("Refresh now")
                        label=move || t!("Refresh now: {name}", name = name.get())
                        pending=refresh.pending()
                    />
                </ActionForm>
            </div>
        </li>
    }
}

#[component]
fn SourceFacts(source: ManagedSource) -> impl IntoView {
    let ManagedSource { host, health, is_private, failures, followers, .. } = source;
    let (words, tone) = health_words(health);
    let read = match source.last_success_at {
        Some(at) => parts!("Read well {time}", time = view! { <Ago at /> }).into_any(),
        None => t!("Never read well").into_any(),
    };
    let next = source.next_refresh_at.map(|at| {
        view! { <span>{parts!("Read again after {time}", time = view! { <When at /> })}</span> }
    });
    let trouble = source.last_error.map(|why| {
        view! { <p class="row-trouble">{language::sentence(&why)}</p> }
    });
    view! {
        <p class="row-facts">
            <Badge tone=Signal::stored(tone) text=Signal::stored(words.to_owned()) />
            {is_private.then(|| view! { <span>{t!("May be private")}</span> })}
            <span class="row-place">{host}</span>
            <span>{tn!(followers, "{n} follower", "{n} followers")}</span>
            <span>{read}</span>
            {(failures > 0).then(|| view! {
                <span>{tn!(failures, "{n} failure in a row", "{n} failures in a row")}</span>
            })}
            {next}
        </p>
        {trouble}
    }
}
