//! Lies of a provider, none of which is believed.

use both_databases::both_databases;
use serde_json::{Value, json};

use super::provider::{CLIENT, Provider, Token};
use super::{Stage, name};

/// Makes a provider lie.
type Tell = Box<dyn Fn(&Provider)>;
/// Makes an answer of a signed token.
type Answer = fn(String) -> Value;
type Lie = (&'static str, fn(&mut Token));

/// A change of one claim.
macro_rules! claim {
    ($name:literal, $value:expr) => {
        |token| token.claims[$name] = json!($value)
    };
}
macro_rules! without {
    ($name:literal) => {
        |token| drop(token.claims.as_object_mut().unwrap().remove($name))
    };
}

const LIES: &[Lie] = &[
    ("another issuer", claim!("iss", "https://evil.example")),
    ("an issuer with a slash", |token| {
        token.claims["iss"] = json!(token.claims["iss"].as_str().unwrap().to_owned() + "/");
    }),
    ("no issuer", without!("iss")),
    ("another audience", claim!("aud", "other")),
    ("audiences without us", claim!("aud", ["other", "others"])),
    ("no audiences", claim!("aud", [""; 0])),
    ("no audience", without!("aud")),
    ("several audiences without a party", claim!("aud", [CLIENT, "other"])),
    ("another party", claim!("azp", "other")),
    ("an end that is over", |token| token.claims["exp"] = json!(token.claims["iat"].as_i64().unwrap() - 61)),
    ("no end", without!("exp")),
    ("an end that is a text", claim!("exp", "tomorrow")),
    ("an impossible end", claim!("exp", i64::MAX)),
    ("a time to come", |token| token.claims["iat"] = json!(token.claims["iat"].as_i64().unwrap() + 120)),
    ("an old time", |token| token.claims["iat"] = json!(token.claims["iat"].as_i64().unwrap() - 700)),
    ("no time", without!("iat")),
    ("a begin to come", |token| token.claims["nbf"] = json!(token.claims["iat"].as_i64().unwrap() + 120)),
    ("no nonce", without!("nonce")),
    ("another nonce", claim!("nonce", "n-1")),
    ("no subject", without!("sub")),
    ("an empty subject", claim!("sub", "")),
    ("a subject that is a number", claim!("sub", 7)),
    ("a long subject", |token| token.claims["sub"] = json!("x".repeat(256))),
    ("no algorithm", |token| {
        token.header = json!({ "alg": "none", "kid": "ed" });
        token.signer.clear();
    }),
    ("an algorithm that is not named", |token| token.header = json!({ "kid": "ed" })),
    ("a code of the public key", |token| {
        token.header["alg"] = json!("HS256");
        token.signer = "HS256 with the public key".into();
    }),
    ("a code of the secret", |token| {
        token.header = json!({ "alg": "HS256" });
        token.signer = "HS256 with the secret".into();
    }),
    ("no signature", |token| token.signer.clear()),
    ("a signature of another key", |token| token.signer = "other".into()),
    ("a key that is not published", |token| {
        token.header["kid"] = json!("foreign");
        token.signer = "other".into();
    }),
    ("a key for sealing", |token| token.header["kid"] = json!("sealing")),
    ("a key of another algorithm", |token| token.header["alg"] = json!("ES256")),
    ("an algorithm that the key is not for", |token| {
        token.header = json!({ "alg": "PS256", "kid": "rsa" });
        token.signer = "RS256".into();
    }),
    ("an extension that must be known", |token| token.header["crit"] = json!(["exp"])),
];

#[both_databases]
async fn no_lie_of_a_provider_is_believed(stage: &Stage) {
    let Stage { app, provider, .. } = stage;
    let foreign = provider.foreign_key();
    let mut lies: Vec<(&str, Tell)> = Vec::new();
    for (what, lie) in LIES {
        lies.push((what, Box::new(move |provider| provider.lie(*lie))));
    }
    let own_key = move |token: &mut Token| {
        token.header = json!({ "alg": "EdDSA", "jwk": foreign });
        token.signer = "other".into();
    };
    lies.push(("a key in the token itself", Box::new(move |provider| provider.lie(own_key.clone()))));
    let answers: [(&str, Answer); 8] = [
        ("a changed claim", |token| changed(&token, 1)),
        ("a changed header", |token| changed(&token, 0)),
        ("a changed signature", |token| changed(&token, 2)),
        ("two parts", |token| json!({ "id_token": token.rsplit_once('.').unwrap().0 })),
        ("four parts", |token| json!({ "id_token": token + ".x" })),
        ("no token", |_| json!({ "access_token": "x" })),
        ("a token that is no text", |_| json!({ "id_token": 7 })),
        ("an endless answer", |token| json!({ "id_token": token, "more": "x".repeat(2 << 20) })),
    ];
    for (what, answer) in answers {
        lies.push((what, Box::new(move |provider| provider.answer(answer))));
    }
    assert!(lies.len() >= 30, "{}", lies.len());
    for (what, tell) in lies {
        provider.be_honest();
        tell(provider);
        let browser = app.stranger();
        let led = stage.led(&browser, "").await;
        assert!(
            ["/login?oidc=untrusted", "/login?oidc=unavailable"].contains(&led.as_str()),
            "{what}: {led}"
        );
        assert_eq!(name(&browser).await, None, "{what}");
    }
    provider.be_honest();
    let honest = app.stranger();
    assert_eq!(stage.led(&honest, "").await, "/");
    assert_eq!(name(&honest).await.as_deref(), Some("ada"), "no lie has made an account");
}

/// An answer in which one sign of a part of the token was changed.
fn changed(token: &str, part: usize) -> Value {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let middle = parts[part].len() / 2;
    let sign = if parts[part].as_bytes()[middle] == b'A' { "B" } else { "A" };
    parts[part].replace_range(middle..=middle, sign);
    json!({ "id_token": parts.join(".") })
}
