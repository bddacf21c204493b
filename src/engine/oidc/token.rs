//! Validation of an ID token (OpenID Connect Core 1.0, 3.1.3.7), with the numbers of its steps.

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::verifier::ALGORITHMS;
use crate::domain::{DateTime, TimeDelta, Utc};

/// Difference between the clocks of provider and server that is forgiven.
const LEEWAY: TimeDelta = TimeDelta::minutes(1);
/// Maximum age of a token.
const MAX_AGE: TimeDelta = TimeDelta::minutes(10);
/// Maximum bytes of a subject (OpenID Connect Core 1.0, 2).
const MAX_SUBJECT: usize = 255;

/// Claims that a token must have.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: DateTime<Utc>,
    /// Time after which the user must have authenticated; none where any time will do.
    pub authenticated_after: Option<DateTime<Utc>>,
}

/// Claims of a valid token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    iss: String,
    pub sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    auth_time: Option<i64>,
    #[serde(default)]
    pub preferred_username: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
    /// All other claims.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Key that a token's header names: the only one with its id, or the only one that fits where there is no id.
pub fn key<'a>(keys: &'a JwkSet, header: &Header) -> Option<&'a Jwk> {
    let is_for_signatures = |key: &&Jwk| {
        !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_)))
    };
    let fits = |key: &&Jwk| {
        let algorithm = key.common.key_algorithm.map(|algorithm| algorithm.to_string());
        let is_of_algorithm = algorithm.is_none_or(|name| name == format!("{:?}", header.alg));
        let has_family = DecodingKey::from_jwk(key).is_ok_and(|key| key.family() == header.alg.family());
        is_of_algorithm && has_family
    };
    let has_id = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
    let mut found = keys.keys.iter().filter(is_for_signatures).filter(has_id).filter(fits);
    found.next().filter(|_| found.next().is_none())
}

/// Header of a token that is signed by an allowed algorithm (step 7).
pub fn header(token: &str) -> Result<Header, &'static str> {
    let header = decode_header(token).map_err(|_| "it has no header that can be read")?;
    // A critical extension must be understood (RFC 7515, 4.1.11), and none is.
    if !header.crit.as_ref().is_none_or(Vec::is_empty) {
        return Err("it has extensions that are not known");
    }
    if ALGORITHMS.contains(&header.alg) { Ok(header) } else { Err("its algorithm is not allowed") }
}

/// Validates a token under a key.
///
/// # Errors
/// The reason, for the log.
pub fn validate(token: &str, key: &Jwk, expected: Expected<'_>) -> Result<Claims, &'static str> {
    let header = header(token)?;
    let decoding = DecodingKey::from_jwk(key).map_err(|_| "its key cannot be used")?;
    // Claims are checked below, by the engine's clock.
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_aud) = (false, false);
    let claims = decode::<Claims>(token, &decoding, &validation);
    let claims = claims.map_err(|_| "its signature or its claims are wrong")?.claims;
    check(&claims, expected)?;
    Ok(claims)
}

fn check(claims: &Claims, expected: Expected<'_>) -> Result<(), &'static str> {
    let Expected { issuer, client_id, nonce, now, authenticated_after } = expected;
    let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).ok_or("it has an impossible time");
    // Steps 2, 3, 4 and 5.
    if claims.iss != issuer {
        return Err("another provider has issued it");
    }
    let (is_for_us, is_for_others) = match &claims.aud {
        Audience::One(one) => (one == client_id, false),
        Audience::Many(many) => {
            (many.iter().any(|it| it == client_id), many.iter().any(|it| it != client_id))
        }
    };
    if !is_for_us {
        return Err("it is for another client");
    }
    if claims.azp.as_ref().is_some_and(|azp| azp != client_id) || (is_for_others && claims.azp.is_none()) {
        return Err("it was made for another client");
    }
    // Steps 9 and 10.
    if at(claims.exp)? + LEEWAY <= now {
        return Err("it has expired");
    }
    let issued = at(claims.iat)?;
    if issued > now + LEEWAY || issued + MAX_AGE < now {
        return Err("it was not issued now");
    }
    if at(claims.nbf.unwrap_or_default())? > now + LEEWAY {
        return Err("it is not valid yet");
    }
    // Step 11.
    if claims.nonce.as_deref() != Some(nonce) {
        return Err("its nonce is of another sign-in");
    }
    // Step 13.
    if let Some(after) = authenticated_after {
        let authenticated = claims.auth_time.ok_or("it does not say when the user authenticated")?;
        if at(authenticated)? + LEEWAY < after {
            return Err("the user has not authenticated again");
        }
    }
    if claims.sub.is_empty() || claims.sub.len() > MAX_SUBJECT {
        return Err("its subject is empty or too long");
    }
    Ok(())
}
