//! Identification of this server to push services (VAPID, RFC 8292): an ES256 token under a key that all
//! processes share.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;
use url::Url;

use crate::db::channels;
use crate::domain::{DateTime, TimeDelta, Utc};
use crate::engine::{Engine, Error, Result};

/// Lifetime of a token; at most a day is allowed (RFC 8292, 2).
const LIFETIME: TimeDelta = TimeDelta::hours(12);
/// Context to which the key is sealed.
const CONTEXT: &str = "push key";

/// Reason why the stored key cannot be used.
const OTHER_FILE: &str = "the key of push messages was sealed with another key file than the one in this data directory; put that file back";

/// Key pair of the installation.
pub struct VapidKey(EcdsaKeyPair);

impl VapidKey {
    /// The key in the database, sealed like all secrets there, or a new one if there is none.
    ///
    /// # Errors
    /// A fault if this process has another key file than the one that sealed it. It is not replaced: one
    /// process with a wrong file would end the push channels of all users.
    pub async fn of(engine: &Engine) -> Result<Self> {
        if let Some(sealed) = channels::push_key(&engine.db).await? {
            return Self::unseal(engine, &sealed).ok_or_else(|| Error::fault(OTHER_FILE));
        }
        let new = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let new = new.map_err(|_| Error::fault("no key for push messages could be made"))?;
        let sealed = engine.secrets.seal(new.as_ref(), CONTEXT)?;
        let work = engine.begin().await?;
        channels::add_push_key(&*work, &sealed).await?;
        work.commit().await?;
        // Another process may have been first.
        let stored = channels::push_key(&engine.db).await?;
        let key = stored.as_deref().and_then(|sealed| Self::unseal(engine, sealed));
        key.ok_or_else(|| Error::fault(OTHER_FILE))
    }

    fn unseal(engine: &Engine, sealed: &str) -> Option<Self> {
        let pkcs8 = engine.secrets.unseal(sealed, CONTEXT)?;
        let random = SystemRandom::new();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &random).ok().map(Self)
    }

    /// Public key as browsers take it, in base64url.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.public_key().as_ref())
    }

    /// `Authorization` header for an endpoint.
    pub fn authorization(&self, endpoint: &Url, contact: &str, now: DateTime<Utc>) -> Result<String> {
        let header = json!({ "typ": "JWT", "alg": "ES256" });
        let mut claims = json!({
            "aud": endpoint.origin().ascii_serialization(),
            "exp": (now + LIFETIME).timestamp(),
        });
        // Services accept a contact by https or mail only.
        if contact.starts_with("https://") || contact.starts_with("mailto:") {
            claims["sub"] = contact.into();
        }
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| Error::fault("a push token could not be signed"))?;
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        Ok(format!("vapid t={token}, k={}", self.public()))
    }
}
