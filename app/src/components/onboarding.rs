//! First steps of a new user at Home: topics, sources, and a commute with the first run. Each is a form that
//! leads to the next one; the address names the step.

mod commute_step;
mod sources_step;
mod topics_step;

use domain::onboarding::{FirstStepsState, Onboarding, Step};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::hooks::{use_navigate, use_query_map};

use self::commute_step::CommuteStep;
use self::sources_step::SourcesStep;
use self::topics_step::TopicsStep;
use super::filter::value;
use super::focus;
use super::form::{FormAlert, FormResponse};
use super::live_query::{Loaded, live_query};
use crate::api::accounts::who_am_i;
use crate::api::onboarding::{ChooseTopics, FollowSources, SkipOnboarding, StartFirstRun, show_onboarding};
use crate::session::Session;
use crate::times::use_times;
use crate::{paths, t};

/// Forms of the steps. They live as long as Home, so that a rejected one stays as it was.
#[derive(Clone, Copy)]
struct StepActions {
    topics: ServerAction<ChooseTopics>,
    follow: ServerAction<FollowSources>,
    start: ServerAction<StartFirstRun>,
    skip: ServerAction<SkipOnboarding>,
}

/// The step of a new user.
#[component]
pub fn FirstSteps() -> impl IntoView {
    let (query, times) = (use_query_map(), use_times());
    let actions = StepActions {
        topics: ServerAction::new(),
        follow: ServerAction::new(),
        start: ServerAction::new(),
        skip: ServerAction::new(),
    };
    let StepActions { topics, follow, start, skip } = actions;
    let asked = Memo::new(move |_| value(query, "step"));
    // The address alone does not tell: the next step may have the same one.
    let done = move || {
        topics.version().get() + follow.version().get() + start.version().get() + skip.version().get()
    };
    let kept = live_query(move || (asked.get(), done()), |(step, _)| show_onboarding(step));
    for value in [topics.value(), follow.value(), start.value(), skip.value()] {
        let go = use_navigate();
        Effect::new(move |_| {
            if let Some(Ok(path)) = value.get() {
                go(&path, Default::default());
                // The button of the form has lost the focus, because it was disabled meanwhile.
                if let Some(main) = document().get_element_by_id("main") {
                    focus(&main);
                }
            }
        });
    }
    Effect::new(move |_| {
        if let Some(Ok(_)) = start.value().get() {
            // The time zone may have changed.
            spawn_local(async move {
                if let Ok(Some(session)) = who_am_i().await {
                    times.go_by(session.clock);
                }
            });
        }
    });
    let is_over = Memo::new(move |_| kept.value.with(|step| matches!(step, Some(None))));
    let current = Memo::new(move |_| kept.value.get().flatten());
    let state = expect_context::<Session>().first_steps;
    Effect::new(move |_| {
        if is_over.get() {
            state.set(Some(FirstStepsState::OVER));
        }
    });
    view! {
        <Loaded kept what=t!("Loading your home")>
            <Suspense>{move || current.get().map(|step| loaded(step, actions))}</Suspense>
            {move || is_over.get().then(|| view! { <p><a class="link" href=paths::DASHBOARD>{t!("Go to Home")}</a></p> })}
        </Loaded>
    }
}

/// The card of a step, whose code only new users load.
fn loaded(step: Onboarding, actions: StepActions) -> impl IntoView {
    #[cfg(feature = "ssr")]
    leptos::prefetch_lazy_fn_on_server("first_step");
    Suspend::new(async move { first_step(step, actions).await.unwrap_or_else(|_| missing_step()) })
}

#[wasm_split(first_step, wasm_split_path = ::leptos::wasm_split, fallible, preload(load_first_step))]
fn first_step(step: Onboarding, actions: StepActions) -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <Card step actions /> }.into_any())
}

fn missing_step() -> AnyView {
    view! { <p class="alert" role="alert">{t!("This step did not load. Load the page again.")}</p> }
        .into_any()
}

/// Whether the code of the step that the server has rendered is loaded; true if it has rendered none.
#[cfg(feature = "hydrate")]
pub async fn is_step_loaded() -> bool {
    document().get_elements_by_class_name("first-steps").length() == 0 || load_first_step().await.is_ok()
}

#[component]
fn Card(step: Onboarding, actions: StepActions) -> impl IntoView {
    let StepActions { topics, follow, start, skip } = actions;
    let current = step.step();
    let (title, lead) = match current {
        Step::Topics => {
            (t!("What interests you?"), t!("The agents pick by your topics. Choose some, or none."))
        }
        Step::Sources => (
            t!("Follow a few sources"),
            t!("The agents pick from what you follow. Untick what you do not want."),
        ),
        Step::Commute => {
            (t!("When do you travel?"), t!("What you want is ready before you lose the network."))
        }
    };
    let form = match step {
        Onboarding::Topics { offered, chosen } => {
            view! { <TopicsStep offered chosen action=topics /> }.into_any()
        }
        Onboarding::Sources { suggestions, topics } => {
            view! { <SourcesStep suggestions topics action=follow /> }.into_any()
        }
        Onboarding::Commute { followed, timezone } => {
            view! { <CommuteStep followed timezone action=start /> }.into_any()
        }
    };
    view! {
        <section class="card stack first-steps" aria-labelledby="first-steps">
            <Progress current />
            <div>
                <h2 id="first-steps">{title}</h2>
                <p class="muted">{lead}</p>
            </div>
            {form}
            <FormAlert answer=FormResponse::of(skip) fields=&[] />
            <ActionForm action=skip attr:id=SKIP attr:hidden=true>""</ActionForm>
        </section>
    }
}

/// Id of the form that skips, which has its button within the form of the step.
const SKIP: &str = "skip-first-steps";

#[component]
fn SkipButton() -> impl IntoView {
    view! { <button type="submit" class="link" form=SKIP>{t!("Skip for now")}</button> }
}

/// "Step 2 of 3", and a bar of three parts.
#[component]
fn Progress(current: Step) -> impl IntoView {
    let part = |step: &Step| view! { <span data-done=(*step <= current).then_some("true")></span> };
    let place = Step::ALL.iter().filter(|step| **step <= current).count();
    view! {
        <div class="first-steps-progress">
            <p class="muted">{t!("Step {place} of {total}", place = place, total = Step::ALL.len())}</p>
            <div class="first-steps-bar" aria-hidden="true">{Step::ALL.iter().map(part).collect_view()}</div>
        </div>
    }
}
