//! The planner's policy for Discovery: list the subscriptions, rank, pick, hand over.

use serde_json::{Value, json};

use super::{OwnCall, View, count, enumerate, item_id, list, text};
use crate::domain::ItemId;
use crate::domain::run::{Agent, MessageKind};
use crate::engine::models::ModelReply;

pub fn reply(view: &View<'_>) -> ModelReply {
    let answers = view.answers();
    // A model may have made other calls before the planner took over its turn.
    let Some(last) = answers.iter().rfind(|answer| is_own(answer)) else { return first(view) };
    if !last.ok {
        return on_refusal(view, last);
    }
    match last.tool {
        "get_subscriptions" => after_subscriptions(view, last),
        "search_catalog" => after_search(view, last),
        "filter_by_preferences" => recommend(view, ""),
        "recommend_content" => after_ranking(view, last),
        "save_artifact" if !picks(view).is_empty() => hand_over(view),
        "save_artifact" => recommend(view, ""),
        _ => ModelReply::nothing(),
    }
}

/// Whether a call is one the policy makes: one of `OWN`, or a handoff of items to Download.
fn is_own(answer: &OwnCall<'_>) -> bool {
    let hands_over = || {
        let items = list(answer.arguments, "item_ids");
        text(answer.arguments, "to") == Agent::Download.as_str() && !items.is_empty()
    };
    OWN.contains(&answer.tool) || answer.tool == "handoff" && hands_over()
}

/// Tools of the policy, besides the handoff.
const OWN: [&str; 5] =
    ["get_subscriptions", "search_catalog", "filter_by_preferences", "recommend_content", "save_artifact"];

fn first(view: &View<'_>) -> ModelReply {
    let handed =
        |m: &&crate::domain::run::Message| m.kind == MessageKind::Handoff && m.agent == Agent::Discovery;
    match view.0.conversation.iter().rfind(handed) {
        Some(handoff) => {
            let items = count(list(&handoff.data, "item_ids").len(), "item");
            ModelReply::says(format!(
                "I handed {items} over in turn {} and have nothing to add.",
                handoff.turn
            ))
        }
        None => ModelReply::nothing().and_calls("get_subscriptions", json!({})),
    }
}

/// Continues after a refused call. A refused search is skipped, because the ranking uses the goal too.
fn on_refusal(view: &View<'_>, refused: &OwnCall<'_>) -> ModelReply {
    match refused.tool {
        "search_catalog" | "filter_by_preferences" => recommend(view, ""),
        "save_artifact" if !picks(view).is_empty() => hand_over(view),
        "save_artifact" => recommend(view, ""),
        tool => ModelReply::says(format!("I could not go on: {tool} was refused. {}", refused.why())),
    }
}

fn after_subscriptions(view: &View<'_>, answer: &OwnCall<'_>) -> ModelReply {
    let sources = answer.list("subscriptions");
    if sources.is_empty() {
        return ModelReply::says(
            "You follow no source yet, so there is nothing to pick from. Follow one under Subscriptions, then start a run again.",
        );
    }
    let mut names: Vec<_> = sources.iter().take(5).map(|s| text(s, "name").to_owned()).collect();
    let more = answer.output.get("more").and_then(Value::as_bool).unwrap_or_default();
    if sources.len() > names.len() {
        names.push(format!("{} others", sources.len() - names.len()));
    }
    let at_least = if more { "at least " } else { "" };
    let said = format!("You follow {at_least}{}: {}.", count(sources.len(), "source"), enumerate(&names));
    match view.0.run.wish() {
        Some(wish) => ModelReply::says(said).and_calls("search_catalog", json!({ "query": wish })),
        None => recommend(view, &said),
    }
}

fn after_search(view: &View<'_>, answer: &OwnCall<'_>) -> ModelReply {
    let fetchable: Vec<_> = fetchable(answer).collect();
    let found = count(answer.list("items").len(), "item");
    let words: Vec<_> =
        answer.list("words").iter().filter_map(Value::as_str).map(|w| format!("“{w}”")).collect();
    let said = format!(
        "Searching for {} I found {found}; {} of them can be fetched.",
        enumerate(&words),
        fetchable.len()
    );
    if fetchable.is_empty() {
        return recommend(view, &said);
    }
    ModelReply::says(said).and_calls("filter_by_preferences", json!({ "item_ids": fetchable }))
}

fn fetchable<'a>(answer: &'a OwnCall<'_>) -> impl Iterator<Item = ItemId> + 'a {
    let can = |item: &&Value| item.get("fetchable").and_then(Value::as_bool).unwrap_or_default();
    answer.list("items").iter().filter(can).filter_map(item_id)
}

fn recommend(view: &View<'_>, said: &str) -> ModelReply {
    ModelReply::says(said).and_calls("recommend_content", json!({ "max_items": view.0.run.max_items }))
}

/// One pick, with the title, source and reasons that the tools returned.
struct Pick {
    item_id: ItemId,
    title: String,
    source: String,
    reasons: Vec<String>,
}

