//! Turns per second of the agent team, compared with AutoGen's round robin, on one machine in one run.
//!
//! `make bench-agents`: no-op agents in memory, the same with every message durable in SQLite, and agents
//! that call a chat endpoint over HTTP. AutoGen runs in its own Python (`autogen.py`) against that endpoint.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has failed")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::{Value, json};
use smartcache::domain::TimeDelta;
use smartcache::domain::page::PageQuery;
use smartcache::domain::run::{Agent, NewRun, Run, RunStatus};
use smartcache::domain::{DateTime, RunId, Utc};
use smartcache::engine::config::Budgets;
use smartcache::engine::config::ModelTimeouts;
use smartcache::engine::models::openai::OpenAi;
use smartcache::engine::models::{Aloud, Model, ModelError, ModelReply, ModelRequest, Voice};
use smartcache::engine::runs;
use smartcache::engine::{Config, start};
use smartcache::testing::chat::{Answer, Chat, KEY, MODEL};
use smartcache::testing::{Backend, Ground, TestEngine};
use team::testing::{Entry, NoOp, Speaker, Table, Task, Turn};
use team::{Condition, Team};
use tokio_util::sync::CancellationToken;

const ROUNDS: usize = 5;
/// Turns without a model, and with a model over HTTP.
const TURNS: u64 = 4_000;
const ASKED: u64 = 300;
const NAMES: [&str; 3] = ["discovery", "download", "summarizer"];

/// Figures of one program for one task.
struct Figures {
    turns: u64,
    seconds: f64,
    state: Option<usize>,
    memory: u64,
}

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let python = std::env::args().skip(1).find(|arg| arg.ends_with("python"));
    let chat = Chat::start(|_| Answer::says("ok")).await;
    let mut rows: Vec<(&str, &str, Vec<Figures>)> = Vec::new();
    for _ in 0..ROUNDS {
        add(&mut rows, "in memory", "SmartCache", in_memory().await);
        add(&mut rows, "durable in SQLite", "SmartCache", durable(Arc::new(SaysOk), TURNS).await);
        add(&mut rows, "over HTTP, in memory", "SmartCache", over_http(&chat).await);
        let model = OpenAi::new(chat.endpoint(), &ModelTimeouts::default()).unwrap();
        add(&mut rows, "over HTTP, durable", "SmartCache", durable(Arc::new(model), ASKED).await);
        if let Some(python) = &python {
            add(&mut rows, "in memory", "AutoGen", autogen(python, None).await);
            add(&mut rows, "over HTTP, in memory", "AutoGen", autogen(python, Some(&chat.url)).await);
        }
    }
    println!("| task | program | turns | turns a second | state | memory above the start |");
    println!("|---|---|---|---|---|---|");
    rows.sort_by_key(|(task, program, _)| (*task, *program));
    for (task, program, all) in &rows {
        let rate = median(all.iter().map(|figures| figures.turns as f64 / figures.seconds).collect());
        let state = all[0].state.map_or("".into(), |bytes| format!("{} kB", bytes / 1_000));
        let memory = median(all.iter().map(|figures| figures.memory as f64 / 1e6).collect());
        println!("| {task} | {program} | {} | {rate:.0} | {state} | {memory:.0} MB |", all[0].turns);
    }
}

