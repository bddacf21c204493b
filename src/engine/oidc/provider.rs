//! Requests to the provider: its metadata, its keys, and the exchange of a code (OpenID Connect
//! Discovery 1.0, RFC 6749).

use std::time::Duration;

use jsonwebtoken::jwk::JwkSet;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

use crate::domain::{DateTime, TimeDelta, Utc};
use crate::engine::config::OidcSettings;
use crate::engine::{Error, Result};

/// Time-out of a request.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum number of bytes of an answer.
const MAX_ANSWER: usize = 1 << 20;
/// Time for which metadata and keys are kept.
const KEPT: TimeDelta = TimeDelta::hours(1);
/// Time before which keys are not fetched again for a token with an unknown one.
const KEYS_KEPT: TimeDelta = TimeDelta::minutes(1);

/// Metadata of a provider.
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    issuer: String,
    pub authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    /// Address at which a user signs out there (OpenID Connect RP-Initiated Logout 1.0). None if it has none.
    #[serde(default)]
    pub end_session_endpoint: Option<Url>,
}

#[derive(Clone)]
struct Known {
    at: DateTime<Utc>,
    metadata: Metadata,
    keys: JwkSet,
    keys_at: DateTime<Utc>,
}

/// The configured provider.
pub struct OidcProvider {
    pub settings: OidcSettings,
    http: Client,
    known: Mutex<Option<Known>>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

impl OidcProvider {
    pub fn new(settings: OidcSettings) -> Result<Self> {
        super::verifier::install();
        // A client of its own, outside the egress guard: the issuer is the administrator's setting.
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .map_err(Error::fault)?;
        Ok(Self { settings, http, known: Mutex::default() })
    }

    /// Metadata and keys, fetched once an hour. One request is under way at a time.
    pub async fn metadata(&self, now: DateTime<Utc>) -> Result<Metadata> {
        Ok(self.known(now).await?.metadata)
    }

    /// Keys of the provider. `is_enough` says whether they have the one that is looked for; if not, they are
    /// fetched again, once a minute at most.
    pub async fn keys(&self, now: DateTime<Utc>, is_enough: impl Fn(&JwkSet) -> bool) -> Result<JwkSet> {
        let known = self.known(now).await?;
        if is_enough(&known.keys) || now - known.keys_at < KEYS_KEPT {
            return Ok(known.keys);
        }
        let keys: JwkSet = self.get(known.metadata.jwks_uri.clone()).await?;
        *self.known.lock().await = Some(Known { keys: keys.clone(), keys_at: now, ..known });
        Ok(keys)
    }

    async fn known(&self, now: DateTime<Utc>) -> Result<Known> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| now - known.at < KEPT) {
            return Ok(known.clone());
        }
        let issuer = self.settings.issuer.trim_end_matches('/');
        let url = Url::parse(&format!("{issuer}/.well-known/openid-configuration")).map_err(Error::fault)?;
        let metadata: Metadata = self.get(url).await?;
        if metadata.issuer != self.settings.issuer {
            let why = format!("the provider {} calls itself {}", self.settings.issuer, metadata.issuer);
            return Err(Error::fault(why));
        }
        let is_https = issuer.starts_with("https:");
        let endpoints = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        let is_fine = |url: &Url| url.scheme() == "https" || (url.scheme() == "http" && !is_https);
        if !endpoints.into_iter().chain(&metadata.end_session_endpoint).all(is_fine) {
            return Err(Error::fault(format!("the provider {issuer} names an address without https")));
        }
        let keys = self.get(metadata.jwks_uri.clone()).await?;
        Ok(known.insert(Known { at: now, metadata, keys, keys_at: now }).clone())
    }

    /// Exchanges a code for an ID token. The code is bound to `verifier` (PKCE, RFC 7636).
    pub async fn exchange(
        &self,
        now: DateTime<Utc>,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<String> {
        let OidcSettings { client_id, client_secret, .. } = &self.settings;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let mut request = self.http.post(self.metadata(now).await?.token_endpoint);
        match client_secret.0.as_str() {
            "" => fields.push(("client_id", client_id)),
            // Encoded as in a form before they are joined (RFC 6749, 2.3.1).
            secret => request = request.basic_auth(encoded(client_id), Some(encoded(secret))),
        }
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        Ok(answer::<TokenAnswer>(request).await?.id_token)
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T> {
        answer(self.http.get(url)).await
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Reads a JSON answer of status 200.
async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T> {
    let mut response = request.send().await.map_err(|error| Error::fault(error.without_url()))?;
    if response.status() != 200 {
        return Err(Error::fault(format!("the OpenID provider answers with {}", response.status())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Error::fault(error.without_url()))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Error::fault("the OpenID provider's answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(Error::fault)
}
