//! Commute windows of the preferences, and the forms that add, change, switch and delete them.

use domain::commute::{CommuteWindow, Day, Plan};
use leptos::prelude::*;

use super::change_fold::ChangeFold;
use super::form::{Field, FormAlert, FormResponse, Submit};
use super::live_query::{Loaded, Rows, is_empty, live_query};
use super::notice::{Badge, Empty};
use crate::api::commute::{AddWindow, ChangeWindow, DeleteWindow, SwitchWindow, list_windows};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::t;

const FIELDS: &[&str] = &["label", "start", "end", "days"];

#[derive(Clone, Copy)]
struct Actions {
    change: ServerAction<ChangeWindow>,
    switch: ServerAction<SwitchWindow>,
    delete: ServerAction<DeleteWindow>,
}

#[component]
pub fn CommuteSection() -> impl IntoView {
    let add = ServerAction::new();
    let actions =
        Actions { change: ServerAction::new(), switch: ServerAction::new(), delete: ServerAction::new() };
    let Actions { change, switch, delete } = actions;
    let done = move || {
        add.version().get() + change.version().get() + switch.version().get() + delete.version().get()
    };
    let kept = live_query(done, |_| list_windows());
    let is_empty = is_empty(kept.value);
    view! {
        <section class="card stack max-w-3xl" aria-labelledby="commute">
            <h2 id="commute">{t!("Commute")}</h2>
            <p class="muted">
                {t!(
                    "From two hours before you leave until you are there, what you wait for is fetched before what others asked for. Times are in your time zone."
                )}
            </p>
            <FormAlert answer=FormResponse::of(switch) fields=&[] />
            <FormAlert answer=FormResponse::of(delete) fields=&[] />
            <Loaded kept what=t!("Loading your commutes")>
                {move || is_empty.get().then(|| view! {
                    <Empty title=t!("No commute yet")>
                        <p>
                            {t!(
                                "Say when you lose the network, on the way to work for example: then what you asked for is fetched before you leave, ahead of what others wait for."
                            )}
                        </p>
                    </Empty>
                })}
                <ul class="rows" aria-label=t!("Commute windows")>
                    <Rows list=kept.value key=|row| row.id row=move |row| view! { <WindowRow row actions /> } />
                </ul>
            </Loaded>
            <AddForm add />
        </section>
    }
}

#[component]
fn AddForm(add: ServerAction<AddWindow>) -> impl IntoView {
    let live = use_live();
    let answer = FormResponse::of(add);
    let form = NodeRef::<leptos::html::Form>::new();
    Effect::new(move |_| {
        if let Some(Ok(_)) = add.value().get() {
            live.toast(Tone::Good, t!("Commute added."));
            if let Some(form) = form.get_untracked() {
                form.reset();
            }
        }
    });
    let weekdays = vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];
    view! {
        <h3>{t!("Add a commute")}</h3>
        <FormAlert answer fields=FIELDS />
        <ActionForm action=add node_ref=form attr:class="stack" attr:novalidate=true>
            <Fields answer prefix="new".to_owned() plan=None days=weekdays />
            <div><Submit answer text=t!("Add commute") busy=t!("Adding…") /></div>
        </ActionForm>
    }
}

#[component]
fn WindowRow(row: Signal<CommuteWindow>, actions: Actions) -> impl IntoView {
    let id = row.with_untracked(|row| row.id);
    let label = move || row.with(|row| row.plan.label.clone());
    let is_active = Memo::new(move |_| row.with(|row| row.plan.is_active));
    let verb = move || if is_active.get() { t!("Switch off") } else { t!("Switch on") };
    let switch = move || match is_active.get() {
        true => t!("Switch off {name}", name = label()),
        false => t!("Switch on {name}", name = label()),
    };
    let delete = move || t!("Delete {name}", name = label());
    let times = move || row.with(|row| t!("{start} to {end}", start = row.plan.start, end = row.plan.end));
    view! {
        <li class="row">
            <div class="row-main">
                <h3 class="row-title" dir="auto">{label}</h3>
                <p class="row-facts">
                    {move || (!is_active.get()).then(|| view! { <Badge tone="calm" text=t!("Switched off").to_owned() /> })}
                    <span>{times}</span>
                    <span>{move || row.with(|row| days_in_words(&row.plan.days))}</span>
                </p>
                <ChangeForm row change=actions.change />
            </div>
            <div class="row-actions">
                <ActionForm action=actions.switch>
                    <input type="hidden" name="window_id" value=id.to_string() />
                    <input type="hidden" name="wanted" value=move || (!is_active.get()).to_string() />
                    <button type="submit" class="button button-small" aria-label=switch>{verb}</button>
                </ActionForm>
                <ActionForm action=actions.delete>
                    <input type="hidden" name="window_id" value=id.to_string() />
                    <button type="submit" class="button button-small button-bad" aria-label=delete>{t!("Delete")}</button>
                </ActionForm>
            </div>
        </li>
    }
}

