//! What can be done with all downloads at once; nothing is offered where there is nothing to do.

use leptos::prelude::*;
use smartcache::domain::download::Tally;

use super::form::{Answer, FormAlert};
use super::kept::Loaded;
use super::measure::count;
use crate::api::downloads::{
    CancelAllDownloads, PauseAllDownloads, ResumeAllDownloads, RetryFailedDownloads,
};
use crate::components::kept::Kept;
use crate::live::toast::Tone;
use crate::live::use_live;

/// One action of each for the page.
#[derive(Clone, Copy)]
pub struct ForAll {
    pub pause: ServerAction<PauseAllDownloads>,
    pub resume: ServerAction<ResumeAllDownloads>,
    pub cancel: ServerAction<CancelAllDownloads>,
    pub retry: ServerAction<RetryFailedDownloads>,
}

impl ForAll {
    pub fn of_page() -> Self {
        let all = Self {
            pause: ServerAction::new(),
            resume: ServerAction::new(),
            cancel: ServerAction::new(),
            retry: ServerAction::new(),
        };
        all.tell();
        all
    }

    /// Grows with every answer.
    pub fn version(self) -> usize {
        self.pause.version().get()
            + self.resume.version().get()
            + self.cancel.version().get()
            + self.retry.version().get()
    }

    fn tell(self) {
        let live = use_live();
        let say = move |changed: i64, what: &str| {
            live.toast(Tone::Info, count(changed, "download ", "downloads ") + what);
        };
        Effect::new(move |_| {
            if let Some(Ok(came)) = self.pause.value().get() {
                say(came.changed, "paused.");
            }
        });
        Effect::new(move |_| {
            if let Some(Ok(came)) = self.resume.value().get() {
                say(came.changed, "resumed.");
            }
        });
        Effect::new(move |_| {
            if let Some(Ok(came)) = self.cancel.value().get() {
                say(came.changed, "cancelled.");
            }
        });
        Effect::new(move |_| {
            if let Some(Ok(came)) = self.retry.value().get() {
                say(came.changed, "tried again.");
                if let Some(reason) = came.reason {
                    live.toast(Tone::Warn, came.refused.to_string() + " not tried again: " + &reason);
                }
            }
        });
    }
}

#[component]
pub fn ForAllBar(all: ForAll, kept: Kept<Tally>) -> impl IntoView {
    let ForAll { pause, resume, cancel, retry } = all;
    let number = move |of: fn(&Tally) -> i64| {
        Memo::new(move |_| kept.value.with(|tally| tally.as_ref().map_or(0, of)))
    };
    let [waiting, paused, open, failed] =
        [number(|t| t.waiting), number(|t| t.paused), number(|t| t.open), number(|t| t.failed)];
    view! {
        <FormAlert answer=Answer::of(pause) fields=&[] />
        <FormAlert answer=Answer::of(resume) fields=&[] />
        <FormAlert answer=Answer::of(cancel) fields=&[] />
        <FormAlert answer=Answer::of(retry) fields=&[] />
        <Loaded kept what="Loading what can be done" slight=true>
            <div class="for-all" role="group" aria-label="All downloads">
                {move || (waiting.get() > 0).then(|| view! {
                    <ActionForm action=pause>
                        <button type="submit" class="button button-small">"Pause all"</button>
                    </ActionForm>
                })}
                {move || (paused.get() > 0).then(|| view! {
                    <ActionForm action=resume>
                        <button type="submit" class="button button-small">"Resume all"</button>
                    </ActionForm>
                })}
                {move || (failed.get() > 0).then(|| view! {
                    <ActionForm action=retry>
                        <button type="submit" class="button button-small">"Retry all failed"</button>
                    </ActionForm>
                })}
                // Two steps, with JavaScript and without.
                {move || (open.get() > 0).then(|| view! {
                    <details class="confirm">
                        <summary class="button button-small button-bad">"Cancel all"</summary>
                        <div class="alert">
                            <p>
                                "Cancel " {move || count(open.get(), "download", "downloads")}
                                ", on the way or paused? Retry brings each of them back, from its beginning."
                            </p>
                            <ActionForm action=cancel>
                                <button type="submit" class="button button-small button-bad">"Yes, cancel all"</button>
                            </ActionForm>
                        </div>
                    </details>
                })}
            </div>
        </Loaded>
    }
}
