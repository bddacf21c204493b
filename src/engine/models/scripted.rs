//! A model for tests that replies with a script, step by step, for every agent.

use std::collections::VecDeque;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::Value;

use super::{Aloud, Model, ModelError, ModelReply, ModelRequest};

pub struct Scripted(Mutex<VecDeque<ModelReply>>);

impl Scripted {
    /// A model with a script. After its end, every turn ends without text.
    pub fn new(script: impl IntoIterator<Item = ModelReply>) -> Self {
        Self(Mutex::new(script.into_iter().collect()))
    }
}

/// A step that says `text` and ends the turn.
pub fn says(text: &str) -> ModelReply {
    ModelReply::says(text)
}

/// A step that calls one tool.
pub fn calls(tool: &str, arguments: Value) -> ModelReply {
    ModelReply::nothing().and_calls(tool, arguments)
}

/// A step that ends the turn without text.
pub fn passes() -> ModelReply {
    ModelReply::nothing()
}

#[async_trait]
impl Model for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    async fn reply(&self, _: &ModelRequest<'_>, _: Aloud<'_>) -> Result<ModelReply, ModelError> {
        let next = self.0.lock().pop_front();
        Ok(ModelReply { model: self.name().into(), ..next.unwrap_or_default() })
    }
}
