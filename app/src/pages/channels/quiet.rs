//! Form of the quiet hours.

use domain::quiet_hours::QuietHours;
use leptos::prelude::*;

use super::row::Kinds;
use crate::api::channels::SaveQuietHours;
use crate::components::form::{Field, FormAlert, FormResponse, Submit, Tick};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::t;

const FIELDS: &[&str] = &["quiet_hours.from", "quiet_hours.until"];

#[component]
pub fn QuietForm(saved: QuietHours) -> impl IntoView {
    let (live, save) = (use_live(), ServerAction::<SaveQuietHours>::new());
    let answer = FormResponse::of(save);
    Effect::new(move |_| {
        if let Some(Ok(())) = save.value().get() {
            live.toast(Tone::Good, t!("Quiet hours saved."));
        }
    });
    let QuietHours { enabled, from, until, except } = saved;
    view! {
        <section class="card stack max-w-3xl" aria-labelledby="quiet">
            <h2 id="quiet">{t!("Quiet hours")}</h2>
            <p class="muted">
                {t!("Messages wait until the end of the quiet hours, in your time zone. Tests come at any time.")}
            </p>
            <FormAlert answer fields=FIELDS />
            <ActionForm action=save attr:class="stack" attr:novalidate=true>
                <Tick answer label=t!("Keep quiet hours") name="enabled" value=enabled />
                <div class="pair">
                    <Field
                        answer
                        id="quiet-from".to_owned()
                        label=t!("From")
                        name="quiet_hours.from"
                        kind="time"
                        value=from.to_string()
                    />
                    <Field
                        answer
                        id="quiet-until".to_owned()
                        label=t!("Until")
                        name="quiet_hours.until"
                        kind="time"
                        value=until.to_string()
                    />
                </div>
                <Kinds answer prefix="quiet".to_owned() legend=t!("Kinds that come at any time") chosen=except />
                <div><Submit answer text=t!("Save quiet hours") busy=t!("Saving…") /></div>
            </ActionForm>
        </section>
    }
}
