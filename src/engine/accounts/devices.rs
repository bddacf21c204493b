//! Known devices: a browser that has signed in to an account carries a mark in a cookie, and its sign-in
//! attempts are counted separately.
//!
//! A mark is a random id with an HMAC-SHA256 under the account's password hash. Nothing is stored, a mark
//! cannot be made without signing in, and a new password invalidates all of them.

use ring::hmac;

use super::token::new_token;
use crate::domain::UserId;
use crate::engine::Result;

/// Maximum number of accounts one browser is known for.
const MARKS: usize = 4;
const ID_LENGTH: usize = 32;

/// Returns the device id from the marks of a cookie, if the device has signed in to this account before.
pub fn known<'c>(cookie: &'c str, owner: UserId, password_hash: &str) -> Option<&'c str> {
    marks(cookie).find(|(id, mac)| is_genuine(id, mac, owner, password_hash)).map(|(id, _)| id)
}

/// Returns the cookie with a mark of this account, beside up to `MARKS - 1` marks of other accounts.
pub fn remember(cookie: &str, owner: UserId, password_hash: &str) -> Result<String> {
    if known(cookie, owner, password_hash).is_some() {
        return Ok(cookie.to_owned());
    }
    let id: String = new_token()?.chars().take(ID_LENGTH).collect();
    let mac = hex::encode(hmac::sign(&key(password_hash), message(&id, owner).as_bytes()));
    let others = marks(cookie).map(|(id, mac)| format!("{id}.{mac}")).take(MARKS - 1);
    Ok(std::iter::once(format!("{id}.{mac}")).chain(others).collect::<Vec<_>>().join("~"))
}

fn marks(cookie: &str) -> impl Iterator<Item = (&str, &str)> {
    let of_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    cookie
        .split('~')
        .take(MARKS)
        .filter_map(|mark| mark.split_once('.'))
        .filter(move |(id, mac)| of_hex(id, ID_LENGTH) && of_hex(mac, 64))
}

fn is_genuine(id: &str, mac: &str, owner: UserId, password_hash: &str) -> bool {
    let Ok(mac) = hex::decode(mac) else { return false };
    hmac::verify(&key(password_hash), message(id, owner).as_bytes(), &mac).is_ok()
}

fn key(password_hash: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, password_hash.as_bytes())
}

fn message(id: &str, owner: UserId) -> String {
    format!("smartcache device {id} of {owner}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: UserId = UserId(1);

    #[test]
    fn a_device_is_known_for_its_account_and_its_password_alone() {
        let cookie = remember("", ADA, "hash").unwrap();
        let id = known(&cookie, ADA, "hash").unwrap();
        assert_eq!(remember(&cookie, ADA, "hash").unwrap(), cookie, "the same device keeps its id");
        assert_eq!((known(&cookie, UserId(2), "hash"), known(&cookie, ADA, "another")), (None, None));
        let forged = format!("{}.{}", "0".repeat(ID_LENGTH), cookie.split_once('.').unwrap().1);
        assert_eq!((known(&forged, ADA, "hash"), id.len()), (None, ID_LENGTH));
    }

    #[test]
    fn one_browser_is_known_for_several_accounts_and_its_cookie_stays_bounded() {
        let both = remember(&remember("x;~.", ADA, "a").unwrap(), UserId(2), "b").unwrap();
        assert!(known(&both, ADA, "a").is_some() && known(&both, UserId(2), "b").is_some());
        let many = (3..20).fold(both, |cookie, n| remember(&cookie, UserId(n), "c").unwrap());
        assert_eq!((many.split('~').count(), known(&many, ADA, "a")), (MARKS, None));
    }
}
