//! Page of one agent: its instructions, their versions, and for administrators the form to change them.

use domain::agent::AgentVersion;
use domain::run::Agent;
use leptos::prelude::*;

use super::addressed::Addressed;
use crate::api::agents::{ChangeAgent, Dossier, show_agent};
use crate::api::ratings::show_agent_ratings;
use crate::components::Ago;
use crate::components::agent_card::{AgentFacts, Liked, Speaking, agent_title, version_words};
use crate::components::area::Area;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::log::model_words;
use crate::components::notice::Badge;
use crate::components::thumbs::AgentThumbs;
use crate::components::title::PageTitle;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::measure::{decimal, plain_decimal};
use crate::paths;
use crate::{parts, t};

type Change = ServerAction<ChangeAgent>;

#[component]
pub fn AgentPage() -> impl IntoView {
    view! { <Addressed part="name" page=|agent: Agent| view! { <Shown agent /> }.into_any() /> }
}

#[component]
fn Shown(agent: Agent) -> impl IntoView {
    let live = use_live();
    let change = Change::new();
    let answer = FormResponse::of(change);
    Effect::new(move |_| {
        if let Some(Ok(version)) = change.value().get() {
            let (agent, version) = (agent_title(agent), version.version);
            live.toast(
                Tone::Good,
                t!("{agent} is told version {version} now.", agent = agent, version = version),
            );
        }
    });
    // Reloads only after a submission, so that an edit is based on the version that is shown.
    let kept = live_query(move || change.version().get(), move |_| show_agent(agent));
    let of = move |part: fn(&Dossier) -> AgentVersion| {
        Memo::new(move |_| kept.value.with(|dossier| dossier.as_ref().map(part)))
    };
    let current = of(|dossier| dossier.card.current.clone());
    let versions = kept.part(|dossier| dossier.versions.clone());
    let may_change = kept.part(|dossier| dossier.may_change);
    let newest = Signal::derive(move || current.with(|it| it.as_ref().map_or(0, |it| it.version)));
    view! {
        <PageTitle text=agent_title(agent) />
        <h1>{agent_title(agent)}</h1>
        <p class="lead"><a href=paths::AGENTS>{t!("All agents")}</a></p>
        <LatestPart agent />
        <Loaded kept what=t!("Loading the agent")>
            <section class="card stack agent" data-agent=agent.as_str() aria-labelledby="record">
                <h2 id="record">{t!("How it does")}</h2>
                {move || kept.value.get().map(|Dossier { card, .. }| view! {
                    <p class="row-facts"><Speaking run=card.speaking_in.zip(card.speaking_in_number) /></p>
                    <AgentFacts card />
                })}
                <p class="muted">{t!("Counted from your last 50 runs.")}</p>
            </section>
            <Told current />
            <section class="part" aria-labelledby="change">
                <h2 id="change">{t!("Change it")}</h2>
                {move || if may_change.get() {
                    current.get_untracked().map(|now| view! { <ChangeForm now newest change answer /> }).into_any()
                } else {
                    view! {
                        <p class="muted">
                            {t!("Only an administrator of this server can change what agents are told.")}
                        </p>
                    }
                    .into_any()
                }}
            </section>
            <section class="part" aria-labelledby="versions">
                <h2 id="versions">{t!("Versions")}</h2>
                <ol class="rows" aria-labelledby="versions">
                    <Each
                        list=versions
                        key=|version| version.version
                        row=move |row| view! { <VersionRow version=row.get_untracked() newest /> }
                    />
                </ol>
            </section>
        </Loaded>
    }
}

#[component]
fn Told(current: Memo<Option<AgentVersion>>) -> impl IntoView {
    view! {
        <section class="part" aria-labelledby="told">
            <h2 id="told">{t!("What it is told")}</h2>
            <pre class="told">{move || current.get().map(|it| it.prompt)}</pre>
            <p class="muted">
                {t!(
                    "To this SmartCache adds what holds for all: who is in the team, how many items the \
                     run may queue, its goal, and that texts from feeds are never instructions."
                )}
            </p>
        </section>
    }
}

