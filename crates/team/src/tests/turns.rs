//! Tests of the speaking order, of the shared messages, and of the state after an end of any kind.

use std::time::{Duration, Instant};

use serde_json::json;

use super::*;

#[test]
fn a_team_has_members_and_no_name_twice() {
    let nested = |name| Team::of(name, ["b"], Some(Condition::Turns(1))).unwrap().into();
    assert_eq!(Team::of("t", Vec::<String>::new(), None).unwrap_err(), TeamError::Empty("t".into()));
    assert_eq!(Team::of("t", ["a", "a"], None).unwrap_err(), TeamError::Twice("a".into()));
    assert_eq!(
        Team::new("t", ["b".into(), nested("inner")], None).unwrap_err(),
        TeamError::Twice("b".into())
    );
    let endless = Team::of("inner", ["b"], None).unwrap().into();
    assert_eq!(Team::new("t", [endless], None).unwrap_err(), TeamError::Endless("inner".into()));
}

#[tokio::test]
async fn agents_speak_in_turn() {
    let mut table = round(&["a", "b", "c"], Condition::Turns(7));
    go(&mut table).await;
    assert_eq!(spoken(&table), ["a", "b", "c", "a", "b", "c", "a"]);
}

#[tokio::test]
async fn one_agent_is_a_team() {
    let mut table = round(&["a"], Condition::Turns(3));
    go(&mut table).await;
    assert_eq!(spoken(&table), ["a", "a", "a"]);
}

#[tokio::test]
async fn the_next_run_begins_with_whoever_is_next() {
    let mut table = round(&["a", "b", "c"], Condition::Turns(2));
    go(&mut table).await;
    table.run(Task::Continue, &CancellationToken::new()).await;
    assert_eq!(spoken(&table), ["a", "b", "c", "a"]);
}

#[tokio::test]
async fn a_nested_team_speaks_as_one_and_keeps_its_place() {
    let inner = Team::of("inner", ["b", "c"], Some(Condition::Turns(1))).unwrap();
    let team = Team::new("team", ["a".into(), inner.into(), "d".into()], Some(Condition::Turns(6))).unwrap();
    let mut table = seated(team, &["a", "b", "c", "d"]);
    go(&mut table).await;
    assert_eq!(spoken(&table), ["a", "b", "d", "a", "c", "d"]);
}

#[tokio::test]
async fn teams_nest_deeper_than_once() {
    let deepest = Team::of("deepest", ["c", "d"], Some(Condition::Turns(2))).unwrap();
    let inner = Team::new("inner", ["b".into(), deepest.into()], Some(Condition::Turns(2))).unwrap();
    let team = Team::new("team", ["a".into(), inner.into()], Some(Condition::Turns(2))).unwrap();
    let mut table = seated(team, &["a", "b", "c", "d"]);
    go(&mut table).await;
    assert_eq!(spoken(&table), ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn a_limit_of_the_outer_team_holds_within_the_inner() {
    let inner = Team::of("inner", ["b"], Some(Condition::Turns(100))).unwrap();
    let team = Team::new("team", ["a".into(), inner.into()], Some(Condition::Messages(5))).unwrap();
    let mut table = seated(team, &["a", "b"]);
    assert_eq!(ends(&mut table).await, "message count");
    assert_eq!(spoken(&table).len(), 5);
}

#[tokio::test]
async fn a_handoff_decides_who_speaks_next() {
    let team = Team::of("team", ["a", "b", "c"], Some(Condition::Turns(3))).unwrap();
    let skips = Acts(|_: &[Entry], turn: &mut Turn<'_>| {
        turn.say("a");
        turn.hand_over("c");
        Ok(())
    });
    let mut table = Table::new(
        team,
        clock(),
        [("a", Arc::new(skips) as Arc<dyn Speaker>), ("b", Arc::new(SaysName)), ("c", Arc::new(SaysName))],
    );
    go(&mut table).await;
    assert_eq!(spoken(&table), ["a", "c", "a"]);
}

#[tokio::test]
async fn a_run_begins_with_a_task_with_messages_or_with_nothing() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = heard.clone();
    let mut table = alone(Condition::Turns(1), move |all: &[Entry], _: &mut Turn<'_>| {
        ears.lock().unwrap().push(all.len());
        Ok(())
    });
    let free = CancellationToken::new();
    table.run(Task::Words("one".into()), &free).await;
    table.run(Task::Messages(vec!["two".into(), "three".into()]), &free).await;
    table.run(Task::Continue, &free).await;
    assert_eq!(*heard.lock().unwrap(), [1, 3, 3]);
}

#[tokio::test]
async fn others_hear_final_words_and_no_inner_calls() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = heard.clone();
    let team = Team::of("team", ["a", "b"], Some(Condition::Turns(2))).unwrap();
    let listens = Acts(move |all: &[Entry], _: &mut Turn<'_>| {
        ears.lock().unwrap().extend(all.iter().map(|entry| entry.word.clone()));
        Ok(())
    });
    let mut table = Table::new(
        team,
        clock(),
        [("a", Arc::new(Calls("secret", 2)) as Arc<dyn Speaker>), ("b", Arc::new(listens))],
    );
    go(&mut table).await;
    let text = Word::Text { by: "a".into(), text: "called".into(), stop: false };
    assert_eq!(*heard.lock().unwrap(), [Word::Task("go".into()), text]);
    assert_eq!(
        table.entries().iter().filter(|e| matches!(e.word, Word::Call { .. })).count(),
        2,
        "they are kept"
    );
}

