//! An OpenID Connect provider on loopback that tells the truth, or one lie.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use reqwest::Url;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use ring::{digest, hmac};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const CLIENT: &str = "smartcache";
pub const SECRET: &str = "secret with a space";
/// A key for tests, in PKCS#8.
const RSA: &[u8] = include_bytes!("rsa.pk8");

/// Changes of a token before and after it is signed, and of the answer that it is in.
#[derive(Clone, Default)]
pub struct Token {
    pub header: Value,
    pub claims: Value,
    /// Algorithm that really signs: `EdDSA`, `ES256`, `RS256`, `HS256` with the public key or the secret, `other`,
    /// or none.
    pub signer: String,
}

type Lie = Arc<dyn Fn(&mut Token) + Send + Sync>;
type SignedLie = Arc<dyn Fn(String) -> Value + Send + Sync>;

/// A code that was given out.
struct Grant {
    redirect_uri: String,
    nonce: String,
    challenge: String,
    /// Claims of the user who has signed in.
    subject: Value,
}

struct Inner {
    issuer: String,
    /// Metadata besides the endpoints that every provider has.
    more: Mutex<Value>,
    keys: Mutex<Value>,
    grants: Mutex<HashMap<String, Grant>>,
    /// Number of codes that were given out.
    codes: AtomicUsize,
    subject: Mutex<Value>,
    lie: Mutex<Lie>,
    answer: Mutex<SignedLie>,
    ed: Ed25519KeyPair,
    other: Ed25519KeyPair,
    ec: EcdsaKeyPair,
    rsa: RsaKeyPair,
    now: Box<dyn Fn() -> i64 + Send + Sync>,
}

#[derive(Clone)]
pub struct Provider(Arc<Inner>);

fn ed() -> Ed25519KeyPair {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap()
}

impl Provider {
    /// Starts a provider whose clock is `now`, in Unix seconds.
    pub async fn start(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (issuer, random) = (format!("http://{}", listener.local_addr().unwrap()), SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let inner = Inner {
            issuer,
            more: Mutex::new(json!({})),
            keys: Mutex::default(),
            grants: Mutex::default(),
            codes: AtomicUsize::default(),
            subject: Mutex::new(
                json!({ "sub": "ada-1", "preferred_username": "ada", "email": "ada@example.org" }),
            ),
            lie: Mutex::new(Arc::new(|_| {})),
            answer: Mutex::new(Arc::new(|token| json!({ "id_token": token, "token_type": "Bearer" }))),
            ed: ed(),
            other: ed(),
            ec,
            rsa: RsaKeyPair::from_pkcs8(RSA).unwrap(),
            now: Box::new(now),
        };
        let provider = Self(Arc::new(inner));
        *provider.0.keys.lock().unwrap() = provider.true_keys();
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    fn true_keys(&self) -> Value {
        let point = self.0.ec.public_key().as_ref();
        let rsa: PublicKeyComponents<Vec<u8>> = self.0.rsa.public().into();
        json!({ "keys": [
            { "kid": "ed", "kty": "OKP", "crv": "Ed25519", "use": "sig", "x": BASE64.encode(self.0.ed.public_key()) },
            { "kid": "ec", "kty": "EC", "crv": "P-256", "alg": "ES256", "x": BASE64.encode(&point[1..33]), "y": BASE64.encode(&point[33..]) },
            { "kid": "rsa", "kty": "RSA", "alg": "RS256", "use": "sig", "n": BASE64.encode(rsa.n), "e": BASE64.encode(rsa.e) },
            { "kid": "sealing", "kty": "OKP", "crv": "Ed25519", "use": "enc", "x": BASE64.encode(self.0.ed.public_key()) },
        ] })
    }

    /// Signs in as this subject from now on, with these claims.
    pub fn be(&self, subject: Value) {
        *self.0.subject.lock().unwrap() = subject;
    }

    /// Tells a lie in the tokens from now on.
    pub fn lie(&self, lie: impl Fn(&mut Token) + Send + Sync + 'static) {
        *self.0.lie.lock().unwrap() = Arc::new(lie);
    }

    /// Publishes this in the metadata from now on.
    pub fn publish(&self, more: Value) {
        *self.0.more.lock().unwrap() = more;
    }

    /// Changes the answers with tokens from now on.
    pub fn answer(&self, answer: impl Fn(String) -> Value + Send + Sync + 'static) {
        *self.0.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Tells the truth again.
    pub fn be_honest(&self) {
        self.lie(|_| {});
        self.answer(|token| json!({ "id_token": token }));
    }

    /// Lets the user of a browser sign in: takes the address that the browser was led to, and returns the path
    /// that it is led back to.
    pub fn sign_in(&self, url: &str) -> String {
        let url = Url::parse(url).unwrap();
        assert!(url.as_str().starts_with(&format!("{}/authorize?", self.0.issuer)), "{url}");
        let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(
            (
                asked["response_type"].as_str(),
                asked["client_id"].as_str(),
                asked["code_challenge_method"].as_str()
            ),
            ("code", CLIENT, "S256")
        );
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        let code = format!("code-{}", self.0.codes.fetch_add(1, Ordering::Relaxed));
        let [redirect_uri, nonce, challenge] =
            ["redirect_uri", "nonce", "code_challenge"].map(|name| asked[name].clone());
        let subject = self.0.subject.lock().unwrap().clone();
        let callback = Url::parse_with_params(
            &redirect_uri,
            [("code", &code), ("state", &asked["state"]), ("iss", &self.0.issuer)],
        );
        self.0.grants.lock().unwrap().insert(code, Grant { redirect_uri, nonce, challenge, subject });
        let callback = callback.unwrap();
        format!("{}?{}", callback.path(), callback.query().unwrap())
    }

    fn sign(&self, token: &Token) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(&token.header), part(&token.claims));
        let (bytes, random) = (message.as_bytes(), SystemRandom::new());
        let signature = match token.signer.as_str() {
            "EdDSA" => self.0.ed.sign(bytes).as_ref().to_vec(),
            "other" => self.0.other.sign(bytes).as_ref().to_vec(),
            "ES256" => self.0.ec.sign(&random, bytes).unwrap().as_ref().to_vec(),
            "RS256" => {
                let mut signature = vec![0; self.0.rsa.public().modulus_len()];
                self.0.rsa.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature).unwrap();
                signature
            }
            "HS256 with the public key" => mac(self.0.ed.public_key().as_ref(), bytes),
            "HS256 with the secret" => mac(SECRET.as_bytes(), bytes),
            _ => Vec::new(),
        };
        format!("{message}.{}", BASE64.encode(signature))
    }

