//! Client of a chat endpoint with OpenAI's protocol: Ollama, llama.cpp, vLLM, OpenAI and others.
//!
//! `POST {base}/chat/completions` with tools and `stream: true`, as in OpenAI's API reference.

mod pace;
mod prompt;
mod reading;
#[cfg(all(test, feature = "testing"))]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_openai::types::stream::StreamResponse;
use async_trait::async_trait;
use futures::StreamExt;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Body, Response, StatusCode};
use serde_json::{Value, json};

use super::{Aloud, Filled, FormRequest, Model, ModelError, ModelReply, ModelRequest, Usage, Voice};
use crate::engine::config::{Endpoint, ModelTimeouts};
use pace::{RequestPace, RequestTimes};
use reading::ReplyReader;

/// Maximum number of bytes of one reply, with everything included.
const MAX_REPLY: usize = 8 << 20;
/// Maximum number of bytes of an error's body that are read.
const MAX_ERROR: usize = 2_000;
const BROKE_OFF: &str = "the connection broke off";
const SILENT: &str = "it did not answer in time";

pub struct OpenAi {
    endpoint: Endpoint,
    client: Client<OpenAIConfig>,
    whole: Duration,
    pace: RequestPace,
    /// Whether the server refused a schema and answered without one.
    knows_no_schemas: AtomicBool,
}

impl OpenAi {
    pub fn new(endpoint: Endpoint, timeouts: &ModelTimeouts) -> Result<Self, reqwest::Error> {
        // A client of its own, outside the egress guard: the URL is the administrator's
        // setting, not untrusted input.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.idle)
            .build()?;
        // Every option is set here, because unset ones are read from `OPENAI_*` environment variables.
        let config = OpenAIConfig::new()
            .with_api_base(endpoint.url.trim_end_matches('/'))
            .with_api_key(endpoint.key.as_str())
            .with_org_id("")
            .with_project_id("");
        let sending = http.clone();
        let client = Client::build(http, config).with_http_service(tower::service_fn(
            move |request: HttpRequestFactory| {
                let http = sending.clone();
                async move {
                    let sent = http.execute(request.build().await?).await;
                    accept(sent.map_err(|error| fault(&error))?).await
                }
            },
        ));
        Ok(Self {
            endpoint,
            client,
            whole: timeouts.whole,
            pace: RequestPace::default(),
            knows_no_schemas: AtomicBool::new(false),
        })
    }

    fn body(&self, voice: &Voice, messages: Vec<Value>) -> Value {
        let mut body = json!({
            "model": voice.model.as_deref().unwrap_or(&self.endpoint.model),
            "messages": messages,
            "stream": true,
            "stream_options": { "include_usage": true },
        });
        if let Some(temperature) = voice.temperature {
            body["temperature"] = temperature.into();
        }
        body
    }

    fn body_of(&self, request: &ModelRequest<'_>) -> Value {
        let tool = |spec: &super::ToolSpec| json!({ "type": "function", "function": spec });
        let mut body = self.body(request.voice, prompt::messages(request));
        if !request.tools.is_empty() {
            body["tools"] = request.tools.iter().map(tool).collect();
        }
        body
    }

    /// Reads one reply within the time limit. Requests as many tokens as fit into that time.
    async fn read(
        &self,
        mut body: Value,
        left: Duration,
        aloud: Aloud<'_>,
    ) -> Result<ModelReply, ModelError> {
        let whole = self.whole.min(left);
        body["max_tokens"] = self.pace.tokens_within(whole).into();
        let asked = body.to_string().len();
        let model = body["model"].as_str().unwrap_or_default().to_owned();
        let (mut reading, began) = (ReplyReader::default(), Instant::now());
        let mut times = RequestTimes::default();
        let read = tokio::time::timeout(whole, self.converse(body, &mut reading, &mut times, aloud)).await;
        let usage = reading.usage(asked);
        self.pace.learn(usage.output_tokens, began, &times);
        let broken = match read {
            Ok(Ok(())) => match reading.reply(model, usage) {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            },
            // The server has read the request, or may be reading it, so its tokens count.
            Ok(Err(error)) if times.accepted || is_unanswered(&error) => error,
            Ok(Err(error)) => return Err(error),
            Err(_) => ModelError::TimedOut(format!("no whole reply came within {} s", whole.as_secs())),
        };
        Err(broken.having_used(usage))
    }

