//! A node as others know it: its name and public keys, in one line that fits on paper.

use std::fmt;
use std::str::FromStr;

use age::x25519::Recipient;
use base64::prelude::{BASE64_STANDARD, Engine};
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Bech32m, Hrp};
use qrcode::{Color, QrCode};
use ring::digest::{SHA512, digest};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::error::{BundleError, Result};
use crate::names::NodeName;
use crate::sha256::Sha256;

/// First byte of the bytes in a line.
const VERSION: u8 = 1;
const LINE: Hrp = Hrp::parse_unchecked("sc-node");
const AGE: Hrp = Hrp::parse_unchecked("age");
/// SubjectPublicKeyInfo of an Ed25519 key, up to the key (RFC 8410, 4).
const PUBLIC_KEY: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// Modules of the margin around a QR code (ISO/IEC 18004, 6.3.8).
const MARGIN: usize = 4;

/// Name and public keys of a node.
///
/// As text it is `sc-node1…`: Bech32m (BIP 350) with the prefix `sc-node` over the byte 1, the Ed25519 key,
/// the X25519 key and the name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PublicNode {
    /// Its name.
    pub name: NodeName,
    /// Ed25519 key that verifies its signatures.
    pub sign: [u8; 32],
    /// X25519 key to which its parts are encrypted.
    pub age: [u8; 32],
}

impl PublicNode {
    /// Identifier of the signing key: the first 16 hexadecimal digits of its SHA-256.
    pub fn key_id(&self) -> String {
        hex::encode(&Sha256::of(&self.sign).0[..8])
    }

    /// Identifier of the encryption key, made like `key_id`.
    pub fn age_key_id(&self) -> String {
        hex::encode(&Sha256::of(&self.age).0[..8])
    }

    /// Fingerprint of name and keys: eight groups of five digits, 132 bits, to be compared on paper.
    pub fn fingerprint(&self) -> String {
        let input = [&b"smartcache-node-v1\0"[..], &self.bytes()].concat();
        let digest = digest(&SHA512, &input);
        let group =
            |bytes: &[u8]| bytes.iter().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte)) % 100_000;
        let groups = digest.as_ref().chunks_exact(5).take(8).map(|bytes| format!("{:05}", group(bytes)));
        groups.collect::<Vec<_>>().join(" ")
    }

    /// The encryption key as `age` takes it: `age1…`.
    pub fn recipient(&self) -> Result<Recipient> {
        let text =
            bech32::encode::<Bech32>(AGE, &self.age).map_err(|_| BundleError::Line("no key of age"))?;
        text.parse().map_err(BundleError::Line)
    }

    /// The signing key as `openssl` takes it: SubjectPublicKeyInfo in PEM (RFC 8410).
    pub fn sign_pem(&self) -> String {
        let der = [&PUBLIC_KEY[..], &self.sign].concat();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64_STANDARD.encode(der))
    }

    /// The line as a QR code in SVG. In capitals, which need fewer modules and read back as the same line.
    pub fn svg(&self) -> Result<String> {
        let code = QrCode::new(self.to_string().to_uppercase());
        let code = code.map_err(|_| BundleError::Line("the line does not fit into a QR code"))?;
        let (width, mut path) = (code.width(), String::new());
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                path += &format!("M{} {}h1v1h-1z", at % width + MARGIN, at / width + MARGIN);
            }
        }
        let side = width + 2 * MARGIN;
        Ok(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>\n"
        ))
    }

    /// Whether the node's key made the signature of a message in a context.
    pub(crate) fn has_signed(&self, context: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let message = [context, message].concat();
        UnparsedPublicKey::new(&ED25519, self.sign).verify(&message, signature).is_ok()
    }

    fn bytes(&self) -> Vec<u8> {
        [&[VERSION][..], &self.sign, &self.age, self.name.as_str().as_bytes()].concat()
    }
}

/// X25519 key of a recipient of age.
pub(crate) fn age_key(recipient: &Recipient) -> Result<[u8; 32]> {
    let text = recipient.to_string();
    let decoded = CheckedHrpstring::new::<Bech32>(&text).ok().filter(|decoded| decoded.hrp() == AGE);
    let bytes: Option<Vec<u8>> = decoded.map(|decoded| decoded.byte_iter().collect());
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(BundleError::Line("no key of age"))
}

impl fmt::Display for PublicNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32::encode::<Bech32m>(LINE, &self.bytes()).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for PublicNode {
    type Err = BundleError;

    fn from_str(line: &str) -> Result<Self> {
        let line = line.trim();
        let decoded = CheckedHrpstring::new::<Bech32m>(line);
        let decoded = decoded.map_err(|_| BundleError::Line("the line is incomplete or mistyped"))?;
        if decoded.hrp() != LINE {
            return Err(BundleError::Line("the line of a node begins with sc-node1"));
        }
        let bytes: Vec<u8> = decoded.byte_iter().collect();
        let node = parse(&bytes)?;
        // Bits behind the last byte are the only freedom of Bech32m besides capitals.
        match node.to_string().eq_ignore_ascii_case(line) {
            true => Ok(node),
            false => Err(BundleError::Line("the line is incomplete or mistyped")),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<PublicNode> {
    let (version, rest) = bytes.split_first().ok_or(BundleError::Line("the line is empty"))?;
    if *version != VERSION {
        return Err(BundleError::Line("the line is of a newer program: update this node first"));
    }
    let short = BundleError::Line("the line is too short");
    let Some((sign, rest)) = rest.split_first_chunk() else { return Err(short) };
    let Some((age, name)) = rest.split_first_chunk() else { return Err(short) };
    let name = std::str::from_utf8(name).map_err(|_| BundleError::Line("the name in the line is no text"))?;
    Ok(PublicNode { name: name.parse()?, sign: *sign, age: *age })
}

impl TryFrom<String> for PublicNode {
    type Error = BundleError;

    fn try_from(line: String) -> Result<Self> {
        line.parse()
    }
}

impl From<PublicNode> for String {
    fn from(node: PublicNode) -> Self {
        node.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> PublicNode {
        PublicNode { name: "gateway".parse().expect("a name"), sign: [7; 32], age: [9; 32] }
    }

    #[test]
    fn a_line_is_read_back_in_small_letters_and_in_capitals() {
        let line = node().to_string();
        assert!(line.starts_with("sc-node1") && line.len() < 140, "{line}");
        assert_eq!(line.parse::<PublicNode>().expect("a node"), node());
        assert_eq!(line.to_uppercase().parse::<PublicNode>().expect("a node"), node());
    }

    #[test]
    fn one_wrong_sign_is_seen_wherever_it_stands() {
        let line = node().to_string();
        for at in 0..line.len() {
            let mut wrong = line.clone().into_bytes();
            wrong[at] = if wrong[at] == b'q' { b'p' } else { b'q' };
            let wrong = String::from_utf8(wrong).expect("text");
            assert!(wrong.parse::<PublicNode>().is_err(), "{at}");
        }
    }

    #[test]
    fn a_fingerprint_has_eight_groups_and_depends_on_the_name() {
        let fingerprint = node().fingerprint();
        assert!(fingerprint.split(' ').map(str::len).eq([5; 8]), "{fingerprint}");
        let other = PublicNode { name: "site".parse().expect("a name"), ..node() };
        assert_ne!(other.fingerprint(), fingerprint);
        assert_eq!(other.key_id(), node().key_id());
    }

    #[test]
    fn a_qr_code_is_a_path() {
        let svg = node().svg().expect("a code");
        assert!(svg.starts_with("<svg ") && svg.contains("M4 4h1v1h-1z"), "{svg}");
    }
}
