//! Tests of every condition, alone and combined, and of its name in the reason.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;

use super::*;

fn calling(tool: &'static str, times: usize, stop: Condition) -> Table {
    let team = Team::of("team", ["a"], Some(stop)).unwrap();
    Table::new(team, clock(), [("a", Arc::new(Calls(tool, times)) as Arc<dyn Speaker>)])
}

#[tokio::test]
async fn a_number_of_messages() {
    let mut table = round(&["a", "b"], Condition::Messages(3));
    assert_eq!(ends(&mut table).await, "message count");
    assert_eq!(spoken(&table), ["a", "b", "a"]);
}

#[tokio::test]
async fn a_number_of_turns() {
    assert_eq!(ends(&mut round(&["a"], Condition::Turns(2))).await, "turn count");
}

#[tokio::test]
async fn a_text_that_is_mentioned_by_the_right_one() {
    let by_b = Condition::Mention { text: "b".into(), by: vec!["b".into()] };
    let mut table = round(&["a", "b"], by_b);
    assert_eq!(ends(&mut table).await, "text mention");
    assert_eq!(spoken(&table), ["a", "b"]);
    let never = Condition::Mention { text: "a".into(), by: vec!["b".into()] } | Condition::Turns(4);
    assert_eq!(ends(&mut round(&["a", "b"], never)).await, "turn count");
}

#[tokio::test]
async fn a_message_that_asks_to_stop() {
    let mut table = alone(Condition::StopSaid, |_: &[Entry], turn: &mut Turn<'_>| {
        turn.ask_to_stop("enough");
        Ok(())
    });
    assert_eq!(ends(&mut table).await, "stop message");
}

#[tokio::test]
async fn tokens_in_total_of_prompts_or_of_completions() {
    for (total, prompt, completion, turns) in
        [(Some(330), None, None, 3), (None, Some(200), None, 2), (None, None, Some(10), 1)]
    {
        let mut table =
            alone(Condition::Tokens { total, prompt, completion }, |_: &[Entry], turn: &mut Turn<'_>| {
                turn.tokens(100, 10);
                turn.say("x");
                Ok(())
            });
        assert_eq!(ends(&mut table).await, "token usage");
        assert_eq!(spoken(&table).len(), turns);
    }
}

#[tokio::test]
async fn work_that_is_handed_to_somebody_outside() {
    let mut table = alone(Condition::HandoffTo("person".into()), |_: &[Entry], turn: &mut Turn<'_>| {
        turn.hand_over("person");
        Ok(())
    });
    assert_eq!(ends(&mut table).await, "handoff");
}

#[tokio::test]
async fn time_counts_from_the_beginning_of_each_run_and_not_from_the_first() {
    let passed = Arc::new(AtomicI64::new(0));
    let (hands, read) = (passed.clone(), passed.clone());
    let clock: Now = Arc::new(move || start() + TimeDelta::seconds(read.load(Ordering::SeqCst)));
    let slow = Acts(move |_: &[Entry], turn: &mut Turn<'_>| {
        hands.fetch_add(20, Ordering::SeqCst);
        turn.say("x");
        Ok(())
    });
    let team = Team::of("team", ["a"], Some(Condition::TimeOut(TimeDelta::seconds(60)))).unwrap();
    let mut table = Table::new(team, clock, [("a", Arc::new(slow) as Arc<dyn Speaker>)]);
    assert_eq!(ends(&mut table).await, "time-out");
    passed.fetch_add(5 * 3_600, Ordering::SeqCst);
    assert_eq!(ends(&mut table).await, "time-out");
    assert_eq!(spoken(&table).len(), 6, "three turns each time");
}

#[tokio::test]
async fn a_signal_from_outside() {
    let signal = Signal::default();
    let mut table = round(&["a"], Condition::External(signal.clone()));
    signal.set();
    assert_eq!(ends(&mut table).await, "external signal");
    assert!(spoken(&table).is_empty(), "it takes effect before the next step");
}

#[tokio::test]
async fn somebody_who_has_spoken() {
    let mut table = round(&["a", "b", "c"], Condition::SpokenBy(vec!["b".into()]));
    assert_eq!(ends(&mut table).await, "source match");
    assert_eq!(spoken(&table), ["a", "b"]);
}

#[tokio::test]
async fn a_tool_that_was_called() {
    assert_eq!(ends(&mut calling("approve", 1, Condition::Called("approve".into()))).await, "tool called");
    let other = Condition::Called("other".into()) | Condition::Turns(2);
    assert_eq!(ends(&mut calling("approve", 1, other)).await, "turn count");
}

#[tokio::test]
async fn a_rule_of_ones_own() {
    let rule = Condition::custom("a shout", |said| match said {
        TeamEntry::Text { text, .. } if text.contains('!') => Some(format!("somebody shouted “{text}”")),
        _ => None,
    });
    let mut table = alone(rule, |_: &[Entry], turn: &mut Turn<'_>| {
        turn.say("Stop!");
        Ok(())
    });
    match go(&mut table).await {
        Outcome::Over(reason) => assert_eq!(reason.to_string(), "a shout: somebody shouted “Stop!”"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_round_in_which_nobody_had_anything_to_do() {
    let mut table = round(&["a", "b", "c"], Condition::Idle { round: 3 });
    assert_eq!(ends(&mut table).await, "nothing left to do");
    assert_eq!(spoken(&table).len(), 3);
    let busy = Condition::Idle { round: 1 } | Condition::Turns(4);
    assert_eq!(ends(&mut calling("look", 1, busy)).await, "turn count");
}

#[tokio::test]
async fn the_same_call_three_times_in_a_turn() {
    let repeats = || Condition::Repeats(3) | Condition::Turns(5);
    assert_eq!(ends(&mut calling("look", 2, repeats())).await, "turn count", "the turn's end clears it");
    let mut state = TeamState::new(Arc::new(Team::of("team", ["a"], Some(Condition::Repeats(3))).unwrap()));
    let (now, same) = (start(), serde_json::json!({}));
    state.take(&TeamEntry::Begin, now);
    for id in ["1", "2", "3"] {
        assert!(matches!(state.next(now), Next::Speak(_)));
        state.take(&TeamEntry::Call { by: "a", id, tool: "look", arguments: &same }, now);
        state.take(&TeamEntry::Answer { id, output: &same }, now);
    }
    assert!(matches!(state.next(now), Next::End { reason, .. } if reason.condition == "repeated call"));
}

#[tokio::test]
async fn a_number_of_calls() {
    assert_eq!(ends(&mut calling("look", 4, Condition::Calls(6))).await, "call count");
}

#[tokio::test]
async fn one_of_several_is_enough_and_names_itself() {
    let any = Condition::Turns(9) | Condition::mention("b") | Condition::StopSaid;
    assert_eq!(ends(&mut round(&["a", "b"], any)).await, "text mention");
}

#[tokio::test]
async fn all_of_several_may_be_met_at_different_times() {
    let all = Condition::mention("a") & Condition::Turns(4);
    let mut table = round(&["a", "b"], all);
    assert_eq!(ends(&mut table).await, "text mention and turn count");
    assert_eq!(spoken(&table).len(), 4);
}

#[tokio::test]
async fn and_and_or_go_together() {
    let both = Condition::mention("b") & Condition::mention("nobody says this");
    let mut table = round(&["a", "b"], both | Condition::Messages(5));
    assert_eq!(ends(&mut table).await, "message count");
}
