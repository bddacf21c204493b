//! Partial text of a model's reply as non-durable frames. Nothing is stored before the reply is complete.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::json;

use crate::domain::event::{EventKind, Frame};
use crate::domain::run::Agent;
use crate::domain::{RunId, UserId};
use crate::engine::Engine;

/// Minimum time between two frames of one reply.
const PACE: Duration = Duration::from_millis(250);
/// Maximum number of bytes shown of an incomplete reply, from its end.
const MAX_SHOWN: usize = 2_000;

pub struct PartialReply<'a> {
    engine: &'a Engine,
    owner: UserId,
    run: RunId,
    agent: Agent,
    told: Mutex<Option<Instant>>,
}

impl<'a> PartialReply<'a> {
    pub fn new(engine: &'a Engine, owner: UserId, run: RunId, agent: Agent) -> Self {
        Self { engine, owner, run, agent, told: Mutex::default() }
    }

    /// Takes the whole text received so far.
    pub fn hear(&self, words: &str) {
        let mut told = self.told.lock();
        if told.is_some_and(|last| last.elapsed() < PACE) {
            return;
        }
        *told = Some(Instant::now());
        let text = text::tail(words, MAX_SHOWN);
        let data = json!({ "agent": self.agent, "action": "writing", "text": text });
        let mut frame = Frame::fleeting(self.engine.now(), EventKind::AgentUpdate, data);
        frame.run_id = Some(self.run);
        self.engine.hub.send(self.owner, &frame);
    }
}