    /// Public part of a key that the provider does not publish.
    pub fn foreign_key(&self) -> Value {
        json!({ "kid": "foreign", "kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(self.0.other.public_key()) })
    }
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
}

async fn metadata(State(provider): State<Provider>) -> Json<Value> {
    let issuer = &provider.0.issuer;
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
    });
    let more = provider.0.more.lock().unwrap().clone();
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Json(metadata)
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    Json(provider.0.keys.lock().unwrap().clone())
}

/// Takes each code once, from its client and with its verifier.
async fn token(
    State(provider): State<Provider>,
    headers: axum::http::HeaderMap,
    Form(asked): Form<HashMap<String, String>>,
) -> Response {
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:secret+with+a+space")));
    assert_eq!(headers["authorization"].to_str().unwrap(), basic);
    assert_eq!(asked["grant_type"], "authorization_code");
    let grant = provider.0.grants.lock().unwrap().remove(&asked["code"]);
    let challenge = digest::digest(&digest::SHA256, asked["code_verifier"].as_bytes());
    let Some(grant) = grant.filter(|grant| {
        grant.challenge == BASE64.encode(challenge) && grant.redirect_uri == asked["redirect_uri"]
    }) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    };
    let now = (provider.0.now)();
    let mut claims = json!({
        "iss": provider.0.issuer, "aud": CLIENT, "exp": now + 300, "iat": now, "auth_time": now,
        "nonce": grant.nonce,
    });
    claims.as_object_mut().unwrap().extend(grant.subject.as_object().unwrap().clone());
    let mut token = Token {
        header: json!({ "alg": "EdDSA", "kid": "ed", "typ": "JWT" }),
        claims,
        signer: "EdDSA".into(),
    };
    let (lie, answer) = (provider.0.lie.lock().unwrap().clone(), provider.0.answer.lock().unwrap().clone());
    lie(&mut token);
    Json(answer(provider.sign(&token))).into_response()
}
