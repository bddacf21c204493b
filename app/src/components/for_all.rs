//! Actions on all downloads at once. An action that applies to none is not offered.

use domain::download::{Tally, Verb};
use leptos::prelude::*;

use super::confirm::Confirm;
use super::form::{FormAlert, FormResponse};
use super::live_query::{LiveQuery, Loaded};
use crate::api::downloads::SteerDownloads;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{language, t, tn};

pub type SteerAll = ServerAction<SteerDownloads>;

#[component]
pub fn ForAllBar(all: SteerAll, kept: LiveQuery<Tally>) -> impl IntoView {
    let live = use_live();
    Effect::new(move |_| {
        if let Some(Ok((verb, came))) = all.value().get() {
            let done = match verb {
                Verb::Pause => tn!(came.changed, "{n} download paused.", "{n} downloads paused."),
                Verb::Resume => tn!(came.changed, "{n} download resumed.", "{n} downloads resumed."),
                Verb::Cancel => tn!(came.changed, "{n} download cancelled.", "{n} downloads cancelled."),
                _ => tn!(came.changed, "{n} download tried again.", "{n} downloads tried again."),
            };
            live.toast(Tone::Info, done);
            if let Some(reason) = came.reason {
                let reason = language::sentence(&reason);
                live.toast(
                    Tone::Warn,
                    t!("{n} not tried again: {reason}", n = came.refused, reason = reason),
                );
            }
        }
    });
    let number = move |of: fn(&Tally) -> i64| {
        Memo::new(move |_| kept.value.with(|tally| tally.as_ref().map_or(0, of)))
    };
    let open = number(|tally| tally.open);
    let verb = move |verb: Verb, text: &'static str, tone: &'static str| {
        view! {
            <ActionForm action=all>
                <input type="hidden" name="verb" value=verb.as_str() />
                <button type="submit" class=tone>{text}</button>
            </ActionForm>
        }
    };
    let offer = move |of: fn(&Tally) -> i64, what: Verb, text: &'static str| {
        let some = number(of);
        move || (some.get() > 0).then(|| verb(what, text, "button button-small"))
    };
    view! {
        <FormAlert answer=FormResponse::of(all) fields=&[] />
        <Loaded kept what=t!("Loading what can be done") slight=true>
            <div class="for-all" role="group" aria-label=t!("All downloads")>
                {offer(|tally| tally.waiting, Verb::Pause, t!("Pause all"))}
                {offer(|tally| tally.paused, Verb::Resume, t!("Resume all"))}
                {offer(|tally| tally.failed, Verb::Retry, t!("Retry all failed"))}
                // Asks for confirmation, with JavaScript and without.
                {move || (open.get() > 0).then(|| view! {
                    <Confirm
                        verb=t!("Cancel all")
                        question=move || tn!(
                            open.get(),
                            "Cancel {n} download, on the way or paused? Retry brings each of them back, from its beginning.",
                            "Cancel {n} downloads, on the way or paused? Retry brings each of them back, from its beginning."
                        )
                    >
                        {verb(Verb::Cancel, t!("Yes, cancel all"), "button button-small button-bad")}
                    </Confirm>
                })}
            </div>
        </Loaded>
    }
}
