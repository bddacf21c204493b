//! 7-bit encodings that switch from ASCII to another character set: HZ (RFC 1843), ISO-2022-KR (RFC 1557).

use std::borrow::Cow;

use encoding_rs::{EUC_KR, Encoding, GBK};

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SevenBits {
    Hz,
    Korean,
}

impl SevenBits {
    /// The encoding of a label in lower case with hyphens.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "hz" | "hz-gb" | "hz-gb-2312" | "hzgb" => Some(Self::Hz),
            "iso-2022-kr" | "iso2022-kr" | "iso2022kr" | "csiso2022kr" => Some(Self::Korean),
            _ => None,
        }
    }

    /// Decodes bytes with U+FFFD for invalid ones.
    pub fn decode(self, bytes: &[u8]) -> Cow<'static, str> {
        let (wide, switches) = self.parts();
        let (mut plain, mut rest, mut is_wide) = (Vec::with_capacity(bytes.len()), bytes, false);
        while let Some((&byte, after)) = rest.split_first() {
            if let Some((mark, letters, to)) = switches.iter().find(|(mark, ..)| rest.starts_with(mark)) {
                plain.extend_from_slice(letters);
                is_wide = to.unwrap_or(is_wide);
                rest = &rest[mark.len()..];
                continue;
            }
            is_wide &= byte != b'\n';
            // With the eighth bit set these are the bytes of the 8-bit encoding.
            plain.push(if is_wide && byte > b' ' { byte | 0x80 } else { byte });
            rest = after;
        }
        Cow::Owned(wide.decode_without_bom_handling(&plain).0.into_owned())
    }

    /// The 8-bit encoding with the same characters, and the escape sequences with their text and target set.
    fn parts(self) -> (&'static Encoding, &'static [Switch]) {
        match self {
            Self::Hz => (
                GBK,
                &[
                    (b"~{", b"", Some(true)),
                    (b"~}", b"", Some(false)),
                    (b"~~", b"~", None),
                    (b"~\n", b"", None),
                ],
            ),
            Self::Korean => {
                (EUC_KR, &[(b"\x1b$)C", b"", None), (b"\x0e", b"", Some(true)), (b"\x0f", b"", Some(false))])
            }
        }
    }
}

type Switch = (&'static [u8], &'static [u8], Option<bool>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_switched_on_and_off() {
        assert_eq!(SevenBits::Hz.decode(b"a ~{VPND~} ~~b ~c\n~{VP\nx"), "a 中文 ~b ~c\n中\nx");
        assert_eq!(SevenBits::Korean.decode(b"\x1b$)Ca \x0eGQ1[\x0f b"), "a 한글 b");
        assert_eq!(SevenBits::Hz.decode(b"~{V"), "\u{fffd}");
    }
}
