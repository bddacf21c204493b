//! Text of an API key: `smc_`, a public id, `_`, a secret, and a checksum, so that secret scanners recognise
//! a key and a mistyped one never reaches the database.

use crate::engine::Result;
use crate::engine::accounts::random_bytes;

const PREFIX: &str = "smc_";
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PUBLIC_LENGTH: usize = 8;
/// 190 bits.
const SECRET_LENGTH: usize = 32;
/// 62^6 is more than 2^32.
const CHECKSUM_LENGTH: usize = 6;
const LENGTH: usize = PREFIX.len() + PUBLIC_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH;

/// Returns a new random key.
pub fn new_key() -> Result<String> {
    let (public, secret) = (random_text::<PUBLIC_LENGTH>()?, random_text::<SECRET_LENGTH>()?);
    let body = format!("{PREFIX}{public}_{secret}");
    Ok(format!("{body}{}", checksum(&body)))
}

/// Public part of a well-formed key whose checksum is right.
pub fn public_id(key: &str) -> Option<&str> {
    let is_text = key.len() == LENGTH && key.bytes().all(|b| b == b'_' || ALPHABET.contains(&b));
    let (body, sum) = key.split_at_checked(LENGTH - CHECKSUM_LENGTH).filter(|_| is_text)?;
    let (public, secret) = body.strip_prefix(PREFIX)?.split_once('_')?;
    let is_shaped = public.len() == PUBLIC_LENGTH && !secret.contains('_');
    (is_shaped && sum == checksum(body)).then_some(public)
}

/// CRC-32 (ISO 3309) in base 62, with leading zeros.
fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes()) as usize;
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[rest % ALPHABET.len()];
        rest /= ALPHABET.len();
    }
    digits.into_iter().map(char::from).collect()
}

/// Random signs of the alphabet, each as likely as the others.
fn random_text<const N: usize>() -> Result<String> {
    let mut text = String::with_capacity(N);
    while text.len() < N {
        // Rejects bytes above the largest multiple of 62, which would favour the first signs.
        let fair =
            random_bytes::<N>()?.into_iter().map(usize::from).filter(|byte| *byte < 4 * ALPHABET.len());
        text.extend(fair.take(N - text.len()).map(|byte| char::from(ALPHABET[byte % ALPHABET.len()])));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_form_and_no_two_are_alike() {
        let (key, other) = (new_key().unwrap(), new_key().unwrap());
        assert_eq!((key.len(), &key[..4], &key[12..13]), (51, "smc_", "_"));
        assert_eq!(public_id(&key), Some(&key[4..12]));
        assert_ne!(key[13..45], other[13..45]);
    }

    #[test]
    fn every_changed_sign_is_noticed() {
        let key = new_key().unwrap();
        for at in 0..key.len() {
            for with in ["x", "7", "_", " "] {
                let mut wrong = key.clone();
                wrong.replace_range(at..=at, with);
                assert_eq!(public_id(&wrong).is_some(), wrong == key, "{wrong}");
            }
        }
        let swapped = format!("{}{}{}{}", &key[..20], &key[21..22], &key[20..21], &key[22..]);
        assert_eq!(public_id(&swapped).is_some(), swapped == key);
        for wrong in
            ["", "smc_", &key[1..], &format!("{key}0"), "smc_ÄÄÄÄ_0000000000000000000000000000000000000000"]
        {
            assert_eq!(public_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_checksum_is_the_usual_one() {
        // CRC-32 of "123456789" is cbf43926: 3,421,780,262.
        let value = checksum("123456789").bytes().fold(0, |value, sign| {
            value * 62 + ALPHABET.iter().position(|known| *known == sign).unwrap_or_default()
        });
        assert_eq!(value, 0xcbf4_3926);
    }
}
