//! This node: its part, its keys, and its line as text and as a picture.

use domain::bundle::NodeRole;
use leptos::prelude::*;

use crate::api::bundles::{BundlesView, MakeNodeKeys};
use crate::components::action_button::ActionButton;
use crate::components::live_query::LiveQuery;
use crate::components::share_link::LinkField;
use crate::language;
use crate::{parts, t};

/// Page of a node that is alone: the way to make it a gateway or a site.
#[component]
pub fn AloneNotice() -> impl IntoView {
    view! {
        <p class="alert">
            {t!(
                "This server is alone. Start it with SMARTCACHE_ROLE=gateway where it has a network, or \
                 SMARTCACHE_ROLE=site where it has none, and with a name for it in SMARTCACHE_NODE."
            )}
        </p>
    }
}

/// Keys of this node as they are shown.
#[derive(Clone, PartialEq, Default)]
struct Shown {
    name: String,
    is_site: bool,
    line: Option<String>,
    fingerprint: String,
    problem: Option<String>,
    qr: (String, String),
}

fn shown(view: &BundlesView) -> Shown {
    let BundlesView { report, qr_path, view_box } = view;
    Shown {
        name: report.node.clone(),
        is_site: report.role == NodeRole::Site,
        line: report.line.clone(),
        fingerprint: report.fingerprint.clone().unwrap_or_default(),
        problem: report.keys_problem.clone(),
        qr: (qr_path.clone(), view_box.clone()),
    }
}

#[component]
pub fn ThisNode(kept: LiveQuery<BundlesView>, keys: ServerAction<MakeNodeKeys>) -> impl IntoView {
    let node = kept.part(shown);
    let part = move || {
        node.with(|Shown { name, is_site, .. }| match is_site {
            true => t!("{name} is a site: it has no network, and gets what is new by bundles.", name = name),
            false => t!("{name} is a gateway: it has a network, and makes bundles for sites.", name = name),
        })
    };
    view! {
        <section class="card stack max-w-3xl" aria-labelledby="node">
            <h2 id="node">{t!("This node")}</h2>
            <p>{part}</p>
            {move || {
                let Shown { line, fingerprint, problem, qr, .. } = node.get();
                match (line, problem) {
                    (Some(line), _) => view! { <Keys line fingerprint qr /> }.into_any(),
                    (None, Some(why)) => {
                        view! { <p class="alert alert-bad">{language::sentence(&why)}</p> }.into_any()
                    }
                    (None, None) => view! { <MakeKeys keys /> }.into_any(),
                }
            }}
        </section>
    }
}

#[component]
fn Keys(line: String, fingerprint: String, qr: (String, String)) -> impl IntoView {
    let (qr_path, view_box) = qr;
    view! {
        <p>
            {t!(
                "Give the line to the administrator of the other node in any way, and the fingerprint on paper: \
                 whoever trusts the line compares both."
            )}
        </p>
        <LinkField url=line label=t!("Line of this node") />
        <p>{parts!("Fingerprint: {fingerprint}", fingerprint = view! { <code>{fingerprint}</code> })}</p>
        <svg role="img" aria-label=t!("QR code of the line") width="260" height="260" viewBox=view_box>
            <rect width="100%" height="100%" fill="#fff" />
            <path d=qr_path fill="#000" />
        </svg>
    }
}

#[component]
fn MakeKeys(keys: ServerAction<MakeNodeKeys>) -> impl IntoView {
    view! {
        <p>{t!("It has no keys yet. They sign its bundles, and open those of others.")}</p>
        <ActionForm action=keys>
            <ActionButton text=t!("Make the keys of this node") pending=keys.pending() />
        </ActionForm>
    }
}
