//! Import and export of subscriptions.

use domain::source::{ImportProblem, ImportReport};
use leptos::prelude::*;

use crate::api::subscriptions::ImportList;
use crate::components::area::Area;
use crate::components::auth_guard::RequireSignIn;
use crate::components::form::{FormAlert, FormResponse, Submit};
use crate::components::personal_feed::PersonalFeedSection;
use crate::components::title::PageTitle;
use crate::language;
use crate::paths;
use crate::{parts, t, tn};

/// URL of the user's subscriptions as OPML.
const EXPORT: &str = "/api/v1/subscriptions/export";

#[component]
pub fn Lists() -> impl IntoView {
    view! {
        <PageTitle text=t!("Import and export") />
        <RequireSignIn>
            <h1>{t!("Import and export")}</h1>
            <p class="lead">
                {parts!(
                    "Podcast programs and feed readers exchange subscriptions as OPML files. Back to your \
                     {subscriptions}.",
                    subscriptions = view! { <a href=paths::SUBSCRIPTIONS>{t!("subscriptions")}</a> },
                )}
            </p>
            <Import />
            <section class="card stack wide" aria-labelledby="export">
                <h2 id="export">{t!("Export")}</h2>
                <p>{t!("All that you follow in one file, for another program or for safe keeping.")}</p>
                <p>
                    <a class="button" href=EXPORT rel="external" download="subscriptions.opml">
                        {t!("Download OPML")}
                    </a>
                </p>
            </section>
            <PersonalFeedSection />
        </RequireSignIn>
    }
}

#[component]
fn Import() -> impl IntoView {
    let import = ServerAction::<ImportList>::new();
    let answer = FormResponse::of(import);
    let list = RwSignal::new(answer.typed_or("list", ""));
    let report = move || import.value().get().and_then(Result::ok);
    view! {
        <section class="card stack wide" aria-labelledby="import">
            <h2 id="import">{t!("Import")}</h2>
            <FormAlert answer fields=&["list"] />
            <ActionForm action=import attr:class="stack" attr:novalidate=true>
                <FileInput list />
                <Area
                    answer
                    label=t!("The list")
                    name="list"
                    text=list
                    hint=t!(
                        "What an OPML file holds, or one address in each line. Rows that are no good cost \
                         no others."
                    )
                    rows=8
                />
                <div><Submit answer text=t!("Follow all of them") busy=t!("Following…") /></div>
            </ActionForm>
            <div role="status">{move || report().map(|report| view! { <Outcome report /> })}</div>
        </section>
    }
}

/// Reads a file into the text area, for review before submission. Without JavaScript the user pastes it.
#[component]
fn FileInput(list: RwSignal<String>) -> impl IntoView {
    let file = NodeRef::<leptos::html::Input>::new();
    let read = move || {
        #[cfg(feature = "hydrate")]
        if let Some(chosen) = file.get_untracked().and_then(|input| input.files()?.get(0)) {
            leptos::task::spawn_local(async move {
                if let Ok(text) = wasm_bindgen_futures::JsFuture::from(chosen.text()).await {
                    let _ = list.try_set(text.as_string().unwrap_or_default());
                }
            });
        }
        let _ = list;
    };
    // A file may have been chosen before the program had loaded.
    Effect::new(move |_| read());
    view! {
        <div class="field needs-script">
            <label for="file">{t!("File")}</label>
            <input id="file" type="file" accept=".opml,.xml,.txt,text/x-opml" node_ref=file on:change=move |_| read() />
        </div>
    }
}

#[component]
fn Outcome(report: ImportReport) -> impl IntoView {
    let ImportReport { added, known, failed, .. } = report;
    let said = t!(
        "You follow {added} more now; {known} you followed before.",
        added = tn!(added, "{n} feed", "{n} feeds"),
        known = tn!(known, "{n} feed", "{n} feeds"),
    );
    let problem = |ImportProblem { line, title, why }: ImportProblem| {
        let row = t!("Row {line} {title}", line = line, title = title);
        view! { <li><b>{row}</b> ": " {language::sentence(&why)}</li> }
    };
    let failed = (!failed.is_empty()).then(|| {
        view! {
            <h3>{tn!(failed.len() as i64, "{n} row was left out", "{n} rows were left out")}</h3>
            <ul class="picks">{failed.into_iter().map(problem).collect_view()}</ul>
        }
    });
    view! { <p class="alert">{said}</p> {failed} }
}
