//! Choice of the speaker: the chat model if there is one and it answers, otherwise the built-in planner, so
//! that the commute is ready while the model is down.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use backoff::Backoff;
use parking_lot::{Mutex, MutexGuard};

use super::circuit_breaker::CircuitBreaker;
use super::openai::OpenAi;
use super::{
    Aloud, Filled, FormRequest, Model, ModelError, ModelReply, ModelRequest, Planner, Usage, effect,
};
use crate::engine::config::{Endpoint, ModelTimeouts};

/// Maximum number of attempts at one reply.
const ATTEMPTS: u32 = 3;
/// Longest pause between two attempts, and the longest Retry-After that is waited for.
const MAX_WAIT: Duration = Duration::from_secs(15);
/// Maximum number of characters quoted of a model's text that had no effect.
const MAX_SAID: usize = 120;

/// Tokens of failed replies, each with the name of its model.
type FailedUsage = Vec<(String, Usage)>;

pub struct FallbackModel {
    chat: Option<Arc<dyn Model>>,
    circuit_breaker: Mutex<CircuitBreaker>,
    pause: Duration,
    rest: Duration,
    /// Whether the planner does a turn that the model ends without effect.
    insists: bool,
}

/// Health of the chat model, for administrators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub name: String,
    /// Reason why the planner speaks instead at the moment.
    pub trouble: Option<String>,
}

impl FallbackModel {
    pub fn planner_alone() -> Self {
        Self::over(None, &ModelTimeouts::default())
    }

    pub fn new(endpoint: Option<Endpoint>, timeouts: &ModelTimeouts) -> Result<Self, reqwest::Error> {
        let chat = endpoint.map(|endpoint| OpenAi::new(endpoint, timeouts)).transpose()?;
        let chat = chat.map(|chat| Arc::new(chat) as Arc<dyn Model>);
        Ok(Self { insists: true, ..Self::over(chat, timeouts) })
    }

    pub fn over(chat: Option<Arc<dyn Model>>, timeouts: &ModelTimeouts) -> Self {
        Self {
            chat,
            circuit_breaker: Mutex::default(),
            pause: timeouts.pause,
            rest: timeouts.rest,
            insists: false,
        }
    }

    /// Like `reply`, but does not ask the model if a budget is spent. `spent` is the reason.
    pub async fn reply_within(
        &self,
        spent: Option<String>,
        request: &ModelRequest<'_>,
        aloud: Aloud<'_>,
    ) -> Result<ModelReply, ModelError> {
        match spent.filter(|_| self.chat.is_some()) {
            Some(why) => instead(request, aloud, why).await,
            None => self.reply(request, aloud).await,
        }
    }

    /// Whether a chat model is configured.
    pub fn has_chat(&self) -> bool {
        self.chat.is_some()
    }

    pub fn health(&self) -> Health {
        let trouble = self.chat.as_ref().and_then(|_| self.circuit_breaker().open_reason());
        Health { name: self.name().to_owned(), trouble }
    }

