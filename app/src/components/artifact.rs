//! An artifact of a run: lists are formatted, everything else is shown as JSON.

use domain::artifact::Artifact;
use leptos::prelude::*;
use serde_json::Value;

use super::Ago;
use super::agent_card::agent_title;
use super::turn::{Json, pretty};
use crate::{language, parts, t};

#[component]
pub fn ArtifactCard(row: Signal<Artifact>) -> impl IntoView {
    let Artifact { agent, kind, content, created_at, .. } = row.get_untracked();
    let kind = kind_words(&kind);
    let kept_by =
        parts!("Kept by {agent} {time}", agent = agent_title(agent), time = view! { <Ago at=created_at /> });
    let picked = picked(&content).map(|picks| {
        let pick = |pick: ArtifactPick| {
            view! {
                <li>
                    <b dir="auto">{pick.title}</b>
                    {pick.facts.map(|facts| view! { <span class="muted">" " {facts}</span> })}
                    {pick.text.map(|text| view! { <p dir="auto">{text}</p> })}
                </li>
            }
        };
        view! { <ol class="picks">{picks.into_iter().map(pick).collect_view()}</ol> }
    });
    let whole = picked.is_none();
    view! {
        <li class="artifact">
            <h3>{kind.clone()}</h3>
            <p class="row-facts">{kept_by}</p>
            {picked}
            <details class="disclosure" open=whole>
                <summary>{t!("Exactly as it was kept")} <span class="sr-only">": " {kind}</span></summary>
                <Json name=t!("Content") value=Signal::stored(pretty(&content)) />
            </details>
        </li>
    }
}

/// One entry of a list that an agent has stored.
#[derive(Debug, PartialEq, Eq)]
struct ArtifactPick {
    title: String,
    /// Source, quality score and status.
    facts: Option<String>,
    /// Reasons for the pick, or a summary.
    text: Option<String>,
}

/// Parses a list of titled entries; `None` if the content is anything else.
fn picked(content: &Value) -> Option<Vec<ArtifactPick>> {
    let entries = content["items"].as_array().filter(|entries| !entries.is_empty())?;
    let pick = |entry: &Value| {
        let text = |name: &str| entry[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let reasons = entry["reasons"]
            .as_array()
            .map(|all| all.iter().filter_map(Value::as_str).map(language::sentence).collect::<Vec<_>>());
        let reasons = reasons.filter(|all| !all.is_empty()).map(|all| all.join("; "));
        let score = entry["score"].as_f64().map(|score| (score * 100.0).round() as i64);
        let score = score
            .filter(|score| (0..=100).contains(score))
            .map(|score| t!("quality {score} of 100", score = score));
        let status = text("status").map(|status| language::sentence(&status));
        let facts: Vec<_> = text("source").into_iter().chain(score).chain(status).collect();
        Some(ArtifactPick {
            title: text("title")?,
            facts: (!facts.is_empty()).then(|| facts.join(", ")),
            text: reasons.or_else(|| Some(language::sentence(&text("reason")?))).or_else(|| text("summary")),
        })
    };
    entries.iter().map(pick).collect()
}

/// Name of a kind: one of the built-in planner, or any other that a model has chosen.
fn kind_words(kind: &str) -> String {
    match kind {
        "picks" => t!("Picks").to_owned(),
        "summaries" => t!("Summaries").to_owned(),
        other => spoken(other),
    }
}

/// Formats a kind such as "saved_for_later" as a heading.
fn spoken(kind: &str) -> String {
    let words = kind.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn picks_are_read_with_their_reasons() {
        let kept = json!({ "items": [
            { "item_id": 1, "title": "Trains", "source": "Station", "reasons": ["new", "short"] },
            { "item_id": 2, "title": "Boats", "score": 0.81, "summary": "About boats." },
            { "item_id": 3, "title": "Cars", "source": "Station", "status": "ready" },
        ] });
        let picks = picked(&kept).expect("picks");
        assert_eq!(
            (picks[0].facts.as_deref(), picks[0].text.as_deref()),
            (Some("Station"), Some("new; short"))
        );
        assert_eq!(picks[1].facts.as_deref(), Some("quality 81 of 100"));
        assert_eq!(picks[1].text.as_deref(), Some("About boats."));
        assert_eq!(picks[2].facts.as_deref(), Some("Station, ready"));
    }

    #[test]
    fn what_is_no_list_of_titles_is_left_as_it_is() {
        for other in [json!({}), json!({ "items": [] }), json!({ "items": [1, 2] }), json!("words")] {
            assert_eq!(picked(&other), None);
        }
        assert_eq!(spoken("saved_for_later"), "Saved for later");
    }
}