/// Form to change a window; collapsed unless it was rejected.
#[component]
fn ChangeForm(row: Signal<CommuteWindow>, change: ServerAction<ChangeWindow>) -> impl IntoView {
    let CommuteWindow { id, plan } = row.get_untracked();
    let days = plan.days.clone();
    let answer = FormResponse::of(change).only("window_id", id.to_string());
    let name_of = Signal::derive(move || row.with(|row| row.plan.label.clone()));
    let is_saved = Signal::derive(move || change.value().get() == Some(Ok(id)));
    view! {
        <ChangeFold answer name=name_of is_saved>
            <FormAlert answer fields=FIELDS />
            <ActionForm action=change attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="window_id" value=id.to_string() />
                <Fields answer prefix="w".to_owned() + &id.to_string() plan=Some(plan) days />
                <div><Submit answer text=t!("Save commute") busy=t!("Saving…") /></div>
            </ActionForm>
        </ChangeFold>
    }
}

/// Fields of a window. `prefix` makes the ids of several forms unique; `days` are ticked at first.
#[component]
fn Fields(answer: FormResponse, prefix: String, plan: Option<Plan>, days: Vec<Day>) -> impl IntoView {
    let id = |name: &str| prefix.clone() + "-" + name;
    let (label, start, end) = match plan {
        Some(plan) => (plan.label, plan.start.to_string(), plan.end.to_string()),
        None => Default::default(),
    };
    view! {
        <Field answer id=id("label") label=t!("Name") name="label" value=label placeholder=t!("Morning") />
        <div class="pair">
            <Field answer id=id("start") label=t!("You leave at") name="start" kind="time" value=start />
            <Field answer id=id("end") label=t!("You are there at") name="end" kind="time" value=end hint=t!("May be after midnight.") />
        </div>
        <Days answer prefix days />
    }
}

/// Boxes of the days. `prefix` is that of the ids; `days` are ticked at first.
#[component]
pub fn Days(answer: FormResponse, prefix: String, days: Vec<Day>) -> impl IntoView {
    let id = |name: &str| prefix.clone() + "-" + name;
    let mark = answer.mark("days");
    let note = id("days-note");
    let described = note.clone();
    let tick = |day: Day| {
        let (name, described) = (day.as_str(), described.clone());
        let id = id(name);
        view! {
            <div class="tick">
                <input
                    id=id.clone()
                    name=name
                    type="checkbox"
                    value="on"
                    checked=answer.ticked(name, days.contains(&day))
                    aria-invalid=move || mark.with(Option::is_some).then_some("true")
                    aria-describedby=move || mark.with(Option::is_some).then(|| described.clone())
                />
                <label for=id>{day_in_words(day)}</label>
            </div>
        }
    };
    view! {
        <fieldset class="ticks days">
            <legend>{t!("Days on which you leave")}</legend>
            {Day::ALL.iter().map(|day| tick(*day)).collect::<Vec<_>>()}
            {move || mark.get().map(|_| view! { <p class="field-error" id=note.clone()>{t!("Choose at least one day.")}</p> })}
        </fieldset>
    }
}

fn day_in_words(day: Day) -> &'static str {
    match day {
        Day::Mon => t!("Monday"),
        Day::Tue => t!("Tuesday"),
        Day::Wed => t!("Wednesday"),
        Day::Thu => t!("Thursday"),
        Day::Fri => t!("Friday"),
        Day::Sat => t!("Saturday"),
        Day::Sun => t!("Sunday"),
    }
}

/// Formats days: "Monday to Friday", "Monday, Thursday".
fn days_in_words(days: &[Day]) -> String {
    if days.len() == 7 {
        return t!("Every day").to_owned();
    }
    let names: Vec<_> = days.iter().map(|day| day_in_words(*day)).collect();
    let is_run = Day::ALL.windows(days.len()).any(|run| run == days);
    match names[..] {
        [first, .., last] if is_run && names.len() > 2 => t!("{start} to {end}", start = first, end = last),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_as_people_tell_them() {
        let said = |days: &[usize]| days_in_words(&days.iter().map(|n| Day::ALL[*n]).collect::<Vec<_>>());
        assert_eq!(said(&[0, 1, 2, 3, 4]), "Monday to Friday");
        assert_eq!(said(&[0, 1, 2, 3, 4, 5, 6]), "Every day");
        assert_eq!(said(&[5, 6]), "Saturday, Sunday");
        assert_eq!(said(&[0, 2, 3]), "Monday, Wednesday, Thursday");
        assert_eq!(said(&[2]), "Wednesday");
    }
}
