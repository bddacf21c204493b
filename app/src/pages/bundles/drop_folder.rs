//! Drop folder: volumes that wait there, and those that were refused.

use domain::bundle::{DropFolderReport, RefusedVolume, WaitingHeader, WaitingVolume};
use leptos::prelude::*;

use crate::api::bundles::BundlesView;
use crate::components::Ago;
use crate::components::live_query::LiveQuery;
use crate::components::notice::Badge;
use crate::{language, measure, parts, t, tn};

#[component]
pub fn DropFolder(kept: LiveQuery<BundlesView>) -> impl IntoView {
    let folder = kept.part(|view| view.report.drop_folder.clone());
    view! {
        <section class="stack" aria-labelledby="drop-folder">
            <h2 id="drop-folder">{t!("Drop folder")}</h2>
            {move || match folder.get() {
                Some(report) => view! { <Content report /> }.into_any(),
                None => view! {
                    <p class="muted">
                        {t!("There is none. With SMARTCACHE_BUNDLE_IN, volumes that are put into a folder are imported.")}
                    </p>
                }
                .into_any(),
            }}
        </section>
    }
}

#[component]
fn Content(report: DropFolderReport) -> impl IntoView {
    let DropFolderReport { waiting, refused, ignored, problem } = report;
    let is_empty = waiting.is_empty() && problem.is_none();
    let ignored = (ignored > 0).then(|| {
        let words = tn!(
            ignored,
            "{n} entry is left alone: it is no file with the name of a volume.",
            "{n} entries are left alone: they are no files with the name of a volume.",
        );
        view! { <p class="muted">{words}</p> }
    });
    let refused = (!refused.is_empty()).then(|| view! {
        <h3 id="refused">{t!("Refused there")}</h3>
        <ul class="rows" aria-labelledby="refused">{refused.into_iter().map(refused_row).collect_view()}</ul>
    });
    view! {
        {problem.map(|problem| view! { <p class="alert alert-bad break-words">{language::sentence(&problem)}</p> })}
        {is_empty.then(|| view! { <p class="muted">{t!("It holds no volume that waits.")}</p> })}
        <ul class="rows" aria-labelledby="drop-folder">{waiting.into_iter().map(waiting_row).collect_view()}</ul>
        {ignored}
        {refused}
    }
}

fn waiting_row(WaitingVolume { name, bytes, header, problem }: WaitingVolume) -> impl IntoView {
    let facts = header.map(|header| {
        let WaitingHeader { from, seq, volume, volumes, blobs, created_at, is_imported } = header;
        let (tone, text) =
            if is_imported { ("busy", t!("Here already")) } else { ("good", t!("For this node")) };
        view! {
            <Badge tone=Signal::stored(tone) text=Signal::stored(text.to_owned()) />
            <span>
                {t!(
                    "From {peer}: bundle {seq}, volume {volume} of {volumes}",
                    peer = from,
                    seq = seq,
                    volume = volume,
                    volumes = volumes
                )}
            </span>
            <span>{tn!(blobs, "{n} file or picture", "{n} files and pictures")}</span>
            <span>{parts!("written {ago}", ago = view! { <Ago at=created_at /> })}</span>
        }
    });
    let problem = problem.map(|why| {
        view! { <p class="row-trouble">{t!("As it is now, it would be refused:")} " " {language::sentence(&why)}</p> }
    });
    view! {
        <li class="row row-slim">
            <div class="row-main">
                <h3 class="row-title">{name}</h3>
                <p class="row-facts">
                    {facts}
                    <span>{measure::size(bytes)}</span>
                    <span>{t!("Waits until it has not changed for ten seconds")}</span>
                </p>
                {problem}
            </div>
        </li>
    }
}

fn refused_row(RefusedVolume { name, why }: RefusedVolume) -> impl IntoView {
    let why = why
        .lines()
        .map(|line| view! { <p class="row-trouble">{language::sentence(line)}</p> })
        .collect_view();
    view! {
        <li class="row row-slim">
            <div class="row-main"><h4 class="row-title">{name}</h4> {why}</div>
        </li>
    }
}