#[tokio::test]
async fn nobody_hears_more_than_the_window() {
    let heard = Arc::new(Mutex::new(0));
    let ears = heard.clone();
    let mut table = alone(Condition::Turns(50), move |all: &[Entry], turn: &mut Turn<'_>| {
        turn.say("x");
        *ears.lock().unwrap() = all.len();
        Ok(())
    });
    table.window = 7;
    go(&mut table).await;
    assert_eq!(*heard.lock().unwrap(), 7);
}

#[tokio::test]
async fn a_team_is_usable_after_an_agents_error() {
    let broken = Acts(|_: &[Entry], _: &mut Turn<'_>| Err("out of memory".to_owned()));
    let team = Team::of("team", ["a", "b"], Some(Condition::Turns(2))).unwrap();
    let mut table =
        Table::new(team, clock(), [("a", Arc::new(broken) as Arc<dyn Speaker>), ("b", Arc::new(SaysName))]);
    assert_eq!(go(&mut table).await, Outcome::Failed("out of memory".into()));
    assert_eq!(go(&mut table).await, Outcome::Failed("out of memory".into()), "after b, a is asked again");
    assert_eq!(spoken(&table), ["b"]);
}

#[tokio::test]
async fn a_cancel_takes_effect_at_once_and_leaves_a_history_that_is_whole() {
    let inner = Team::of("inner", ["b"], Some(Condition::Turns(1))).unwrap();
    let team = Team::new("team", [inner.into()], Some(Condition::Turns(1))).unwrap();
    let mut table = Table::new(team, clock(), [("b", Arc::new(Hangs) as Arc<dyn Speaker>)]);
    let cancel = CancellationToken::new();
    let (soon, began) = (cancel.clone(), Instant::now());
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        soon.cancel();
    });
    assert_eq!(table.run(Task::Continue, &cancel).await, Outcome::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(2));
    let last = &table.entries().last().unwrap().word;
    assert!(matches!(last, Word::Answer { output, .. } if *output == json!("cancelled")), "{last:?}");
}

#[tokio::test]
async fn a_team_is_usable_after_a_cancel() {
    let mut table = round(&["a", "b"], Condition::Turns(2));
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    assert_eq!(table.run(Task::Continue, &cancelled).await, Outcome::Cancelled);
    assert_eq!(ends(&mut table).await, "turn count");
    assert_eq!(spoken(&table), ["a", "b"]);
}

#[tokio::test]
async fn a_pause_really_stops_and_the_team_goes_on_where_it_was() {
    let mut table = round(&["a", "b"], Condition::Turns(4));
    let brake = table.brake.clone();
    brake.pull();
    let running = tokio::spawn(async move {
        let over = go(&mut table).await;
        (table, over)
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!running.is_finished());
    brake.release();
    let (table, over) = running.await.unwrap();
    assert!(matches!(over, Outcome::Over(_)));
    assert_eq!(spoken(&table), ["a", "b", "a", "b"]);
}

#[tokio::test]
async fn a_conversation_that_was_kept_is_all_there_is_to_load() {
    let names = ["a", "b", "c"];
    let mut table = round(&names, Condition::Turns(4));
    go(&mut table).await;
    let kept = serde_json::to_string(table.entries()).unwrap();
    let mut other = round(&names, Condition::Turns(4));
    other.load(serde_json::from_str(&kept).unwrap());
    assert_eq!((other.state().turns(), other.state().speaker()), (4, "b"));
    other.run(Task::Continue, &CancellationToken::new()).await;
    assert_eq!(spoken(&other), ["a", "b", "c", "a", "b", "c", "a", "b"]);
}

#[tokio::test]
async fn counters_survive_a_load_in_the_middle_of_a_run() {
    let mut table = round(&["a", "b"], Condition::Messages(5));
    go(&mut table).await;
    let all = table.entries().to_vec();
    let middle = all.iter().position(|e| matches!(&e.word, Word::TurnEnd { by } if by == "b")).unwrap();
    let mut other = round(&["a", "b"], Condition::Messages(5));
    other.load(all[..=middle].to_vec());
    let mut state = other.state().clone();
    for _ in 0..3 {
        assert!(matches!(state.next(start()), Next::Speak(_)));
        let by = state.speaker().to_owned();
        state.take(&TeamEntry::Text { by: &by, text: "x", stop: false }, start());
        state.take(&TeamEntry::TurnEnd { by: &by }, start());
    }
    assert!(matches!(state.next(start()), Next::End { .. }));
}

#[tokio::test]
async fn four_thousand_turns_are_no_trouble() {
    let team = Team::of("team", ["a", "b", "c"], Some(Condition::Turns(4_000))).unwrap();
    let mut table =
        Table::new(team, clock(), ["a", "b", "c"].map(|name| (name, Arc::new(NoOp) as Arc<dyn Speaker>)));
    assert_eq!(ends(&mut table).await, "turn count");
    assert_eq!(table.state().turns(), 4_000);
}
