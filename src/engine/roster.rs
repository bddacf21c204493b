//! The team as users see it: members, prompts, tools and records.

use serde_json::json;

use crate::db::agents::TurnLeft;
use crate::db::{agent_ratings, agents, messages, runs};
use crate::domain::account::User;
use crate::domain::agent::{AgentCard, AgentRecord, AgentVersion, NewAgentVersion, ToolCard};
use crate::domain::audit_entry::AuditAction;
use crate::domain::event::{EventKind, Frame};
use crate::domain::rating::AgentRatings;
use crate::domain::run::{Agent, RunStatus};
use crate::domain::{Refusal, RunId, UserId};
use crate::engine::agents::{built_in, current, default_role};
use crate::engine::models::{Model, builtin};
use crate::engine::runs::Conversation;
use crate::engine::{Engine, Result, tools};

/// Lists all agents in speaking order.
pub async fn list(engine: &Engine, owner: UserId) -> Result<Vec<AgentCard>> {
    let speaking = speaking(engine, owner).await?;
    let turns = agents::turns_left(&engine.db, owner).await?;
    let ratings = agent_ratings::counts(&engine.db, owner).await?;
    let mut cards = Vec::new();
    for agent in Agent::ALL {
        let current = current(&engine.db, *agent).await?;
        let tools = tools::specs(*agent).iter();
        cards.push(AgentCard {
            agent: *agent,
            title: agent.title().into(),
            tools: tools
                .map(|t| ToolCard { name: t.name.into(), description: t.description.into() })
                .collect(),
            model: speaks(engine, &current),
            current,
            speaking_in: speaking.filter(|(_, _, who)| who == agent).map(|(run, _, _)| run),
            speaking_in_number: speaking.filter(|(_, _, who)| who == agent).map(|(_, number, _)| number),
            record: record(*agent, &turns, &ratings),
        });
    }
    Ok(cards)
}

pub async fn get(engine: &Engine, owner: UserId, agent: Agent) -> Result<AgentCard> {
    let all = list(engine, owner).await?;
    Ok(all.into_iter().find(|card| card.agent == agent).ok_or_else(|| Refusal::missing("agent"))?)
}

/// Lists the versions of an agent, newest first. The last one is built in.
pub async fn versions(engine: &Engine, agent: Agent) -> Result<Vec<AgentVersion>> {
    let mut all = agents::versions(&engine.db, agent).await?;
    all.push(built_in(agent));
    Ok(all)
}

/// Adds a version of an agent, in effect from its next step, and tells all live connections. Administrators
/// only.
pub async fn change(engine: &Engine, by: &User, agent: Agent, new: NewAgentVersion) -> Result<AgentVersion> {
    by.check_admin("Only an administrator of this server may change what agents are told.")?;
    let mut new = new.check()?;
    if new.prompt.is_empty() {
        new.prompt = default_role(agent).into();
    }
    let mut work = engine.begin().await?;
    let added = agents::add(&*work, agent, &new, &by.username, work.now()).await?;
    let added = added.ok_or_else(|| {
        Refusal::conflict(
            "Somebody has changed this agent meanwhile. Look at the new version, then change that.",
        )
    })?;
    work.audit(AuditAction::AgentChange, None, json!({ "agent": agent, "version": added.version }));
    let data = json!({ "agent": agent, "action": "changed", "version": added.version });
    let changed = Frame::fleeting(work.now(), EventKind::AgentUpdate, data);
    work.commit().await?;
    engine.hub.send_to_everyone(&changed);
    Ok(added)
}

/// Name of the model that speaks. An administrator names a model of the configured server; without a server
/// the built-in planner speaks.
fn speaks(engine: &Engine, current: &AgentVersion) -> String {
    let own = engine.model.name();
    current.model.clone().filter(|_| own != builtin::NAME).unwrap_or_else(|| own.to_owned())
}

/// The user's run in progress, with its number and the agent whose turn it is.
async fn speaking(engine: &Engine, owner: UserId) -> Result<Option<(RunId, i64, Agent)>> {
    let latest = runs::latest(&engine.db, owner).await?;
    let Some(run) = latest.filter(|run| run.status == RunStatus::Running) else { return Ok(None) };
    let (id, number, said) = (run.id, run.number, messages::of_run(&engine.db, run.id).await?);
    Ok(Some((id, number, Conversation::new(run, said, &engine.config.budgets).speaker())))
}

/// Sums up an agent's turns and ratings. A turn begins when the turn before it in the same run ended.
fn record(agent: Agent, turns: &[TurnLeft], ratings: &[AgentRatings]) -> AgentRecord {
    let mut record = AgentRecord::default();
    if let Some(ratings) = ratings.iter().find(|ratings| ratings.agent == agent) {
        (record.rated, record.liked) = (ratings.rated, ratings.liked);
    }
    let (mut seconds, mut runs): (f64, Vec<RunId>) = (0.0, Vec::new());
    for (n, turn) in turns.iter().enumerate().filter(|(_, turn)| turn.agent == agent) {
        let before = n.checked_sub(1).map(|n| &turns[n]).filter(|before| before.run_id == turn.run_id);
        let began = before.map_or(turn.began, |before| before.ended);
        seconds += ((turn.ended - began).as_seconds_f64() - turn.waited_seconds as f64).max(0.0);
        record.turns += 1;
        record.calls += turn.calls;
        record.calls_done += turn.calls_done;
        if !runs.contains(&turn.run_id) {
            runs.push(turn.run_id);
        }
    }
    record.runs = runs.len() as i64;
    record.turn_seconds = (record.turns > 0).then(|| seconds / record.turns as f64);
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DateTime, TimeDelta, Utc};

    fn turn(agent: Agent, run: i64, began: i64, ended: i64) -> TurnLeft {
        let at = |seconds| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(seconds);
        TurnLeft {
            agent,
            run_id: RunId(run),
            began: at(began),
            ended: at(ended),
            calls: 4,
            calls_done: 3,
            waited_seconds: 0,
        }
    }

    #[test]
    fn a_turns_time_counts_from_the_end_of_the_one_before() {
        use Agent::*;
        let turns = [turn(Discovery, 1, 2, 4), turn(Download, 1, 9, 10), turn(Download, 2, 0, 4)];
        let ratings = [(Discovery, 9, 0), (Download, 3, 2)];
        let ratings = ratings.map(|(agent, rated, liked)| AgentRatings { agent, rated, liked });
        let record = record(Download, &turns, &ratings);
        assert_eq!((record.turns, record.runs, record.turn_seconds), (2, 2, Some(5.0)));
        assert_eq!((record.rated, record.liked), (3, 2));
        assert_eq!((record.calls, record.calls_done), (8, 6));
    }

    #[test]
    fn the_wait_for_an_answer_is_not_the_agents_time() {
        let waited = TurnLeft { waited_seconds: 3_600, ..turn(Agent::Download, 1, 0, 3_604) };
        assert_eq!(record(Agent::Download, &[waited], &[]).turn_seconds, Some(4.0));
    }

    #[test]
    fn who_never_spoke_has_no_mean_time() {
        assert_eq!(record(Agent::Summarizer, &[], &[]), AgentRecord::default());
    }
}
