//! JSON without duplicate keys and without deep nesting.
//!
//! Parsers differ in which of two equal keys counts (RFC 8259, 4), so a signed text must not have any.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Checks that bytes are one JSON value with at most `depth` nested arrays and objects and no duplicate keys.
pub fn check(bytes: &[u8], depth: usize) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    StrictValue { depth }.deserialize(&mut reader)?;
    reader.end()
}

#[derive(Clone, Copy)]
struct StrictValue {
    depth: usize,
}

impl StrictValue {
    fn inner<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for StrictValue {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictValue {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while sequence.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (inner, mut keys) = (self.inner()?, HashSet::new());
        while let Some(key) = map.next_key::<String>()? {
            if keys.contains(&key) {
                let key: String = key.chars().take(40).collect();
                return Err(A::Error::custom(format_args!("the key {key:?} occurs twice")));
            }
            keys.insert(key);
            map.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn duplicate_keys_are_refused_at_every_depth() {
        assert!(check(br#"{"a":1,"b":{"a":[null,true,-1,0.5,"x"]}}"#, 4).is_ok());
        for twice in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"a":2}}]"#, r#"{"a":1,"\u0061":2}"#] {
            let why = check(twice.as_bytes(), 4).expect_err("refused").to_string();
            assert!(why.contains("occurs twice"), "{why}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(check(b"[[[1]]]", 3).is_ok());
        assert!(check(b"[[[1]]]", 2).is_err());
        assert!(check(&[b'['; 1_000_000], 32).is_err());
    }

    #[test]
    fn nothing_but_white_space_stands_behind_the_value() {
        assert!(check(b"{}   ", 1).is_ok());
        for more in ["{} {}", "{}x", "{}\0", ""] {
            assert!(check(more.as_bytes(), 1).is_err(), "{more:?}");
        }
    }
}
