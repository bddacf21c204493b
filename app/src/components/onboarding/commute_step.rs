//! Third step: the commute, and the start of the first run.

use domain::commute::Day;
use leptos::prelude::*;

use super::SkipButton;
use crate::api::onboarding::StartFirstRun;
use crate::components::commute::Days;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
#[cfg(feature = "hydrate")]
use crate::times::device_zone;
use crate::{t, tn};

const FIELDS: &[&str] = &["start", "end", "days", "timezone"];

#[component]
pub fn CommuteStep(
    /// Number of sources that the user follows.
    followed: i64,
    /// Stored time zone.
    timezone: String,
    action: ServerAction<StartFirstRun>,
) -> impl IntoView {
    let answer = FormResponse::of(action);
    let zone = NodeRef::<leptos::html::Input>::new();
    // The stored zone is UTC if the account was made without JavaScript.
    #[cfg(feature = "hydrate")]
    if timezone == "UTC" && !answer.is_rejected() {
        Effect::new(move |_| {
            if let (Some(zone), Some(name)) = (zone.get(), device_zone()) {
                zone.set_value(&name);
            }
        });
    }
    let weekdays = vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];
    let prefix = "first".to_owned();
    let pending = action.pending();
    view! {
        <FormAlert answer fields=FIELDS />
        <ActionForm action attr:class="stack" attr:novalidate=true>
            // Name of the window; it can be changed in the preferences.
            <input type="hidden" name="label" value=t!("Morning") />
            <div class="pair">
                <Field answer id=prefix.clone() + "-start" label=t!("You leave at") name="start" kind="time" value="07:30" />
                <Field answer id=prefix.clone() + "-end" label=t!("You are there at") name="end" kind="time" value="08:10" />
            </div>
            <Days answer prefix days=weekdays />
            <Field
                answer
                label=t!("Time zone")
                name="timezone"
                value=timezone
                node_ref=zone
                hint=t!("A name such as Europe/Berlin or UTC.")
            />
            <p class="muted">
                {tn!(
                    followed,
                    "You follow {n} source. Start, and the agents prepare the first five items now.",
                    "You follow {n} sources. Start, and the agents prepare the first five items now."
                )}
            </p>
            <div class="first-steps-actions">
                <Submit answer text=t!("Start") busy=t!("Starting…") />
                <button type="submit" class="link" name="without" value="on" disabled=pending>
                    {t!("Start without a commute")}
                </button>
                <SkipButton />
            </div>
        </ActionForm>
    }
}