    fn circuit_breaker(&self) -> MutexGuard<'_, CircuitBreaker> {
        self.circuit_breaker.lock()
    }

    /// Returns the planner's next step in a turn that the model may not continue. `None` if the turn has had
    /// its effect, or if the planner has nothing to do either.
    pub async fn take_over(
        &self,
        request: &ModelRequest<'_>,
        why: &str,
    ) -> Result<Option<ModelReply>, ModelError> {
        let is_open = self.insists && self.chat.is_some() && !effect::has_effect(request);
        if !is_open || effect::planner_has_the_turn(request) {
            return Ok(None);
        }
        let planned = instead(request, &|_| (), why.to_owned()).await?;
        Ok(Some(planned).filter(|planned| !planned.tool_calls.is_empty()))
    }

    /// Accepts a reply that ends the turn only if the turn has had an effect.
    /// Otherwise the planner takes over.
    async fn insist(
        &self,
        chat: &dyn Model,
        request: &ModelRequest<'_>,
        reply: ModelReply,
    ) -> Result<ModelReply, ModelError> {
        if !reply.tool_calls.is_empty() {
            return Ok(reply);
        }
        let said = match text::brief(reply.text.trim(), MAX_SAID) {
            said if said.is_empty() => String::new(),
            said => format!(" and only said “{said}”"),
        };
        let name = request.voice.model.as_deref().unwrap_or(chat.name());
        let why = format!("The model {name} ended a turn without doing anything{said}.");
        match self.take_over(request, &why).await? {
            Some(planned) => {
                tracing::warn!(model = name, agent = %request.agent, "the built-in planner does a turn without effect");
                let used = reply.usage.map(|usage| (reply.model, usage));
                let broken = reply.broken.into_iter().chain(used).collect();
                Ok(ModelReply { broken, ..planned })
            }
            None => Ok(reply),
        }
    }

    /// Returns the model's reply, or the reason why there is none; with the tokens of failed attempts.
    async fn ask(
        &self,
        chat: &dyn Model,
        request: &ModelRequest<'_>,
        aloud: Aloud<'_>,
    ) -> Result<ModelReply, (String, FailedUsage)> {
        if let Some(why) = self.circuit_breaker().enter(self.rest) {
            return Err((why, FailedUsage::new()));
        }
        let name = request.voice.model.as_deref().unwrap_or(chat.name());
        let backoff = Backoff::new(self.pause, MAX_WAIT);
        let (mut attempt, mut broken) = (1, FailedUsage::new());
        loop {
            let (error, usage) = match chat.reply(request, aloud).await {
                Ok(mut reply) => {
                    *self.circuit_breaker() = CircuitBreaker::default();
                    broken.append(&mut reply.broken);
                    return Ok(ModelReply { broken, ..reply });
                }
                Err(error) => error.split(),
            };
            broken.extend(usage.map(|usage| (name.to_owned(), usage)));
            match error {
                ModelError::Unavailable { after, .. }
                    if attempt < ATTEMPTS && after.is_none_or(|after| after <= MAX_WAIT) =>
                {
                    let pause = backoff.full_jitter(i64::from(attempt) - 1, rand::random());
                    tokio::time::sleep(after.unwrap_or_default().max(pause)).await;
                    attempt += 1;
                }
                error => return Err((self.circuit_breaker().fail(&error, self.rest), broken)),
            }
        }
    }
}

#[async_trait]
impl Model for FallbackModel {
    fn name(&self) -> &str {
        self.chat.as_ref().map_or(super::builtin::NAME, |chat| chat.name())
    }

    /// Asks the model to fill a form, without a retry, because callers can do without it. An invalid answer
    /// leaves the circuit breaker as it is.
    async fn fill(&self, form: &FormRequest<'_>) -> Result<Filled, ModelError> {
        let Some(chat) = &self.chat else { return Planner.fill(form).await };
        if let Some(why) = self.circuit_breaker().enter(self.rest) {
            return Err(ModelError::unavailable(why));
        }
        let filled = chat.fill(form).await;
        match &filled {
            Ok(_) => *self.circuit_breaker() = CircuitBreaker::default(),
            Err(error) if matches!(error.cause(), ModelError::Wrong(_)) => {}
            Err(error) => {
                self.circuit_breaker().fail(error.cause(), self.rest);
            }
        }
        filled
    }

    async fn reply(&self, request: &ModelRequest<'_>, aloud: Aloud<'_>) -> Result<ModelReply, ModelError> {
        let Some(chat) = &self.chat else { return Planner.reply(request, aloud).await };
        if self.insists && effect::planner_has_the_turn(request) {
            return Planner.reply(request, aloud).await;
        }
        match self.ask(chat.as_ref(), request, aloud).await {
            Ok(reply) => self.insist(chat.as_ref(), request, reply).await,
            Err((why, broken)) => {
                tracing::warn!(model = chat.name(), why, "the built-in planner speaks for the model");
                let why = why.trim_end_matches('.');
                let why = format!("The model {} is out: {why}.", chat.name());
                Ok(ModelReply { broken, ..instead(request, aloud, why).await? })
            }
        }
    }
}

/// Returns the planner's reply in place of the model's, with the reason.
async fn instead(
    request: &ModelRequest<'_>,
    aloud: Aloud<'_>,
    why: String,
) -> Result<ModelReply, ModelError> {
    let reply = Planner.reply(request, aloud).await?;
    Ok(ModelReply { degraded: Some(why), ..reply })
}
