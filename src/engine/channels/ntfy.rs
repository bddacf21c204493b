//! Messages to a topic of ntfy, published as JSON at the root of its server.

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::json;
use url::Url;

use super::address::ChannelAddress;
use super::answer::judged;
use super::message::{OutgoingMessage, SendFailure};
use super::{in_json, sensitive};
use crate::engine::{Engine, Error, Result};

/// Priorities of ntfy, from 1 to 5.
const NORMAL: u8 = 3;
const HIGH: u8 = 4;

pub async fn send(
    engine: &Engine,
    address: &ChannelAddress,
    message: &OutgoingMessage,
) -> Result<Result<(), SendFailure>> {
    let mut server = Url::parse(&address.url).map_err(Error::fault)?;
    let topic = server.path().trim_matches('/').to_owned();
    server.set_path("/");
    let OutgoingMessage { title, body, url, is_urgent, .. } = message;
    // A message without a text would be shown as "triggered".
    let text = if body.is_empty() { title } else { body };
    let priority = if *is_urgent { HIGH } else { NORMAL };
    let content =
        json!({ "topic": topic, "title": title, "message": text, "click": url, "priority": priority });
    let mut headers: HeaderMap<HeaderValue> = in_json();
    if !address.token.is_empty() {
        headers.insert(AUTHORIZATION, sensitive(&format!("Bearer {}", address.token))?);
    }
    Ok(judged(engine.egress.post(server.as_str(), headers, serde_json::to_vec(&content)?).await))
}
