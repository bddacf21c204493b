//! Bundles page of administrators: this node, the nodes that it exchanges bundles with, and the volumes.

mod drop_folder;
mod exports;
mod import;
mod limits;
mod node;
mod peers;
mod requests;
mod volumes;

use domain::bundle::NodeRole;
use leptos::prelude::*;

use self::drop_folder::DropFolder;
use self::exports::Exports;
use self::import::Import;
use self::limits::Limits;
use self::node::{AloneNotice, ThisNode};
use self::peers::{Peers, TrustForm};
use self::requests::RequestCounts;
use self::volumes::Volumes;
use crate::api::bundles::{BundlesView, ExportBundles, MakeNodeKeys, RevokePeer, TrustPeer, show_bundles};
use crate::components::admin_tabs::AdminTabs;
use crate::components::auth_guard::RequireSignIn;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{LiveQuery, Loaded, live_query};
use crate::components::title::PageTitle;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::t;

#[component]
pub fn Bundles() -> impl IntoView {
    view! {
        <PageTitle text=t!("Bundles") />
        <RequireSignIn>
            <h1>{t!("Bundles")}</h1>
            <AdminTabs />
            <p class="lead">
                {t!(
                    "Signed and encrypted files for nodes without a network, carried on a stick, a disk or \
                     through a data diode."
                )}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[derive(Clone, Copy)]
struct BundleActions {
    keys: ServerAction<MakeNodeKeys>,
    trust: ServerAction<TrustPeer>,
    revoke: ServerAction<RevokePeer>,
    export: ServerAction<ExportBundles>,
}

/// Says in a toast what was done.
fn toast_results(BundleActions { keys, trust, revoke, export }: BundleActions) {
    let live = use_live();
    Effect::new(move |_| {
        if let Some(Ok(())) = keys.value().get() {
            live.toast(Tone::Good, t!("This node has its keys."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = trust.value().get() {
            live.toast(Tone::Good, t!("The node is trusted."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = revoke.value().get() {
            live.toast(Tone::Good, t!("The node is trusted no more."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(_)) = export.value().get() {
            live.toast(Tone::Good, t!("Written. The volumes can be downloaded."));
        }
    });
}

#[component]
fn Content() -> impl IntoView {
    let actions = BundleActions {
        keys: ServerAction::new(),
        trust: ServerAction::new(),
        revoke: ServerAction::new(),
        export: ServerAction::new(),
    };
    let imported = RwSignal::new(0);
    let asked = move || {
        let BundleActions { keys, trust, revoke, export } = actions;
        let done = (keys.version().get(), trust.version().get(), revoke.version().get());
        (done, export.version().get(), imported.get())
    };
    let kept = live_query(asked, |_| show_bundles());
    let is_alone = kept.part(|view| view.report.role == NodeRole::Alone);
    toast_results(actions);
    view! {
        <FormAlert answer=FormResponse::of(actions.keys) fields=&[] />
        <FormAlert answer=FormResponse::of(actions.revoke) fields=&[] />
        <FormAlert answer=FormResponse::of(actions.export) fields=&[] />
        <Loaded kept what=t!("Loading the state of the exchange")>
            {move || match is_alone.get() {
                true => view! { <AloneNotice /> }.into_any(),
                false => view! { <Exchange kept actions imported /> }.into_any(),
            }}
        </Loaded>
    }
}

#[component]
fn Exchange(kept: LiveQuery<BundlesView>, actions: BundleActions, imported: RwSignal<u32>) -> impl IntoView {
    view! {
        <ThisNode kept keys=actions.keys />
        <Peers kept actions />
        <TrustForm trust=actions.trust />
        <Exports kept export=actions.export />
        <Import imported />
        <DropFolder kept />
        <RequestCounts kept />
        <Limits kept />
        <Volumes kept />
    }
}
