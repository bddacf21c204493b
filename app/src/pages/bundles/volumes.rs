//! History of volumes, sent and received.

use domain::bundle::{BundleDirection, ListedVolume, VolumeStatus};
use leptos::prelude::*;

use crate::api::bundles::BundlesView;
use crate::components::Ago;
use crate::components::live_query::{Each, LiveQuery};
use crate::components::notice::{Badge, Empty};
use crate::{language, measure, t, tn};

#[component]
pub fn Volumes(kept: LiveQuery<BundlesView>) -> impl IntoView {
    let volumes = kept.part(|view| view.report.volumes.clone());
    view! {
        <section class="stack" aria-labelledby="history">
            <h2 id="history">{t!("Latest bundles")}</h2>
            {move || volumes.with(Vec::is_empty).then(|| view! {
                <Empty title=t!("No bundle was sent or received yet")>
                    <p>{t!("Export one, and carry it to the other node.")}</p>
                </Empty>
            })}
            <ul class="rows" aria-labelledby="history">
                <Each list=volumes key=key row=|row| view! { <VolumeRow row /> } />
            </ul>
        </section>
    }
}

fn key(volume: &ListedVolume) -> String {
    let ListedVolume { peer, direction, seq, volume, created_at, .. } = volume;
    format!("{direction} {peer} {seq} {volume} {created_at}")
}

fn heading(volume: &ListedVolume) -> String {
    let ListedVolume { peer, direction, seq, volume, volumes, .. } = volume;
    match direction {
        BundleDirection::Sent => {
            t!("To {peer}: bundle {seq}, volumes: {volumes}", peer = peer, seq = seq, volumes = volumes)
        }
        BundleDirection::Received => t!(
            "From {peer}: bundle {seq}, volume {volume} of {volumes}",
            peer = peer,
            seq = seq,
            volume = volume,
            volumes = volumes
        ),
    }
}

/// Tone and name of a state.
fn in_words(status: VolumeStatus) -> (&'static str, &'static str) {
    match status {
        VolumeStatus::UnderWay => ("busy", t!("Running")),
        VolumeStatus::Done => ("good", t!("Done")),
        VolumeStatus::Failed => ("bad", t!("Failed")),
    }
}

#[component]
fn VolumeRow(row: Signal<ListedVolume>) -> impl IntoView {
    let at = row.with_untracked(|row| row.created_at);
    let status = move || row.with(|row| in_words(row.status));
    let records = move || row.with(|row| tn!(row.records, "{n} record", "{n} records"));
    let files = move || {
        let number = row.with(|row| row.files);
        (number > 0).then(|| view! { <span>{tn!(number, "{n} file", "{n} files")}</span> })
    };
    let taken = move || {
        let seconds = row.with(|row| row.seconds)?;
        Some(view! { <span>{t!("{seconds} s", seconds = measure::decimal(seconds))}</span> })
    };
    let error = move || {
        let error = row.with(|row| row.error.clone())?;
        Some(view! { <p class="row-trouble">{language::sentence(&error)}</p> })
    };
    view! {
        <li class="row row-slim">
            <div class="row-main">
                <h3 class="row-title">{move || row.with(heading)}</h3>
                <p class="row-facts">
                    <Badge
                        tone=Signal::derive(move || status().0)
                        text=Signal::derive(move || status().1.to_owned())
                    />
                    <span>{records}</span>
                    {files}
                    <span>{move || row.with(|row| measure::size(row.bytes))}</span>
                    {taken}
                    <span><Ago at /></span>
                </p>
                {error}
            </div>
        </li>
    }
}
