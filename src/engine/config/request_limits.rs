//! Request limits of roles, unless an administrator sets others for a user.

use std::str::FromStr;

use crate::domain::account::AccountRole;
use crate::domain::request_limit::RequestLimits;

/// Limits of each role, and of a network without a credential. None means unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleLimits {
    pub admin: Option<RequestLimits>,
    pub user: Option<RequestLimits>,
    pub listener: Option<RequestLimits>,
    pub stranger: Option<RequestLimits>,
}

impl Default for RoleLimits {
    fn default() -> Self {
        Self { stranger: Some(RequestLimits::STRANGER), ..Self::all(Some(RequestLimits::USER)) }
    }
}

impl RoleLimits {
    /// No limits, but for users for whom an administrator sets them.
    pub const OFF: Self = Self::all(None);

    const fn all(limits: Option<RequestLimits>) -> Self {
        Self { admin: limits, user: limits, listener: limits, stranger: limits }
    }

    /// Limits of a role; without one, those of a network.
    pub fn of(&self, role: Option<AccountRole>) -> Option<RequestLimits> {
        match role {
            Some(AccountRole::Admin) => self.admin,
            Some(AccountRole::User) => self.user,
            Some(AccountRole::Listener) => self.listener,
            None => self.stranger,
        }
    }

    /// The same limits with hard ones of so many percent.
    pub fn with_hard_percent(self, hard_percent: i64) -> Self {
        let with = |limits: Option<RequestLimits>| limits.map(|it| RequestLimits { hard_percent, ..it });
        let Self { admin, user, listener, stranger } = self;
        Self { admin: with(admin), user: with(user), listener: with(listener), stranger: with(stranger) }
    }
}

/// Reads `off` or `MINUTE/HOUR/DAY` for all, or such a value for each role that differs from the default:
/// `admin=off,stranger=10/100/1000`.
impl FromStr for RoleLimits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Self::default();
        for part in text.split(',').map(str::trim) {
            let Some((role, value)) = part.split_once('=') else {
                limits = Self::all(limits_of(part)?);
                continue;
            };
            let value = limits_of(value)?;
            match role.trim() {
                "admin" => limits.admin = value,
                "user" => limits.user = value,
                "listener" => limits.listener = value,
                "stranger" => limits.stranger = value,
                _ => return Err("the roles are admin, user, listener and stranger".to_owned()),
            }
        }
        Ok(limits)
    }
}

fn limits_of(text: &str) -> Result<Option<RequestLimits>, String> {
    if text.trim() == "off" {
        return Ok(None);
    }
    let wrong = || "give three numbers from 1 to 1000000 as MINUTE/HOUR/DAY, or off".to_owned();
    let numbers: Vec<_> = text.split('/').map(|number| number.trim().parse::<i64>()).collect();
    let [Ok(minute), Ok(hour), Ok(day)] = numbers[..] else { return Err(wrong()) };
    let limits = RequestLimits { minute, hour, day, ..RequestLimits::USER };
    limits.check().map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    #[test]
    fn one_value_is_for_all_and_a_role_has_its_own() {
        let read = |text: &str| text.parse::<RoleLimits>();
        assert_eq!(read("off"), Ok(RoleLimits::OFF));
        let own = read("7/8/9, admin=off").unwrap();
        let seven = RequestLimits { minute: 7, hour: 8, day: 9, hard_percent: 120 };
        assert_eq!((own.admin, own.user, own.stranger), (None, Some(seven), Some(seven)));
        let strangers = read("stranger=7/8/9").unwrap();
        assert_eq!(strangers, RoleLimits { stranger: Some(seven), ..RoleLimits::default() });
        let hard = own.with_hard_percent(150).of(Some(AccountRole::Listener)).unwrap();
        assert_eq!(hard, RequestLimits { hard_percent: 150, ..seven });
        for wrong in ["", "7", "7/8", "0/8/9", "7/8/9/10", "guest=7/8/9", "admin", "1000001/1/1", "-1/1/1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
