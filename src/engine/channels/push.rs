//! Web Push (RFC 8030) with encrypted payloads (RFC 8291, RFC 8188), on the primitives of `ring`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use super::address::{ChannelAddress, bytes_of};
use super::answer::judged;
use super::message::{OutgoingMessage, SendFailure};
use super::vapid::VapidKey;
use crate::engine::{Engine, Error, Result};

/// Size of the one record of a message (RFC 8188, 2.1), and so of a message as every service takes it.
const RECORD: u32 = 4_096;
/// Maximum bytes of a payload, which leaves room for header, padding and tag.
const MAX_PAYLOAD: usize = 3_500;
/// Seconds for which a service keeps a message for a device that is away.
const TTL: &str = "86400";

/// Sends a message. The outer error is a fault of this server.
pub async fn send(
    engine: &Engine,
    address: &ChannelAddress,
    message: &OutgoingMessage,
) -> Result<Result<(), SendFailure>> {
    let endpoint = Url::parse(&address.url).map_err(Error::fault)?;
    // The list may have been shortened since the channel was added.
    if !engine.config.channels.knows_push_service(&endpoint) {
        let why = "The server does not know this push service any more. Its owner can allow it by setting.";
        return Ok(Err(SendFailure::new(why)));
    }
    let key = VapidKey::of(engine).await?;
    let authorization = key.authorization(&endpoint, &engine.config.public_url, engine.now())?;
    let body = encrypt(&payload(message), &address.p256dh, &address.auth);
    let Ok(body) = body else {
        return Ok(Err(SendFailure::new(
            "The keys of this browser are not valid. Turn push off and on again.",
        )));
    };
    let mut headers = HeaderMap::new();
    let mut add = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    add(CONTENT_TYPE, "application/octet-stream");
    add(CONTENT_ENCODING, "aes128gcm");
    add(AUTHORIZATION, &authorization);
    add(HeaderName::from_static("ttl"), TTL);
    add(HeaderName::from_static("urgency"), if message.is_urgent { "high" } else { "normal" });
    add(HeaderName::from_static("topic"), &topic(&message.group));
    Ok(match engine.egress.post(&address.url, headers, body).await {
        Ok(answer) if matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE) => {
            let why = "This browser has unsubscribed. The channel was removed.".to_owned();
            Err(SendFailure { why, after: None, is_gone: true })
        }
        answer => judged(answer),
    })
}

/// Name by which a service replaces a message that it has not delivered yet: at most 32 characters of
/// base64url (RFC 8030, 5.4).
fn topic(group: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(group)[..24])
}

/// Content for the service worker.
fn payload(message: &OutgoingMessage) -> Vec<u8> {
    let OutgoingMessage { id, kind, group, title, body, link, .. } = message;
    let with = |body: &str| {
        json!({ "id": id, "kind": kind, "tag": group, "title": title, "body": body, "link": link })
            .to_string()
    };
    let whole = with(body);
    let text = if whole.len() <= MAX_PAYLOAD { whole } else { with("") };
    text.into_bytes()
}

/// Encrypts a payload for one subscription, as a single record.
fn encrypt(payload: &[u8], p256dh: &str, auth: &str) -> Result<Vec<u8>, Unspecified> {
    let (client, auth) = (bytes_of(p256dh).ok_or(Unspecified)?, bytes_of(auth).ok_or(Unspecified)?);
    let random = SystemRandom::new();
    let private = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
    let public = private.compute_public_key()?;
    let mut salt = [0u8; 16];
    random.fill(&mut salt)?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, &client);
    agree_ephemeral(private, &peer, |shared| {
        let keys = ContentKeys::derive(shared, &auth, &client, public.as_ref(), &salt)?;
        keys.record(payload, public.as_ref(), &salt)
    })?
}

/// Key and nonce of a message.
struct ContentKeys {
    key: [u8; 16],
    nonce: [u8; 12],
}

impl ContentKeys {
    /// Derives both from the shared secret (RFC 8291, 3.3 and 3.4).
    fn derive(
        shared: &[u8],
        auth: &[u8],
        client: &[u8],
        server: &[u8],
        salt: &[u8],
    ) -> Result<Self, Unspecified> {
        let info = [b"WebPush: info\0".as_slice(), client, server];
        let mut secret = [0u8; 32];
        Salt::new(HKDF_SHA256, auth).extract(shared).expand(&info, HKDF_SHA256)?.fill(&mut secret)?;
        let prk = Salt::new(HKDF_SHA256, salt).extract(&secret);
        let (mut key, mut nonce) = ([0u8; 16], [0u8; 12]);
        prk.expand(&[b"Content-Encoding: aes128gcm\0"], Length(16))?.fill(&mut key)?;
        prk.expand(&[b"Content-Encoding: nonce\0"], Length(12))?.fill(&mut nonce)?;
        Ok(Self { key, nonce })
    }

    /// Header and the one encrypted record (RFC 8188, 2.1).
    fn record(self, payload: &[u8], server: &[u8], salt: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut sealed = payload.to_vec();
        // Delimiter of the last record.
        sealed.push(2);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &self.key)?);
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        key.seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed)?;
        let length = u8::try_from(server.len()).map_err(|_| Unspecified)?;
        Ok([salt, RECORD.to_be_bytes().as_slice(), &[length], server, &sealed].concat())
    }
}

/// Number of bytes that HKDF makes.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Vec<u8> {
        bytes_of(text).expect("base64url")
    }

    /// RFC 8291, appendix A.
    #[test]
    fn the_example_of_the_rfc_is_encrypted_as_it_says() {
        let shared = decoded("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let client = decoded(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let server = decoded(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        );
        let (auth, salt) = (decoded("BTBZMqHH6r4Tts7J_aSIgg"), decoded("DGv6ra1nlYgDCS1FRnbzlw"));
        let keys = ContentKeys::derive(&shared, &auth, &client, &server, &salt).expect("keys");
        assert_eq!(keys.key.to_vec(), decoded("oIhVW04MRdy2XN9CiKLxTg"));
        assert_eq!(keys.nonce.to_vec(), decoded("4h_95klXJ5E_qnoN"));
        let message = keys.record(b"When I grow up, I want to be a watermelon", &server, &salt);
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6\
                        TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4\
                        a-fN";
        assert_eq!(message.expect("a message"), decoded(expected));
    }

    #[test]
    fn keys_that_are_none_encrypt_nothing() {
        let auth = "BTBZMqHH6r4Tts7J_aSIgg";
        for point in ["", "!", &URL_SAFE_NO_PAD.encode([4u8; 65])] {
            assert!(encrypt(b"x", point, auth).is_err(), "{point}");
        }
    }

    #[test]
    fn a_topic_is_as_long_as_services_take_it() {
        assert_eq!(topic("run:7").len(), 32);
        assert_ne!(topic("run:7"), topic("run:8"));
    }
}
