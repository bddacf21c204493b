//! Message log of runs: texts, tool calls, results and handoffs, in order.

use super::sql::{all, args, execute, listed, one, row, sql, to_json, value};
use super::{ConnectionTrait, DbErr};
use crate::page::PageQuery;
use crate::run::{Agent, Message, MessageKind};
use crate::{DateTime, Page, RunId, UserId, Utc};
use serde_json::Value;

row!(Message { id, run_id, turn, agent, model, kind, text, call_id, created_at; data });

pub struct NewMessage<'a> {
    pub turn: i64,
    pub agent: Agent,
    pub model: &'a str,
    pub kind: MessageKind,
    pub text: &'a str,
    pub call_id: Option<&'a str>,
    pub data: &'a Value,
}

/// Appends a message. None if the same call or result exists, so that a repeated step is idempotent.
pub async fn insert(
    db: &impl ConnectionTrait,
    run: RunId,
    new: &NewMessage<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Message>, DbErr> {
    one(
        db,
        "INSERT INTO message (run_id, turn, agent, model, kind, text, call_id, data, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (run_id, call_id, kind) WHERE call_id IS NOT NULL DO NOTHING RETURNING *",
        args![
            run,
            new.turn,
            new.agent,
            new.model,
            new.kind,
            new.text,
            new.call_id.map(str::to_owned),
            to_json(new.data)?,
            now
        ],
    )
    .await
}

/// Whole conversation of a run, for the agents.
pub async fn of_run(db: &impl ConnectionTrait, run: RunId) -> Result<Vec<Message>, DbErr> {
    all(db, "SELECT * FROM message WHERE run_id = $1 ORDER BY id", args![run]).await
}

/// Messages shared by all agents of a run: texts and handoffs.
pub async fn shared(db: &impl ConnectionTrait, owner: UserId, run: RunId) -> Result<Vec<Message>, DbErr> {
    let sql = "SELECT m.* FROM message m JOIN run r ON r.id = m.run_id
        WHERE r.user_id = $1 AND m.run_id = $2 AND m.kind IN ('text', 'handoff') ORDER BY m.id";
    all(db, sql, args![owner, run]).await
}

/// Texts of a run and the results of these tools, in order.
pub async fn texts_and_results(
    db: &impl ConnectionTrait,
    owner: UserId,
    run: RunId,
    tools: &[&str],
) -> Result<Vec<Message>, DbErr> {
    let mut values = args![owner, run];
    let tools = listed(tools.iter().copied(), &mut values);
    let sql = sql!(
        "SELECT m.* FROM message m JOIN run r ON r.id = m.run_id WHERE r.user_id = $1 AND m.run_id = $2
           AND (m.kind = 'text' OR (m.kind = 'tool_result' AND m.text IN ({tools}))) ORDER BY m.id"
    );
    all(db, sql, values).await
}

/// Number of tool calls in the user's other runs that began since a time.
pub async fn calls_since(
    db: &impl ConnectionTrait,
    owner: UserId,
    but: RunId,
    since: DateTime<Utc>,
) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM run r JOIN message m ON m.run_id = r.id AND m.kind = 'tool_call'
        WHERE r.user_id = $1 AND r.id <> $2 AND r.created_at >= $3";
    Ok(value(db, sql, args![owner, but, since]).await?.unwrap_or_default())
}

/// Adds `answer` to tool calls that will not be executed any more, so that each call has a result.
pub async fn close_calls(
    db: &impl ConnectionTrait,
    run: RunId,
    answer: &Value,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO message (run_id, turn, agent, model, kind, text, call_id, data, created_at)
        SELECT c.run_id, c.turn, c.agent, c.model, 'tool_result', c.text, c.call_id, $2, $3 FROM message c
        WHERE c.run_id = $1 AND c.kind = 'tool_call' AND NOT EXISTS (SELECT 1 FROM message r
            WHERE r.run_id = c.run_id AND r.call_id = c.call_id AND r.kind = 'tool_result')
        ORDER BY c.id";
    execute(db, sql, args![run, to_json(answer)?, now]).await.map(|_| ())
}

pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    run: RunId,
    page: &PageQuery,
) -> Result<Page<Message>, DbErr> {
    let limit = page.limit();
    let rows = all(
        db,
        "SELECT m.* FROM message m JOIN run r ON r.id = m.run_id
         WHERE r.user_id = $1 AND m.run_id = $2 AND m.id > $3 ORDER BY m.id LIMIT $4",
        args![owner, run, page.after_id().unwrap_or_default(), limit + 1],
    )
    .await?;
    Ok(Page::cut(rows, limit, |m: &Message| m.id.to_string()))
}
