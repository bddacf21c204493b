//! Messages to a webhook: JSON, signed as Standard Webhooks (version 1) describes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderName, HeaderValue};
use ring::hmac;
use serde_json::json;

use super::address::ChannelAddress;
use super::answer::judged;
use super::in_json;
use super::message::{OutgoingMessage, SendFailure};
use crate::engine::{Engine, Error, Result};

pub async fn send(
    engine: &Engine,
    address: &ChannelAddress,
    message: &OutgoingMessage,
) -> Result<Result<(), SendFailure>> {
    let OutgoingMessage { id, kind, group, title, body, url, at, .. } = message;
    let data = json!({ "id": id, "kind": kind, "group": group, "title": title, "body": body, "url": url });
    let kind = if *kind == "test" { "test" } else { "notification" };
    let content = serde_json::to_vec(&json!({ "type": kind, "timestamp": at, "data": data }))?;
    let secret = STANDARD.decode(&address.token).map_err(Error::fault)?;
    let time = engine.now().timestamp().to_string();
    let signature = signature(&secret, id, &time, &content);
    let mut headers = in_json();
    for (name, value) in [("webhook-id", id), ("webhook-timestamp", &time), ("webhook-signature", &signature)]
    {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).map_err(Error::fault)?);
    }
    Ok(judged(engine.egress.post(&address.url, headers, content).await))
}

/// HMAC-SHA256 over id, time and body, in base64 behind its version.
fn signature(secret: &[u8], id: &str, time: &str, body: &[u8]) -> String {
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), &signed);
    format!("v1,{}", STANDARD.encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Example of the specification's reference libraries.
    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64");
        let signed =
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