/// Picks: first the search results that passed the filter, then the best of the ranking.
fn picks(view: &View<'_>) -> Vec<Pick> {
    let answers = view.answers();
    let of = |tool: &str| answers.iter().rfind(|answer| answer.tool == tool && answer.ok);
    let kept: Vec<_> = of("filter_by_preferences")
        .map(|answer| answer.list("kept").iter().filter_map(Value::as_i64).map(ItemId).collect())
        .unwrap_or_default();
    let found = of("search_catalog").map(|answer| answer.list("items")).unwrap_or_default();
    let found = found.iter().filter(|item| item_id(item).is_some_and(|id| kept.contains(&id)));
    let ranked = of("recommend_content").map(|answer| answer.list("candidates")).unwrap_or_default();

    let mut picks: Vec<Pick> = Vec::new();
    for item in found.chain(ranked) {
        let Some(item_id) = item_id(item) else { continue };
        if picks.len() as i64 == view.0.run.max_items || picks.iter().any(|pick| pick.item_id == item_id) {
            continue;
        }
        // The reasons of an item that was both found and ranked are in the ranking.
        let ranked = ranked.iter().find(|other| super::item_id(other) == Some(item_id)).unwrap_or(item);
        let mut reasons: Vec<_> =
            list(ranked, "reasons").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if reasons.is_empty() {
            reasons.push("found by the words of your goal".into());
        }
        let (title, source) = (text(item, "title").to_owned(), text(item, "source").to_owned());
        picks.push(Pick { item_id, title, source, reasons });
    }
    picks
}

fn after_ranking(view: &View<'_>, answer: &OwnCall<'_>) -> ModelReply {
    let picks = picks(view);
    if picks.is_empty() {
        let considered = answer.number("considered") as usize;
        let why = match considered {
            0 => "The sources you follow have nothing that can be fetched and that you did not get before."
                .into(),
            n => format!("Of {} none fits your preferences.", count(n, "new item")),
        };
        return ModelReply::says(why + &left_out(answer));
    }
    let named: Vec<_> =
        picks.iter().map(|p| format!("“{}” from {} ({})", p.title, p.source, p.reasons.join("; "))).collect();
    let said = format!("I pick {}: {}.{}", count(picks.len(), "item"), named.join(", "), left_out(answer));
    let rows: Vec<_> = picks
        .iter()
        .map(|p| json!({ "item_id": p.item_id, "title": p.title, "source": p.source, "reasons": p.reasons }))
        .collect();
    ModelReply::says(said)
        .and_calls("save_artifact", json!({ "kind": "picks", "content": { "items": rows } }))
}

/// Sentence about items left out because an earlier run of the collection picked them.
fn left_out(answer: &OwnCall<'_>) -> String {
    match answer.number("picked_before") {
        1.. => {
            let items = count(answer.number("picked_before") as usize, "item");
            format!(" Left out: {items} that an earlier run of this collection picked.")
        }
        _ => String::new(),
    }
}

fn hand_over(view: &View<'_>) -> ModelReply {
    let ids: Vec<_> = picks(view).iter().map(|pick| pick.item_id).collect();
    let handoff = json!({
        "to": Agent::Download,
        "instructions": format!("Queue {} and wait for them.", count(ids.len(), "item")),
        "item_ids": ids,
        "expected": "Which of them are ready, and why the others are not.",
    });
    ModelReply::nothing().and_calls("handoff", handoff)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{names, play};
    use super::*;

    fn tools(tool: &str, _: &Value) -> Result<Value, &'static str> {
        Ok(match tool {
            "get_subscriptions" => {
                json!({ "subscriptions": [{ "source_id": 1, "name": "Station" }], "more": false })
            }
            "search_catalog" => json!({ "words": ["trains"], "items": [
                { "item_id": 7, "title": "Trains", "source": "Station", "fetchable": true },
                { "item_id": 8, "title": "Had it", "source": "Station", "fetchable": false },
            ] }),
            "filter_by_preferences" => json!({ "kept": [7], "left_out": [] }),
            "recommend_content" => {
                json!({ "considered": 2, "candidates": [
                { "item_id": 5, "title": "First", "source": "Station", "reasons": ["published yesterday"] },
            ] })
            }
            _ => json!({}),
        })
    }

    #[test]
    fn it_looks_ranks_saves_and_hands_over() {
        let (said, asked) = play(Agent::Discovery, None, None, tools);
        assert_eq!(names(&asked), ["get_subscriptions", "recommend_content", "save_artifact", "handoff"]);
        assert_eq!(asked[3].1["item_ids"], json!([5]));
        assert!(said[1].contains("“First” from Station (published yesterday)"), "{said:?}");
    }

    #[test]
    fn what_fits_the_goal_is_picked_first() {
        let (_, asked) = play(Agent::Discovery, None, Some("trains"), tools);
        assert_eq!(names(&asked)[1..4], ["search_catalog", "filter_by_preferences", "recommend_content"]);
        assert_eq!(asked.last().expect("hands over").1["item_ids"], json!([7, 5]));
    }

    #[test]
    fn a_goal_without_a_search_word_still_gets_a_ranking() {
        let refusing = |tool: &str, args: &Value| match tool {
            "search_catalog" => Err("Name at least one word."),
            _ => tools(tool, args),
        };
        let (_, asked) = play(Agent::Discovery, None, Some("?"), refusing);
        assert_eq!(asked.last().expect("hands over").1["item_ids"], json!([5]));
    }

    #[test]
    fn without_subscriptions_it_says_what_to_do_and_stops() {
        let (said, asked) = play(Agent::Discovery, None, None, |_, _| Ok(json!({ "subscriptions": [] })));
        assert_eq!(names(&asked), ["get_subscriptions"]);
        assert!(said[0].contains("Follow one under Subscriptions"));
    }

    #[test]
    fn with_nothing_new_it_hands_nothing_over() {
        let none = |tool: &str, args: &Value| match tool {
            "recommend_content" => Ok(json!({ "candidates": [], "considered": 4 })),
            _ => tools(tool, args),
        };
        let (said, asked) = play(Agent::Discovery, None, None, none);
        assert_eq!(names(&asked), ["get_subscriptions", "recommend_content"]);
        assert_eq!(said[1], "Of 4 new items none fits your preferences.");
    }
}
