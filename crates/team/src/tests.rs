//! Tests of teams, with handwritten agents and a fixed clock.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod ends;
mod turns;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::condition::Signal;
use super::*;
use crate::testing::{Entry, NoOp, Now, Outcome, Speaker, Table, Task, Turn, Word};

fn start() -> DateTime<Utc> {
    "2026-11-21T06:00:00Z".parse().unwrap()
}

fn clock() -> Now {
    Arc::new(start)
}

/// A table of agents that say their names.
fn round(names: &[&'static str], stop: Condition) -> Table {
    let team = Team::of("team", names.iter().copied(), Some(stop)).unwrap();
    seated(team, names)
}

fn seated(team: Team, names: &[&'static str]) -> Table {
    let speakers = names.iter().map(|name| (*name, Arc::new(SaysName) as Arc<dyn Speaker>));
    Table::new(team, clock(), speakers)
}

/// A table with one agent that calls `act` in each turn.
fn alone(stop: Condition, act: impl Act) -> Table {
    let team = Team::of("team", ["a"], Some(stop)).unwrap();
    Table::new(team, clock(), [("a", Arc::new(Acts(act)) as Arc<dyn Speaker>)])
}

async fn go(table: &mut Table) -> Outcome {
    table.run(Task::Words("go".into()), &CancellationToken::new()).await
}

/// Runs the table and returns the name of the condition that ends it.
async fn ends(table: &mut Table) -> String {
    match go(table).await {
        Outcome::Over(reason) => reason.condition,
        other => panic!("{other:?}"),
    }
}

fn spoken(table: &Table) -> Vec<&str> {
    let text = |entry: &'_ Entry| matches!(entry.word, Word::Text { .. });
    let all = table.entries().iter().filter(|entry| text(entry));
    all.filter_map(|entry| match &entry.word {
        Word::Text { by, .. } => Some(by.as_str()),
        _ => None,
    })
    .collect()
}

struct SaysName;

#[async_trait]
impl Speaker for SaysName {
    async fn speak(&self, _: &[Entry], turn: &mut Turn<'_>) -> Result<(), String> {
        let me = turn.me.to_owned();
        turn.say(&me);
        Ok(())
    }
}

/// Action of an agent in a turn, as a synchronous closure.
trait Act: Fn(&[Entry], &mut Turn<'_>) -> Result<(), String> + Send + Sync + 'static {}
impl<F: Fn(&[Entry], &mut Turn<'_>) -> Result<(), String> + Send + Sync + 'static> Act for F {}

struct Acts<F>(F);

#[async_trait]
impl<F: Act> Speaker for Acts<F> {
    async fn speak(&self, heard: &[Entry], turn: &mut Turn<'_>) -> Result<(), String> {
        (self.0)(heard, turn)
    }
}

/// Calls a tool that never answers.
struct Hangs;

#[async_trait]
impl Speaker for Hangs {
    async fn speak(&self, _: &[Entry], turn: &mut Turn<'_>) -> Result<(), String> {
        turn.call("wait", serde_json::json!({}), std::future::pending()).await;
        Ok(())
    }
}

/// Calls the same tool many times in each turn.
struct Calls(&'static str, usize);

#[async_trait]
impl Speaker for Calls {
    async fn speak(&self, _: &[Entry], turn: &mut Turn<'_>) -> Result<(), String> {
        for _ in 0..self.1 {
            turn.call(self.0, serde_json::json!({}), async { serde_json::json!("same") }).await;
        }
        turn.say("called");
        Ok(())
    }
}
