//! Actions on the chosen downloads of the library, in one form around its rows.

use domain::download::Verb;
use leptos::prelude::*;

use super::form::{FormAlert, FormResponse};
use crate::api::downloads::{ActOnDownloads, ActedOn};
use crate::live::toast::{Tone, Undo};
use crate::live::use_live;
use crate::{language, t, tn};

pub type ActOn = ServerAction<ActOnDownloads>;

/// The form: its rows bring the checkboxes, its buttons the action.
#[component]
pub fn SelectForm(act: ActOn, children: Children) -> impl IntoView {
    tell_outcome(act);
    view! {
        <FormAlert answer=FormResponse::of(act) fields=&[] />
        <ActionForm action=act attr:class="stack" attr:id=FORM>
            <div class="select-bar" role="group" aria-label=t!("Selected downloads")>
                <button type="button" class="button button-small needs-script" on:click=|_| tick_all()>{t!("Select all")}</button>
                {[(Verb::Played, t!("Mark as played")), (Verb::Pin, t!("Keep")), (Verb::Delete, t!("Delete"))].map(|(verb, text)| {
                    let tone = if verb == Verb::Delete { "button button-small button-bad" } else { "button button-small" };
                    view! { <button type="submit" class=tone name="verb" value=verb.as_str()>{text}</button> }
                })}
            </div>
            {children()}
        </ActionForm>
    }
}

const FORM: &str = "selection";

/// Ticks every box, or none if all are ticked.
fn tick_all() {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let Ok(found) = document().query_selector_all("#selection input[type=checkbox]") else { return };
        let boxes: Vec<web_sys::HtmlInputElement> =
            (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect();
        let all = boxes.iter().all(|it| it.checked());
        boxes.iter().for_each(|it| it.set_checked(!all));
    }
}

/// Toasts for an action: its number, an offer to undo a deletion, and the reason of refusals.
fn tell_outcome(act: ActOn) {
    let live = use_live();
    Effect::new(move |_| {
        let Some(Ok(ActedOn { verb, ids, result })) = act.value().get() else { return };
        let done = result.changed;
        match verb {
            Verb::Delete => {
                let text = tn!(done, "Deleted: {n} download", "Deleted: {n} downloads");
                live.offer_undo(text, Undo::Downloads(ids));
            }
            Verb::Pin => {
                let text = tn!(
                    done,
                    "{n} download kept until you unpin them.",
                    "{n} downloads kept until you unpin them."
                );
                live.toast(Tone::Good, text);
            }
            _ => {
                let text = tn!(done, "{n} download marked as played.", "{n} downloads marked as played.");
                live.toast(Tone::Good, text);
            }
        }
        if let Some(reason) = result.reason {
            let reason = language::sentence(&reason);
            let text = t!("{n} left as they are: {reason}", n = result.refused, reason = reason);
            live.toast(Tone::Warn, text);
        }
    });
}
