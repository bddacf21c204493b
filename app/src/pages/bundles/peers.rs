//! Peers: the nodes whose bundles are accepted, and the form that trusts one more.

use domain::bundle::PeerReport;
use leptos::prelude::*;

use super::BundleActions;
use crate::api::bundles::{BundlesView, ExportBundles, RevokePeer, TrustPeer};
use crate::components::Ago;
use crate::components::action_button::ActionButton;
use crate::components::confirm::Confirm;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::live_query::{Each, LiveQuery};
use crate::components::notice::{Badge, Empty};
use crate::{parts, t, tn};

#[component]
pub fn Peers(kept: LiveQuery<BundlesView>, actions: BundleActions) -> impl IntoView {
    let peers = kept.part(|view| view.report.peers.clone());
    let quiet_days = kept.part(|view| view.report.quiet_days);
    view! {
        <section class="stack" aria-labelledby="peers">
            <h2 id="peers">{t!("Other nodes")}</h2>
            {move || peers.with(Vec::is_empty).then(|| view! {
                <Empty title=t!("No node is trusted yet")>
                    <p>{t!("Trust one below. Bundles of others are refused.")}</p>
                </Empty>
            })}
            <ul class="rows" aria-labelledby="peers">
                <Each
                    list=peers
                    key=|peer| peer.name.clone()
                    row=move |row| view! { <PeerRow row quiet_days actions /> }
                />
            </ul>
        </section>
    }
}

#[component]
fn PeerRow(row: Signal<PeerReport>, quiet_days: Memo<i64>, actions: BundleActions) -> impl IntoView {
    let name = row.with_untracked(|peer| peer.name.clone());
    let is_trusted = Memo::new(move |_| row.with(|peer| peer.is_trusted));
    let revoked = move || {
        let text = Signal::stored(t!("Trusted no more").to_owned());
        (!is_trusted.get()).then(|| view! { <Badge tone=Signal::stored("bad") text /> })
    };
    let imported = move || match row.with(|peer| peer.last_import_at) {
        Some(at) => parts!("Newest bundle from there: {time}", time = view! { <Ago at /> }).into_any(),
        None => t!("Nothing came from there yet").into_any(),
    };
    let exported = move || {
        let at = row.with(|peer| peer.last_export_at)?;
        Some(view! { <span>{parts!("Last bundle for it: {time}", time = view! { <Ago at /> })}</span> })
    };
    let quiet = move || {
        row.with(|peer| peer.is_quiet).then(|| {
            let words = tn!(
                quiet_days.get(),
                "Nothing came from there for more than {n} day. Is a bundle on its way?",
                "Nothing came from there for more than {n} days. Is a bundle on its way?",
            );
            view! { <p class="alert">{words}</p> }
        })
    };
    let for_actions = name.clone();
    view! {
        <li class="row">
            <div class="row-main">
                <h3 class="row-title">{name}</h3>
                <p class="row-facts"><code>{move || row.with(|peer| peer.fingerprint.clone())}</code></p>
                <p class="row-facts">{revoked} <span>{imported}</span> {exported}</p>
                {quiet}
            </div>
            <div class="row-actions">
                {move || is_trusted.get().then(|| {
                    let name = for_actions.clone();
                    view! { <ExportFor name=name.clone() export=actions.export /> <Revoke name revoke=actions.revoke /> }
                })}
            </div>
        </li>
    }
}

#[component]
fn ExportFor(name: String, export: ServerAction<ExportBundles>) -> impl IntoView {
    view! {
        <ActionForm action=export>
            <input type="hidden" name="to" value=name.clone() />
            <ActionButton
                text=t!("Export")
                label=t!("Export for {name}", name = name)
                pending=export.pending()
            />
        </ActionForm>
    }
}

/// Asks for confirmation, with JavaScript and without.
#[component]
fn Revoke(name: String, revoke: ServerAction<RevokePeer>) -> impl IntoView {
    view! {
        <Confirm
            verb=t!("Trust no more")
            label=t!("Trust no more: {name}", name = name.clone())
            question=t!("Trust it no more? Its bundles are refused from now on, and none are made for it.")
        >
            <ActionForm action=revoke>
                <input type="hidden" name="peer" value=name.clone() />
                <ActionButton
                    text=t!("Yes, trust it no more")
                    label=t!("Yes, trust it no more: {name}", name = name)
                    is_bad=true
                    pending=revoke.pending()
                />
            </ActionForm>
        </Confirm>
    }
}

#[component]
pub fn TrustForm(trust: ServerAction<TrustPeer>) -> impl IntoView {
    let answer = FormResponse::of(trust);
    let form = NodeRef::<leptos::html::Form>::new();
    Effect::new(move |_| {
        if let (Some(Ok(())), Some(form)) = (trust.value().get(), form.get_untracked()) {
            form.reset();
        }
    });
    view! {
        <section class="card stack max-w-3xl" aria-labelledby="trust">
            <h2 id="trust">{t!("Trust a node")}</h2>
            <FormAlert answer fields=&["line", "fingerprint"] />
            <ActionForm action=trust node_ref=form attr:class="stack" attr:novalidate=true>
                <Field
                    answer
                    label=t!("Its line")
                    name="line"
                    hint=t!("The page Bundles of the other node shows it; it begins with sc-node1.")
                />
                <Field
                    answer
                    label=t!("Its fingerprint")
                    name="fingerprint"
                    hint=t!("Eight groups of five digits, from its administrator: on paper or by telephone.")
                />
                <div><Submit answer text=t!("Trust the node") busy=t!("Comparing…") /></div>
            </ActionForm>
        </section>
    }
}
