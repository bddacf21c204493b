//! System page of administrators: processes, storage, cache, open runs and settings.

use domain::process::{Process, Role};
use domain::run::RunStatus;
use domain::system::{OpenRun, ShownSetting, StorageUse, SystemReport};
use leptos::prelude::*;

use crate::api::system::{ClearCache, ClearCacheOfUser, StopRun, show_system};
use crate::components::Ago;
use crate::components::action_button::ActionButton;
use crate::components::admin_tabs::AdminTabs;
use crate::components::auth_guard::RequireSignIn;
use crate::components::figures::FiguresTable;
use crate::components::form::{Field, FormAlert, FormResponse};
use crate::components::live_query::{Loaded, live_query};
use crate::components::title::PageTitle;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::measure::{self, size};
use crate::{parts, t, tn};

#[component]
pub fn System() -> impl IntoView {
    view! {
        <PageTitle text=t!("System") />
        <RequireSignIn>
            <h1>{t!("System")}</h1>
            <AdminTabs />
            <Content />
        </RequireSignIn>
    }
}

#[derive(Clone, Copy)]
struct SystemActions {
    clear: ServerAction<ClearCache>,
    clear_user: ServerAction<ClearCacheOfUser>,
    stop: ServerAction<StopRun>,
}

#[component]
fn Content() -> impl IntoView {
    let live = use_live();
    let actions = SystemActions {
        clear: ServerAction::new(),
        clear_user: ServerAction::new(),
        stop: ServerAction::new(),
    };
    let SystemActions { clear, clear_user, stop } = actions;
    Effect::new(move |_| {
        if let Some(Ok(())) = clear.value().get() {
            live.toast(Tone::Good, t!("The cache is empty, in all processes."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = clear_user.value().get() {
            live.toast(Tone::Good, t!("The cache of this user is empty, in all processes."));
        }
    });
    let kept = live_query(move || (clear.version().get(), stop.version().get()), |_| show_system());
    view! {
        <FormAlert answer=FormResponse::of(clear) fields=&[] />
        <FormAlert answer=FormResponse::of(stop) fields=&[] />
        <Loaded kept what=t!("Loading the state of the system")>
            {move || kept.value.get().map(|report| view! { <Report report actions /> })}
        </Loaded>
    }
}

#[component]
fn Report(report: SystemReport, actions: SystemActions) -> impl IntoView {
    let SystemReport { version, processes, storage, cache, runs, settings, .. } = report;
    let entries: u64 = cache.scopes.iter().map(|scope| scope.entries).sum();
    view! {
        <p class="lead">{t!("SmartCache {version}", version = version)}</p>
        <FiguresTable
            id="processes"
            caption=t!("Processes")
            heads=vec![t!("Process"), t!("Version"), t!("Running for"), t!("Connections"), t!("Jobs at once"), t!("Free")]
            rows=processes.into_iter().map(process_cells).collect()
        />
        <section class="stack" aria-labelledby="storage">
            <h2 id="storage">{t!("Storage")}</h2>
            <p>{storage_words(&storage)}</p>
        </section>
        <section class="stack" aria-labelledby="cache">
            <h2 id="cache">{t!("Cache of directories")}</h2>
            <p>{tn!(entries as i64, "{n} answer is kept in this process.", "{n} answers are kept in this process.")}</p>
            <ActionForm action=actions.clear>
                <ActionButton text=t!("Clear the cache") pending=actions.clear.pending() />
            </ActionForm>
            <ClearUser clear=actions.clear_user />
        </section>
        <section class="stack" aria-labelledby="runs">
            <h2 id="runs">{t!("Open runs")}</h2>
            {runs.is_empty().then(|| view! { <p class="muted">{t!("No run is open.")}</p> })}
            <ul class="rows" aria-labelledby="runs">
                {runs.into_iter().map(|run| view! { <RunItem run stop=actions.stop /> }).collect_view()}
            </ul>
        </section>
        <FiguresTable
            id="settings"
            caption=t!("Settings")
            heads=vec![t!("Name"), t!("Value")]
            rows=settings.into_iter().map(|ShownSetting { name, value }| vec![name, value]).collect()
        />
    }
}

/// Clears what was cached for one user.
#[component]
fn ClearUser(clear: ServerAction<ClearCacheOfUser>) -> impl IntoView {
    let answer = FormResponse::of(clear);
    view! {
        <FormAlert answer fields=&["user"] />
        <ActionForm action=clear attr:class="filter" attr:novalidate=true>
            <Field answer label=t!("User name") name="user" />
            <ActionButton text=t!("Clear the cache of this user") pending=clear.pending() />
        </ActionForm>
    }
}

fn process_cells(process: Process) -> Vec<String> {
    let Process { host, role, version, uptime_seconds, connections, slots, free_bytes, .. } = process;
    let role = match role {
        Role::Serve => t!("web and work"),
        Role::Web => t!("web"),
        Role::Worker => t!("work"),
    };
    vec![
        t!("{host}, {role}", host = host, role = role),
        version,
        measure::duration(uptime_seconds as i64),
        connections.to_string(),
        slots.to_string(),
        free_bytes.map(size).unwrap_or_default(),
    ]
}

fn storage_words(storage: &StorageUse) -> String {
    let StorageUse { files, bytes, free_bytes, min_free_bytes } = storage;
    let kept = tn!(*files, "{n} file, {size}.", "{n} files, {size}.", size = size(*bytes));
    match free_bytes {
        Some(free) => {
            let free = t!(
                "{free} are free; {least} must stay so.",
                free = size(*free),
                least = size(*min_free_bytes)
            );
            kept + " " + &free
        }
        None => kept,
    }
}

#[component]
fn RunItem(run: OpenRun, stop: ServerAction<StopRun>) -> impl IntoView {
    let OpenRun { id, username, status, created_at, .. } = run;
    view! {
        <li class="row row-slim">
            <div class="row-main">
                <h3 class="row-title">{t!("Run {id} of {name}", id = id, name = &username)}</h3>
                <p class="row-facts">
                    <span>{in_words(status)}</span>
                    <span>{parts!("Since {time}", time = view! { <Ago at=created_at /> })}</span>
                </p>
            </div>
            <div class="row-actions">
                <ActionForm action=stop>
                    <input type="hidden" name="run_id" value=id.to_string() />
                    <ActionButton
                        text=t!("Stop")
                        label=t!("Stop run {id} of {name}", id = id, name = username)
                        pending=stop.pending()
                    />
                </ActionForm>
            </div>
        </li>
    }
}

fn in_words(status: RunStatus) -> &'static str {
    match status {
        RunStatus::WaitingApproval => t!("Waits for approval"),
        RunStatus::Paused => t!("Paused"),
        RunStatus::Queued => t!("Queued"),
        _ => t!("Running"),
    }
}
