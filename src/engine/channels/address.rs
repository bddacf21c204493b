//! Address of a channel with its tokens, checked when it is added and stored sealed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use egress::host;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use super::mail;
use crate::domain::channel::{ChannelKind, NewChannel};
use crate::domain::{Refusal, UserId};
use crate::engine::accounts::random_bytes;
use crate::engine::{Engine, Result};

/// Lengths of the keys of a push subscription in bytes: an uncompressed point of P-256, and a secret
/// (RFC 8291, 3.1 and 3.2).
const POINT: usize = 65;
const AUTH: usize = 16;
/// Bytes of the secret that signs the messages of a webhook.
const SIGNING_SECRET: usize = 32;

/// Bytes of the code that confirms a mail address (ASVS 5.0.0, 11.5.1). Tries are limited, too.
const CODE: usize = 16;

/// All that is needed to send to a channel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelAddress {
    /// Endpoint, address of the topic, the server or the webhook; or a mail address.
    pub url: String,
    /// Access token of ntfy (may be empty) or Gotify, signing secret of a webhook, code of a mail address.
    #[serde(default)]
    pub token: String,
    /// Keys of a push subscription, in base64url.
    #[serde(default)]
    pub p256dh: String,
    #[serde(default)]
    pub auth: String,
}

/// Redacted: an address may be a secret, too.
impl fmt::Debug for ChannelAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelAddress")
    }
}

impl ChannelAddress {
    /// Checks a new channel's address as far as its text shows. The guard checks it again at every message.
    ///
    /// # Errors
    /// Invalid, with the field and the reason.
    pub fn check(engine: &Engine, kind: ChannelKind, new: NewChannel) -> Result<Self> {
        let NewChannel { target, token, p256dh, auth, .. } = new;
        let mut address = Self { url: target, token: token.0, p256dh, auth: auth.0 };
        match kind {
            ChannelKind::Push => address.check_push(engine)?,
            ChannelKind::Ntfy => {
                let url = address.check_url(engine)?;
                let topic = url.path().trim_matches('/');
                let is_topic = !topic.is_empty() && topic.len() <= 64 && !topic.contains('/');
                if !is_topic || url.query().is_some() {
                    let why = "Give the address of a topic, such as https://ntfy.sh/my-secret-topic.";
                    return Err(Refusal::field("target", why).into());
                }
            }
            ChannelKind::Gotify => {
                let mut url = address.check_url(engine)?;
                url.set_query(None);
                address.url = url.as_str().trim_end_matches('/').to_owned();
            }
            ChannelKind::Webhook => {
                address.check_url(engine)?;
                address.token = STANDARD.encode(random_bytes::<SIGNING_SECRET>()?);
            }
            ChannelKind::Mail => {
                mail::check(engine, &address.url)?;
                address.token = hex::encode(random_bytes::<CODE>()?);
            }
        }
        Ok(address)
    }

    fn check_url(&self, engine: &Engine) -> Result<Url> {
        let checked = engine.egress.check(&self.url);
        let mut url = checked.map_err(|why| Refusal::field("target", why.to_string()))?;
        url.set_fragment(None);
        Ok(url)
    }

    fn check_push(&self, engine: &Engine) -> Result<()> {
        let url = self.check_url(engine)?;
        if !engine.config.channels.knows_push_service(&url) {
            let why = "This is not an address of a push service that the server knows. Its owner can allow more by \
                       setting.";
            return Err(Refusal::field("target", why).into());
        }
        for (field, text, length) in [("p256dh", &self.p256dh, POINT), ("auth", &self.auth, AUTH)] {
            if bytes_of(text).is_none_or(|bytes| bytes.len() != length) {
                return Err(Refusal::field(field, "This is not the key of a push subscription.").into());
            }
        }
        Ok(())
    }

    /// The part that is shown.
    pub fn shown(&self, kind: ChannelKind) -> String {
        if kind == ChannelKind::Mail { self.url.clone() } else { host(&self.url) }
    }

    /// Hash by which channels are compared, and named in the log.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.url))
    }

    /// Secret that the user enters where the messages are verified.
    pub fn signing_secret(&self, kind: ChannelKind) -> Option<String> {
        (kind == ChannelKind::Webhook).then(|| format!("whsec_{}", self.token))
    }

    pub fn seal(&self, engine: &Engine, owner: UserId) -> Result<String> {
        engine.secrets.seal(&serde_json::to_vec(self)?, &context(owner))
    }

    /// Opens an address. None if it was sealed with another key.
    pub fn unseal(engine: &Engine, owner: UserId, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&engine.secrets.unseal(sealed, &context(owner))?).ok()
    }
}

fn context(owner: UserId) -> String {
    format!("channel {owner}")
}

/// Decodes base64url, with padding or without.
pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}
