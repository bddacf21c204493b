//! Codes of second factors as users type and read them.

use super::factor::Factor;
use super::refusal::Refusal;

/// Digits of a code of an authenticator app.
const TOTP_DIGITS: usize = 6;
/// Signs of a recovery code, without separators. 24 of base32 are 120 bits (ASVS 5.0.0, 6.5.2).
const RECOVERY_SIGNS: usize = 24;
/// Signs between two separators of a recovery code.
const GROUP: usize = 4;
/// Maximum characters of a code as typed.
const MAX_TYPED: usize = 100;

/// Code of a second factor, without spaces and separators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactorCode {
    Totp(String),
    Recovery(String),
}

impl FactorCode {
    /// Factor that the code belongs to.
    pub fn factor(&self) -> Factor {
        match self {
            Self::Totp(_) => Factor::Totp,
            Self::Recovery(_) => Factor::RecoveryCode,
        }
    }

    /// Reads a code as typed: with spaces, dashes, and letters of either case.
    ///
    /// # Errors
    /// Invalid for `code` if it has the form of neither kind.
    pub fn read(typed: &str) -> Result<Self, Refusal> {
        let signs: String = typed
            .chars()
            .take(MAX_TYPED + 1)
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let is_short = typed.chars().count() <= MAX_TYPED;
        if is_short && signs.len() == TOTP_DIGITS && signs.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self::Totp(signs));
        }
        let is_base32 = |b: u8| matches!(b, b'A'..=b'Z' | b'2'..=b'7');
        if is_short && signs.len() == RECOVERY_SIGNS && signs.bytes().all(is_base32) {
            return Ok(Self::Recovery(signs));
        }
        Err(Refusal::field("code", "Enter the six digits that your app shows, or a whole recovery code."))
    }
}

/// Writes a code or a seed in groups of four signs.
pub fn in_groups(signs: &str, separator: char) -> String {
    let mut grouped = String::new();
    for (at, sign) in signs.chars().enumerate() {
        if at > 0 && at % GROUP == 0 {
            grouped.push(separator);
        }
        grouped.push(sign);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_typed() {
        for typed in ["123456", " 123 456 ", "123-456"] {
            assert_eq!(FactorCode::read(typed), Ok(FactorCode::Totp("123456".into())), "{typed}");
        }
        let signs = "ABCDEFGHIJKLMNOPQRSTUV27";
        for typed in [signs, "abcd-efgh-ijkl-mnop-qrst-uv27", "ABCD EFGH IJKL MNOP QRST UV27\n"] {
            assert_eq!(FactorCode::read(typed), Ok(FactorCode::Recovery(signs.into())), "{typed}");
        }
        let spaces = "1".to_owned() + &" ".repeat(MAX_TYPED) + "23456";
        for wrong in ["", "12345", "1234567", "+12345", "12345a", "١٢٣٤٥٦", &signs[1..], &spaces] {
            let refusal = FactorCode::read(wrong).expect_err(wrong);
            assert_eq!(refusal.fields()[0].field, "code");
        }
        assert!(FactorCode::read(&"1".repeat(24)).is_err(), "1 is no sign of base32");
    }

    #[test]
    fn groups_have_four_signs() {
        assert_eq!(in_groups("ABCDEFGHIJ", '-'), "ABCD-EFGH-IJ");
        assert_eq!(in_groups("ABCD", ' '), "ABCD");
    }
}
