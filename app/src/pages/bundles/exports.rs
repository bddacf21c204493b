//! Exports: bundles for the other nodes, written now, and the volumes that can be downloaded.

use domain::bundle::ExportedVolume;
use leptos::prelude::*;

use crate::api::bundles::{BundlesView, ExportBundles};
use crate::components::action_button::ActionButton;
use crate::components::live_query::{Each, LiveQuery};
use crate::components::notice::Badge;
use crate::{measure, paths, t};

#[component]
pub fn Exports(kept: LiveQuery<BundlesView>, export: ServerAction<ExportBundles>) -> impl IntoView {
    let written = kept.part(|view| view.report.written.clone());
    let is_one_way = kept.part(|view| view.report.limits.is_one_way);
    let about = move || match is_one_way.get() {
        true => t!(
            "An export writes for each trusted node what was not written for it before. Carry the volumes there under \
             their names. What a lost one held is sent again with the next full bundle, within 30 days."
        ),
        false => {
            t!("An export writes for each trusted node what it does not have. Carry the volumes there under \
             their names; a lost one costs nothing, because the next holds the same and more.")
        }
    };
    view! {
        <section class="stack" aria-labelledby="exports">
            <h2 id="exports">{t!("Written volumes")}</h2>
            <p>{about}</p>
            <ActionForm action=export>
                <ActionButton text=t!("Export now") pending=export.pending() />
            </ActionForm>
            {move || written.with(Vec::is_empty).then(|| view! {
                <p class="muted">{t!("The folder of exports holds no volume.")}</p>
            })}
            <ul class="rows" aria-labelledby="exports">
                <Each list=written key=|volume| volume.name.clone() row=|row| view! { <WrittenRow row /> } />
            </ul>
        </section>
    }
}

/// The file never changes; whether it has arrived does.
#[component]
fn WrittenRow(row: Signal<ExportedVolume>) -> impl IntoView {
    let ExportedVolume { name, bytes, .. } = row.get_untracked();
    let arrived = move || {
        let text = Signal::stored(t!("Arrived").to_owned());
        row.with(|row| row.is_applied).then(|| view! { <Badge tone=Signal::stored("good") text /> })
    };
    view! {
        <li class="row row-slim">
            <div class="row-main">
                <h3 class="row-title">{name.clone()}</h3>
                <p class="row-facts"><span>{measure::size(bytes)}</span> {arrived}</p>
            </div>
            <div class="row-actions">
                <a
                    class="button button-small"
                    href=paths::bundle_volume(&name)
                    rel="external"
                    download=name.clone()
                    aria-label=t!("Download {name}", name = name)
                >
                    {t!("Download")}
                </a>
            </div>
        </li>
    }
}
