//! Card of an agent: its activity, model, tools and statistics.

use domain::RunId;
use domain::agent::{AgentCard, AgentRecord};
use domain::run::Agent;
use leptos::prelude::*;

use super::log::model_words;
use super::notice::Badge;
use crate::{language, measure, parts, paths, t, tn};

#[component]
pub fn AgentRow(row: Signal<AgentCard>) -> impl IntoView {
    let AgentCard { agent, tools, .. } = row.get_untracked();
    let title = agent_title(agent);
    let speaking = Memo::new(move |_| row.with(|row| row.speaking_in.zip(row.speaking_in_number)));
    // The tools are rendered once, so that an open `<details>` stays open.
    let names = tools.iter().map(|tool| view! { <li><code>{tool.name.clone()}</code></li> }).collect_view();
    let told = tools
        .into_iter()
        .map(|tool| view! { <dt>{tool.name}</dt><dd>{language::sentence(&tool.description)}</dd> })
        .collect_view();
    view! {
        <li class="card agent" data-agent=agent.as_str()>
            <h2><a class="link turn-agent" href=paths::agent(agent)>{title}</a></h2>
            <p class="row-facts">{move || view! { <Speaking run=speaking.get() /> }}</p>
            {move || view! { <AgentFacts card=row.get() /> }}
            {move || row.with(|row| view! { <Liked rated=row.record.rated liked=row.record.liked /> })}
            <h3>{t!("Tools")}</h3>
            <ul class="tools">{names}</ul>
            <details class="disclosure">
                <summary>{t!("What each does")} <span class="sr-only">{t!(" for {title}", title = title)}</span></summary>
                <dl class="told-tools">{told}</dl>
            </details>
        </li>
    }
}

/// Name of an agent.
pub fn agent_title(agent: Agent) -> &'static str {
    match agent {
        Agent::Discovery => t!("Discovery"),
        Agent::Download => t!("Download"),
        Agent::Summarizer => t!("Summarizer"),
    }
}

/// Whether the agent is speaking, and in which run.
#[component]
pub fn Speaking(
    /// The run, and its number among its owner's runs.
    run: Option<(RunId, i64)>,
) -> impl IntoView {
    match run {
        Some((id, number)) => {
            let run = view! { <a href=paths::run(id)>{t!("run {number}", number = number)}</a> };
            view! {
                <span class="pulse" aria-hidden="true"></span>
                <b>{parts!("Has the word in {run}", run = run)}</b>
            }
            .into_any()
        }
        None => view! { <Badge tone="calm" text=Signal::stored(t!("Idle").to_owned()) /> }.into_any(),
    }
}

/// Ratings that the user has given the agent; nothing without any.
#[component]
pub fn Liked(rated: i64, liked: i64) -> impl IntoView {
    (rated > 0).then(|| {
        let words = t!("Your ratings: {liked} of {rated} liked", liked = liked, rated = rated);
        view! { <p class="muted">{words}</p> }
    })
}

/// Facts about the agent, as name and value pairs.
#[component]
pub fn AgentFacts(card: AgentCard) -> impl IntoView {
    let facts = facts(&card).into_iter();
    view! {
        <dl class="facts">
            {facts.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()}
        </dl>
    }
}

/// Collects the known facts only.
fn facts(card: &AgentCard) -> Vec<(&'static str, String)> {
    let AgentRecord { runs, turns, calls, calls_done, turn_seconds, .. } = card.record;
    let mut facts = vec![(t!("Speaks through"), model_words(&card.model))];
    if let Some(temperature) = card.current.temperature {
        facts.push((t!("Temperature"), measure::decimal(temperature)));
    }
    facts.push((t!("Instructions"), version_words(card.current.version)));
    facts.push(match turns {
        0 => (t!("Turns"), t!("None so far").to_owned()),
        _ => {
            let told = tn!(turns, "{n} turn", "{n} turns");
            (t!("Turns"), tn!(runs, "{turns} in {n} run", "{turns} in {n} runs", turns = told))
        }
    });
    if let Some(seconds) = turn_seconds {
        let mean = if seconds < 1.0 {
            t!("Under a second").to_owned()
        } else {
            measure::duration(seconds.round() as i64)
        };
        facts.push((t!("Mean time of a turn"), mean));
    }
    if calls > 0 {
        let success = tn!(
            calls,
            "{done} of {n} call did what they were asked for",
            "{done} of {n} calls did what they were asked for",
            done = calls_done
        );
        facts.push((t!("Success"), success));
    }
    facts
}

/// Formats a version: "Version 3", or that the instructions are the built-in ones.
pub fn version_words(version: i64) -> String {
    match version {
        0 => t!("As they come with the program").to_owned(),
        number => t!("Version {number}", number = number),
    }
}

#[cfg(test)]
mod tests {
    use domain::agent::AgentVersion;
    use domain::run::Agent;

    use super::*;

    fn card(record: AgentRecord) -> AgentCard {
        let agent = Agent::Discovery;
        let current = AgentVersion {
            agent,
            version: 2,
            prompt: "Pick.".into(),
            model: None,
            temperature: Some(0.25),
            changed_by: Some("ann".into()),
            created_at: None,
        };
        let (title, model) = (agent.title().into(), "builtin".into());
        AgentCard {
            agent,
            title,
            tools: Vec::new(),
            current,
            model,
            speaking_in: None,
            speaking_in_number: None,
            record,
        }
    }

    #[test]
    fn who_never_spoke_has_no_success_and_no_mean_time() {
        let told = facts(&card(AgentRecord::default())).into_iter().map(|(_, value)| value);
        let told: Vec<_> = told.collect();
        assert_eq!(told, ["built-in planner", "0.25", "Version 2", "None so far"]);
    }

    #[test]
    fn a_record_is_told_in_words() {
        let (calls, calls_done, turn_seconds) = (40, 37, Some(2.6));
        let record =
            AgentRecord { runs: 5, turns: 12, calls, calls_done, turn_seconds, ..AgentRecord::default() };
        let told: Vec<_> = facts(&card(record)).into_iter().skip(3).map(|(_, value)| value).collect();
        assert_eq!(told, ["12 turns in 5 runs", "3 s", "37 of 40 calls did what they were asked for"]);
    }
}