/// Thumbs for the agent's part in the latest run, and the figures of earlier ones. Loaded apart from the
/// agent, because a rating must not change the version that an edit is based on.
#[component]
fn LatestPart(agent: Agent) -> impl IntoView {
    let news = use_live().news;
    let kept = live_query(move || news.get(), move |_| show_agent_ratings(agent));
    let latest = Memo::new(move |_| kept.value.with(|rated| rated.as_ref().and_then(|rated| rated.latest)));
    let run = Memo::new(move |_| latest.get().map(|part| (part.run_id, part.run_number)));
    let verdict = Signal::derive(move || latest.get().and_then(|part| part.verdict));
    view! {
        <Loaded kept what=t!("Loading its latest part") slight=true>
            {move || run.get().map(|(run, number)| view! {
                <div class="thumbs">
                    <p>
                        {parts!(
                            "Its part in {run}",
                            run = view! {
                                <a class="link" href=paths::run(run)>{t!("run {number}", number = number)}</a>
                            },
                        )}
                    </p>
                    <AgentThumbs run agent verdict />
                </div>
            })}
            {move || kept.value.get().map(|rated| view! { <Liked rated=rated.rated liked=rated.liked /> })}
        </Loaded>
    }
}

/// Form filled with the current version. After a conflict (optimistic locking) the newer version is shown
/// above, the typed text is kept, and submitting it again replaces that version.
#[component]
fn ChangeForm(now: AgentVersion, newest: Signal<i64>, change: Change, answer: FormResponse) -> impl IntoView {
    let prompt = RwSignal::new(answer.typed_or("prompt", &now.prompt));
    Effect::new(move |_| {
        if let Some(Ok(version)) = change.value().get() {
            prompt.set(version.prompt);
        }
    });
    view! {
        <FormAlert answer fields=&["prompt", "model", "temperature"] />
        <ActionForm action=change attr:class="card stack wide" attr:novalidate=true>
            <input type="hidden" name="agent" value=now.agent.as_str() />
            <input type="hidden" name="version" value=move || newest.get().to_string() />
            <Area
                answer
                label=t!("Instructions")
                name="prompt"
                text=prompt
                hint=t!(
                    "What it is to do, in plain words. Leave it empty for the instructions that come with \
                     the program."
                )
                rows=10
            />
            <div class="pair">
                <Field
                    answer
                    label=t!("Model")
                    name="model"
                    value=now.model.unwrap_or_default()
                    hint=t!("As your model server calls it. Empty: the server's own.")
                />
                <Field
                    answer
                    label=t!("Temperature")
                    name="temperature"
                    value=now.temperature.map(plain_decimal).unwrap_or_default()
                    hint=t!("0 to 2; lower is steadier. Empty: the model's own.")
                />
            </div>
            <div><Submit answer text=t!("Save as a new version") busy=t!("Saving…") /></div>
        </ActionForm>
    }
}

/// A version of the instructions. Versions never change; only which one is in use does.
#[component]
fn VersionRow(version: AgentVersion, newest: Signal<i64>) -> impl IntoView {
    let number = version.version;
    let by = version.changed_by.map(|name| view! { <span>{t!("Written by {name}", name = name)}</span> });
    let title = version_words(number);
    let model = version.model.map(|model| t!("Model: {model}", model = model_words(&model)));
    let temperature = version.temperature.map(|it| t!("Temperature: {number}", number = decimal(it)));
    view! {
        <li class="row">
            <div class="row-main">
                <h3 class="row-title">{title.clone()}</h3>
                <p class="row-facts">
                    {move || (newest.get() == number).then(|| view! {
                        <Badge tone="good" text=Signal::stored(t!("In use").to_owned()) />
                    })}
                    {by}
                    {version.created_at.map(|at| view! { <Ago at /> })}
                    {model.map(|model| view! { <span>{model}</span> })}
                    {temperature.map(|temperature| view! { <span>{temperature}</span> })}
                </p>
                <details class="disclosure">
                    <summary>{t!("Read it")} <span class="sr-only">": " {title}</span></summary>
                    <pre class="told">{version.prompt}</pre>
                </details>
            </div>
        </li>
    }
}
