//! Form for the rules of a subscription: its priority, which items match, and which are downloaded ahead.

use domain::rules::{Ahead, Begin, Rules};
use domain::source::Subscription;
use leptos::prelude::*;

use super::form::{Choice, Field, FormAlert, FormResponse, Submit};
use crate::api::rules::SetRules;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::t;

const FIELDS: &[&str] = &[
    "rules.include",
    "rules.exclude",
    "rules.min_seconds",
    "rules.max_seconds",
    "rules.max_bytes",
    "rules.newest",
    "ahead.items",
    "ahead.megabytes",
];

/// The form, filled with the present rules.
#[component]
pub fn RulesForm(subscription: Subscription, set: ServerAction<SetRules>) -> impl IntoView {
    let live = use_live();
    let answer = FormResponse::of(set);
    Effect::new(move |_| {
        if let Some(Ok(())) = set.value().get() {
            live.toast(Tone::Good, t!("Saved. What is fetched ahead follows in a moment."));
        }
    });
    let Subscription { id, priority, is_serial, rules, ahead, .. } = subscription;
    let usual = Begin::usual(is_serial);
    let Rules { include, exclude, min_seconds, max_seconds, max_bytes, newest, begin } = rules;
    let Ahead { items, megabytes } = ahead;
    let chosen = move |name: &'static str, saved: &str| Signal::stored(answer.typed_or(name, saved));
    view! {
        <FormAlert answer fields=FIELDS />
        <ActionForm action=set attr:class="card stack" attr:novalidate=true>
            <input type="hidden" name="subscription_id" value=id.to_string() />
            {is_serial.then(|| view! {
                <p>
                    {t!("This is a serial: it begins with its first part and goes on after the last one that you played. \
                        To hear the newest first, begin with all items there are.")}
                </p>
            })}
            <div class="pair">
                <Choice
                    label=t!("How much it matters")
                    name="priority"
                    options=vec![("1", t!("1, least")), ("2", "2"), ("3", t!("3, as usual")), ("4", "4"), ("5", t!("5, most"))]
                    chosen=chosen("priority", &priority.to_string())
                />
                <Choice
                    label=t!("Begin with")
                    name="rules.begin"
                    options=vec![
                        (Begin::Everything.as_str(), t!("All items there are, the newest first")),
                        (Begin::Subscribed.as_str(), t!("Those since you subscribed, the newest first")),
                        (Begin::Stopped.as_str(), t!("The part after the last you played, in order")),
                    ]
                    chosen=chosen("rules.begin", begin.unwrap_or(usual).as_str())
                />
            </div>
            <h3>{t!("Which items the agents may pick")}</h3>
            <div class="pair">
                <Field
                    answer
                    label=t!("Only titles with")
                    name="rules.include"
                    value=include.join(", ")
                    hint=t!("Words or phrases, separated by commas. One is enough.")
                />
                <Field
                    answer
                    label=t!("No titles with")
                    name="rules.exclude"
                    value=exclude.join(", ")
                    placeholder=t!("trailer, rerun")
                    hint=t!("Separated by commas. None of them may be there.")
                />
                <Field answer label=t!("At least, in minutes") name="rules.min_seconds" kind="number" value=typed(min_seconds, 60) />
                <Field answer label=t!("At most, in minutes") name="rules.max_seconds" kind="number" value=typed(max_seconds, 60) />
                <Field answer label=t!("At most, in MB") name="rules.max_bytes" kind="number" value=typed(max_bytes, 1_000_000) />
                <Field
                    answer
                    label=t!("Only the newest")
                    name="rules.newest"
                    kind="number"
                    value=typed(newest, 1)
                    hint=t!("So many items. Empty: all.")
                />
            </div>
            <h3>{t!("Fetched before anybody asks")}</h3>
            <div class="pair">
                <Field
                    answer
                    label=t!("Items ahead")
                    name="ahead.items"
                    kind="number"
                    bounds=(0, 50)
                    value=items.to_string()
                    hint=t!("The first so many of those above, 0 to 50. 0 fetches nothing ahead.")
                />
                <Field
                    answer
                    label=t!("Together at most, in MB")
                    name="ahead.megabytes"
                    kind="number"
                    bounds=(1, 100_000)
                    value=megabytes.to_string()
                />
            </div>
            <div><Submit answer text=t!("Save") busy=t!("Saving…") /></div>
        </ActionForm>
    }
}

/// Formats a limit in the larger unit, rounded up so that it does not become stricter.
fn typed(bound: Option<i64>, unit: i64) -> String {
    bound.map(|bound| ((bound + unit - 1) / unit).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::typed;

    #[test]
    fn bounds_are_typed_in_whole_minutes_and_megabytes() {
        assert_eq!(
            (typed(Some(600), 60), typed(Some(90), 60), typed(None, 60)),
            ("10".into(), "2".into(), "".into())
        );
    }
}