    async fn converse(
        &self,
        body: Value,
        reading: &mut ReplyReader,
        times: &mut RequestTimes,
        aloud: Aloud<'_>,
    ) -> Result<(), ModelError> {
        let mut chunks: StreamResponse<Value> =
            self.client.chat().create_stream_byot(body).await.map_err(explain)?;
        times.accepted = true;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(explain)?;
            times.chunk();
            if reading.take(&chunk)? {
                aloud(reading.text());
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Model for OpenAi {
    fn name(&self) -> &str {
        &self.endpoint.model
    }

    async fn reply(&self, request: &ModelRequest<'_>, aloud: Aloud<'_>) -> Result<ModelReply, ModelError> {
        self.read(self.body_of(request), request.time_left, aloud).await
    }

    /// Fills a form with structured output. Servers without schema support are asked for plain JSON.
    async fn fill(&self, form: &FormRequest<'_>) -> Result<Filled, ModelError> {
        let body = |response_format: Value| {
            let task = format!("{}\nAnswer with JSON alone, of this schema: {}", form.system, form.schema);
            let messages = [("system", task.as_str()), ("user", form.text)];
            let messages = messages.map(|(role, content)| json!({ "role": role, "content": content }));
            let mut body = self.body(form.voice, messages.into());
            if !response_format.is_null() {
                body["response_format"] = response_format;
            }
            body
        };
        let schema = json!({ "name": form.name, "strict": true, "schema": form.schema });
        let mut read = Err(ModelError::wrong("it takes no schema"));
        let mut before = Usage::default();
        if !self.knows_no_schemas.load(Relaxed) {
            let body = body(json!({ "type": "json_schema", "json_schema": schema }));
            read = self.read(body, self.whole, &|_| ()).await;
        }
        if let Err(error) = &read
            && matches!(error.cause(), ModelError::Wrong(_))
        {
            before = error.clone().split().1.unwrap_or_default();
            read = self.read(body(Value::Null), self.whole, &|_| ()).await;
            self.knows_no_schemas.fetch_or(read.is_ok(), Relaxed);
        }
        let used = |usage: Option<Usage>| before.and(usage.unwrap_or_default());
        match read {
            Ok(ModelReply { text, usage, model, .. }) => match json_in(&text) {
                Some(value) => Ok(Filled { value, usage: used(usage), model }),
                None => Err(ModelError::wrong("it answered with no JSON").having_used(used(usage))),
            },
            Err(error) if before != Usage::default() => Err(error.having_used(before)),
            Err(error) => Err(error),
        }
    }
}

/// Returns the JSON object in a text, whatever surrounds it.
fn json_in(text: &str) -> Option<Value> {
    let (from, to) = (text.find('{')?, text.rfind('}')?);
    serde_json::from_str(text.get(from..=to)?).ok()
}

/// Passes an event stream on, bounded in size. Any other response becomes an error.
async fn accept(response: Response) -> Result<Response, OpenAIError> {
    let (status, headers) = (response.status(), response.headers().clone());
    if !status.is_success() {
        return Err(boxed(refused(status, &headers, &start_of(response).await)));
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("text/event-stream") {
        let why = format!("it answered with “{}” instead of a stream of events", text::brief(kind, 60));
        return Err(boxed(ModelError::wrong(why)));
    }
    let mut left = MAX_REPLY;
    let bounded = response.bytes_stream().map(move |chunk| {
        let chunk = chunk.map_err(|error| std::io::Error::other(fault(&error).to_string()))?;
        left = left
            .checked_sub(chunk.len())
            .ok_or_else(|| std::io::Error::other(format!("a reply of more than {MAX_REPLY} bytes")))?;
        Ok::<_, std::io::Error>(chunk)
    });
    let mut whole = http::Response::builder().status(status);
    whole.headers_mut().into_iter().for_each(|to| *to = headers.clone());
    let whole =
        whole.body(Body::wrap_stream(bounded)).map_err(|e| boxed(ModelError::wrong(e.to_string())))?;
    Ok(whole.into())
}

async fn start_of(response: Response) -> String {
    let (mut start, mut body) = (Vec::new(), response.bytes_stream());
    while let Some(Ok(chunk)) = body.next().await {
        start.extend_from_slice(&chunk[..chunk.len().min(MAX_ERROR - start.len())]);
        if start.len() >= MAX_ERROR {
            break;
        }
    }
    String::from_utf8_lossy(&start).into_owned()
}

fn refused(status: StatusCode, headers: &HeaderMap, body: &str) -> ModelError {
    let said = serde_json::from_str::<Value>(body).ok();
    let said = said.as_ref().and_then(|v| v.pointer("/error/message").or(v.get("error"))?.as_str());
    let said = said.map(|said| format!(": {}", text::brief(said, 200))).unwrap_or_default();
    let why = format!("it answered {}{said}", status.as_u16());
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ModelError::Unauthorized(why),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => waiting(why, headers),
        _ if status.is_server_error() => waiting(why, headers),
        _ => ModelError::wrong(why),
    }
}

/// Temporary failure with the time of Retry-After.
fn waiting(why: String, headers: &HeaderMap) -> ModelError {
    ModelError::Unavailable { why, after: egress::retry_after(headers, SystemTime::now()) }
}

fn fault(error: &reqwest::Error) -> ModelError {
    if error.is_connect() {
        ModelError::unavailable("it cannot be reached")
    } else if error.is_timeout() {
        ModelError::TimedOut(SILENT.into())
    } else {
        ModelError::unavailable(BROKE_OFF)
    }
}

/// Whether the request was sent without a response: the server may have read it.
fn is_unanswered(error: &ModelError) -> bool {
    match error {
        ModelError::TimedOut(_) => true,
        ModelError::Unavailable { why, .. } => why == BROKE_OFF,
        _ => false,
    }
}

fn boxed(error: ModelError) -> OpenAIError {
    OpenAIError::Boxed(Box::new(error))
}

impl From<ModelError> for OpenAIError {
    fn from(error: ModelError) -> Self {
        boxed(error)
    }
}

fn explain(error: OpenAIError) -> ModelError {
    match error {
        OpenAIError::Boxed(inner) => match inner.downcast::<ModelError>() {
            Ok(ours) => *ours,
            Err(other) => ModelError::unavailable(text::brief(&other.to_string(), 200)),
        },
        OpenAIError::JSONDeserialize(why, _) => ModelError::wrong(format!("it sent no JSON: {why}")),
        // An error within the event stream arrives as its text alone.
        OpenAIError::StreamError(why) if why.to_string().contains(SILENT) => {
            ModelError::TimedOut(SILENT.into())
        }
        OpenAIError::StreamError(why) => {
            ModelError::unavailable(format!("the reply broke off: {}", text::brief(&why.to_string(), 200)))
        }
        other => ModelError::unavailable(text::brief(&other.to_string(), 200)),
    }
}
