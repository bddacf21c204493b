//! Key pairs of a node.

use std::fmt;

use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use base64::prelude::{BASE64_STANDARD, Engine};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::error::{BundleError, Result};
use crate::names::NodeName;
use crate::node::{PublicNode, age_key};

/// PrivateKeyInfo of an Ed25519 seed, up to the seed (RFC 8410, 7).
const PRIVATE_KEY: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
const PEM: [&str; 2] = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"];

/// Both secret keys of a node: Ed25519 for signatures, X25519 for encryption.
pub struct NodeKeys {
    node: PublicNode,
    sign: Ed25519KeyPair,
    seed: [u8; 32],
    age: Identity,
}

impl NodeKeys {
    /// New keys from the system's random numbers.
    pub fn generate(name: NodeName) -> Result<Self> {
        let mut seed = [0; 32];
        let filled = SystemRandom::new().fill(&mut seed);
        filled.map_err(|_| BundleError::Keys("the system gives no random numbers".to_owned()))?;
        Self::new(name, seed, Identity::generate())
    }

    fn new(name: NodeName, seed: [u8; 32], age: Identity) -> Result<Self> {
        let sign = Ed25519KeyPair::from_seed_unchecked(&seed);
        let sign = sign.map_err(|_| BundleError::Keys("no Ed25519 key".to_owned()))?;
        let mut public = [0; 32];
        public.copy_from_slice(sign.public_key().as_ref());
        let node = PublicNode { name, sign: public, age: age_key(&age.to_public())? };
        Ok(Self { node, sign, seed, age })
    }

    /// Keys from the texts of their files.
    pub(crate) fn parse(name: NodeName, sign: &str, age: &str) -> Result<Self> {
        let seed =
            parse_pem(sign).ok_or_else(|| BundleError::Keys("sign.key holds no Ed25519 key".to_owned()))?;
        let line = age.lines().find(|line| !line.starts_with('#') && !line.is_empty()).unwrap_or_default();
        let age =
            line.trim().parse().map_err(|_| BundleError::Keys("age.key holds no key of age".to_owned()))?;
        Self::new(name, seed, age)
    }

    /// The public half.
    pub fn node(&self) -> &PublicNode {
        &self.node
    }

    /// Signing key as PKCS #8 in PEM, as `openssl` reads it.
    pub(crate) fn sign_file(&self) -> String {
        let der = [&PRIVATE_KEY[..], &self.seed].concat();
        format!("{}\n{}\n{}\n", PEM[0], BASE64_STANDARD.encode(der), PEM[1])
    }

    /// Encryption key, as `age` reads it.
    pub(crate) fn age_file(&self) -> String {
        format!("# public key: {}\n{}\n", self.age.to_public(), self.age.to_string().expose_secret())
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.age
    }

    /// Signs a message in a context, which keeps signatures of one purpose from serving another.
    pub(crate) fn sign(&self, context: &[u8], message: &[u8]) -> Vec<u8> {
        self.sign.sign(&[context, message].concat()).as_ref().to_vec()
    }
}

/// Shows the public half alone.
impl fmt::Debug for NodeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NodeKeys").field(&self.node).finish()
    }
}

fn parse_pem(text: &str) -> Option<[u8; 32]> {
    let body = text.trim().strip_prefix(PEM[0])?.strip_suffix(PEM[1])?;
    let der = BASE64_STANDARD.decode(body.split_whitespace().collect::<String>()).ok()?;
    der.strip_prefix(&PRIVATE_KEY[..])?.try_into().ok()
}