fn add(
    rows: &mut Vec<(&'static str, &'static str, Vec<Figures>)>,
    task: &'static str,
    program: &'static str,
    figures: Figures,
) {
    eprintln!("{task} {program}: {} turns in {:.2} s", figures.turns, figures.seconds);
    match rows.iter_mut().find(|row| row.0 == task && row.1 == program) {
        Some(row) => row.2.push(figures),
        None => rows.push((task, program, vec![figures])),
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4_096
}

async fn at_a_table(speaker: Arc<dyn Speaker>, turns: u64) -> Figures {
    let team = Team::of("team", NAMES, Some(Condition::Turns(turns))).unwrap();
    let mut table = Table::new(team, Arc::new(Utc::now), NAMES.map(|name| (name, speaker.clone())));
    table.window = 24;
    let (before, began) = (resident(), Instant::now());
    table.run(Task::Words("go".into()), &CancellationToken::new()).await;
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(table.state().turns(), turns);
    let state = serde_json::to_vec(table.entries()).unwrap().len();
    Figures { turns, seconds, state: Some(state), memory: resident().saturating_sub(before) }
}

async fn in_memory() -> Figures {
    at_a_table(Arc::new(NoOp), TURNS).await
}

/// A speaker that calls the endpoint in each turn.
struct Asks(OpenAi);

#[async_trait]
impl Speaker for Asks {
    async fn speak(&self, _: &[Entry], turn: &mut Turn<'_>) -> Result<(), String> {
        let run = Run::new(RunId(1), RunStatus::Running, DateTime::UNIX_EPOCH);
        let request = ModelRequest {
            time_left: std::time::Duration::from_secs(60),
            agent: turn.me.parse().unwrap_or(Agent::Discovery),
            system: "You are one of three.",
            feedback: "",
            run: &run,
            turn: 1,
            earlier: &[],
            conversation: &[],
            tools: &[],
            voice: &Voice::default(),
        };
        let reply = self.0.reply(&request, &|_| ()).await.map_err(|error| error.to_string())?;
        turn.say(&reply.text);
        Ok(())
    }
}

async fn over_http(chat: &Chat) -> Figures {
    at_a_table(Arc::new(Asks(OpenAi::new(chat.endpoint(), &ModelTimeouts::default()).unwrap())), ASKED).await
}

struct SaysOk;

#[async_trait]
impl Model for SaysOk {
    fn name(&self) -> &str {
        "ok"
    }

    async fn reply(&self, _: &ModelRequest<'_>, _: Aloud<'_>) -> Result<ModelReply, ModelError> {
        Ok(ModelReply { model: "ok".into(), ..ModelReply::says("ok") })
    }
}

/// Measures the product itself: a run with its job, and a row per message and frame.
async fn durable(model: Arc<dyn Model>, turns: u64) -> Figures {
    let ground = Ground::new(Backend::Sqlite).await.unwrap();
    let day = TimeDelta::days(1);
    let budgets = Budgets {
        turns,
        time: day,
        turn_time: day,
        tokens: i64::MAX,
        daily_tokens: i64::MAX,
        idle_rounds: u64::MAX / 4,
        ..Budgets::default()
    };
    let config = Config { budgets, lease: Duration::from_secs(30), ..ground.config() };
    let database = config.data_dir.join("test.db");
    let t = TestEngine::set(ground, config, model).await;
    let owner = t.sign_up("ada").await.id;
    let workers = start::work(t.engine.clone()).await.unwrap();
    let (before, began) = (resident(), Instant::now());
    let run = runs::start(&t.engine, owner, NewRun::default()).await.unwrap().id;
    let over = loop {
        let run = runs::get(&t.engine, owner, run).await.unwrap();
        if run.status.is_over() {
            break run;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!((over.status, over.turns as u64), (RunStatus::Completed, turns), "{over:?}");
    let memory = resident().saturating_sub(before);
    workers.shutdown().await;
    let state = size(&t, owner, run).await;
    assert!(std::fs::metadata(&database).unwrap().len() > 0);
    t.clear().await;
    Figures { turns, seconds, state: Some(state), memory }
}

/// Size in bytes of the conversation as REST returns it.
async fn size(t: &TestEngine, owner: smartcache::domain::UserId, run: RunId) -> usize {
    let (mut bytes, mut page) = (0, PageQuery { limit: Some(200), cursor: None });
    loop {
        let told = runs::messages(&t.engine, owner, run, &page).await.unwrap();
        bytes += serde_json::to_vec(&told.data).unwrap().len();
        match told.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => return bytes,
        }
    }
}

async fn autogen(python: &str, url: Option<&str>) -> Figures {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/agents/autogen.py");
    let asked =
        json!({ "turns": if url.is_some() { ASKED } else { TURNS }, "url": url, "key": KEY, "model": MODEL });
    let ran = tokio::process::Command::new(python).arg(script).arg(asked.to_string()).output().await.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    Figures {
        turns: told["turns"].as_u64().unwrap(),
        seconds: told["seconds"].as_f64().unwrap(),
        state: told["state"].as_u64().map(|bytes| bytes as usize),
        memory: told["memory"].as_u64().unwrap(),
    }
}
