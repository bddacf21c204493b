//! Import: volumes that the browser sends, one after the other, with their progress.

#[cfg(feature = "hydrate")]
mod upload;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::t;
#[cfg(feature = "hydrate")]
use crate::tn;

/// A volume that was sent, and what became of it.
#[derive(Debug, Clone, PartialEq)]
struct SentVolume {
    name: String,
    outcome: String,
    is_refused: bool,
}

/// State of the form.
#[derive(Clone, Copy)]
struct ImportState {
    /// File under way, with the percentage that the server has.
    sending: RwSignal<Option<(String, u32)>>,
    sent: RwSignal<Vec<SentVolume>>,
    /// Counts imports, after which the page loads its data again.
    imported: RwSignal<u32>,
}

#[component]
pub fn Import(imported: RwSignal<u32>) -> impl IntoView {
    let state = ImportState { sending: RwSignal::new(None), sent: RwSignal::new(Vec::new()), imported };
    let input = NodeRef::<leptos::html::Input>::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send_chosen(input, state);
    };
    let is_busy = move || state.sending.with(Option::is_some);
    view! {
        <section class="card stack max-w-3xl" aria-labelledby="import">
            <h2 id="import">{t!("Import")}</h2>
            <p>{t!("Volumes that a trusted node has written for this one, under the names that they were written with.")}</p>
            <form class="stack needs-script" on:submit=submit>
                <div class="field">
                    <label for="volumes-to-import">{t!("Volumes")}</label>
                    <input id="volumes-to-import" type="file" accept=".scb" multiple=true node_ref=input />
                </div>
                <div><button type="submit" class="button" disabled=is_busy>{t!("Import them")}</button></div>
            </form>
            <div class="without-script">
                <p class="alert">
                    {t!(
                        "Without JavaScript, put the volumes into the folder of SMARTCACHE_BUNDLE_IN, or run \
                         smartcache bundle import with their paths."
                    )}
                </p>
            </div>
            <div role="status" class="stack-slim">
                {move || state.sending.get().map(|(name, percent)| view! {
                    <p>{t!("Sending {name}…", name = name.clone())}</p>
                    <progress max="100" value=percent aria-label=t!("Progress of {title}", title = name)></progress>
                })}
                {move || state.sent.get().into_iter().map(outcome).collect_view()}
            </div>
        </section>
    }
}

fn outcome(SentVolume { name, outcome, is_refused }: SentVolume) -> impl IntoView {
    let class = if is_refused { "alert alert-bad break-words" } else { "alert break-words" };
    view! { <p class=class><b>{name}</b> ": " {outcome}</p> }
}

/// Sends the chosen files one after the other.
fn send_chosen(input: NodeRef<leptos::html::Input>, state: ImportState) {
    #[cfg(feature = "hydrate")]
    if let Some(files) = input.get_untracked().and_then(|input| input.files()) {
        let files: Vec<_> = (0..files.length()).filter_map(|n| files.get(n)).collect();
        leptos::task::spawn_local(async move {
            let _ = state.sent.try_set(Vec::new());
            for file in files {
                let name = file.name();
                let shown = name.clone();
                let advance = move |percent| drop(state.sending.try_set(Some((shown.clone(), percent))));
                advance(0);
                let answer = upload::send(&file, advance).await;
                let is_refused = answer.is_err();
                let outcome = answer.map_or_else(|why| why, in_words);
                let _ = state.sent.try_update(|sent| sent.push(SentVolume { name, outcome, is_refused }));
            }
            let _ = state.sending.try_set(None);
            let _ = state.imported.try_update(|imported| *imported += 1);
        });
    }
    let _ = (input, state.sent, state.imported);
}

#[cfg(feature = "hydrate")]
fn in_words(done: domain::bundle::VolumeImport) -> String {
    let domain::bundle::VolumeImport { from, seq, records, known_since, .. } = done;
    match known_since {
        Some(_) => t!("bundle {seq} of {from} was here already.", seq = seq, from = from),
        None => tn!(
            records,
            "bundle {seq} of {from}, {n} record.",
            "bundle {seq} of {from}, {n} records.",
            seq = seq,
            from = from,
        ),
    }
}
