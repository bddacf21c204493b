//! Messages to an application of a Gotify server.

use reqwest::header::HeaderName;
use serde_json::json;

use super::address::ChannelAddress;
use super::answer::judged;
use super::message::{OutgoingMessage, SendFailure};
use super::{in_json, sensitive};
use crate::engine::{Engine, Result};

/// Priorities of Gotify, from 0 to 10; from 4 on a phone makes a sound.
const NORMAL: u8 = 5;
const HIGH: u8 = 8;

pub async fn send(
    engine: &Engine,
    address: &ChannelAddress,
    message: &OutgoingMessage,
) -> Result<Result<(), SendFailure>> {
    let OutgoingMessage { title, body, url, is_urgent, .. } = message;
    let text = if body.is_empty() { title } else { body };
    let content = json!({
        "title": title,
        "message": text,
        "priority": if *is_urgent { HIGH } else { NORMAL },
        "extras": { "client::notification": { "click": { "url": url } } },
    });
    let mut headers = in_json();
    headers.insert(HeaderName::from_static("x-gotify-key"), sensitive(&address.token)?);
    let at = format!("{}/message", address.url);
    Ok(judged(engine.egress.post(&at, headers, serde_json::to_vec(&content)?).await))
}
