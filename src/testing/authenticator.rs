//! Authenticator of WebAuthn in software, which tests register and sign in with: ES256, its user verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Flags of authenticator data (WebAuthn Level 3, 6.1): user present, user verified, attested credential.
const PRESENT: u8 = 0x01;
pub const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// A passkey with its private key.
pub struct Authenticator {
    key: EcdsaKeyPair,
    id: [u8; 16],
    user_handle: String,
    /// Origin of the page that asks.
    pub origin: String,
    pub counter: u32,
    pub flags: u8,
}

impl Authenticator {
    /// Makes a passkey for the options of a registration. Returns it with its answer.
    pub fn register(origin: &str, options: &Value) -> (Self, Value) {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let made = Self {
            key,
            id: rand::random(),
            user_handle: options["user"]["id"].as_str().unwrap().to_owned(),
            origin: origin.to_owned(),
            counter: 0,
            flags: PRESENT | VERIFIED,
        };
        let answer = made.attestation(options);
        (made, answer)
    }

    /// Answer to the options of a registration.
    fn attestation(&self, options: &Value) -> Value {
        let public = self.key.public_key().as_ref();
        let (x, y) = public[1..].split_at(32);
        // COSE key (RFC 9053, 7.1.1): kty EC2, alg ES256, crv P-256, x, y.
        let start = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        let cose = [&start[..], x, &[0x22, 0x58, 0x20], y].concat();
        let id_length = [0, self.id.len() as u8];
        let credential = [&[0; 16][..], &id_length, &self.id, &cose].concat();
        let rp_id = options["rp"]["id"].as_str().unwrap();
        let data = [self.data(rp_id, ATTESTED), credential].concat();
        let head = [0xa3, 0x63].into_iter().chain(*b"fmt").chain([0x64]).chain(*b"none");
        let head = head.chain([0x67]).chain(*b"attStmt").chain([0xa0, 0x68]).chain(*b"authData");
        let object: Vec<u8> = head.chain([0x58, data.len() as u8]).chain(data).collect();
        self.response(json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(self.client_data("webauthn.create", options)),
            "transports": ["internal"],
        }))
    }

    /// Answer to the options of a sign-in.
    pub fn answer(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let client = self.client_data("webauthn.get", options);
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.response(json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature),
            "userHandle": self.user_handle,
        }))
    }

    fn data(&self, rp_id: &str, flags: u8) -> Vec<u8> {
        let hash = Sha256::digest(rp_id);
        [&hash[..], &[self.flags | flags], &self.counter.to_be_bytes()].concat()
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        let challenge = &options["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
    }

    fn response(&self, response: Value) -> Value {
        let id = URL_SAFE_NO_PAD.encode(self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {},
        })
    }
}
