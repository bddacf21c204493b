//! Announcements: messages of an administrator to everybody who is connected.

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::words::words;
use super::{AnnouncementId, DateTime, UserId, Utc};

/// Maximum number of characters of a message.
pub const MAX_MESSAGE: usize = 500;

words! {
    /// Weight of a message.
    Level {
        Info = "info",
        Success = "success",
        Warning = "warning",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Announcement {
    pub id: AnnouncementId,
    pub message: String,
    pub level: Level,
    /// Administrator who made it, unless the account is gone.
    pub created_by: Option<UserId>,
    pub created_at: DateTime<Utc>,
}

/// An announcement to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAnnouncement {
    pub message: String,
    #[serde(default = "info")]
    pub level: Level,
}

fn info() -> Level {
    Level::Info
}

impl NewAnnouncement {
    /// Trims the message and checks its length.
    pub fn check(self) -> Result<Self, Refusal> {
        let message = self.message.trim().to_owned();
        match message.chars().count() {
            0 => Err(Refusal::field("message", "Write what everybody should know.")),
            1..=MAX_MESSAGE => Ok(Self { message, ..self }),
            _ => Err(Refusal::field("message", format!("At most {MAX_MESSAGE} characters, please."))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_one_to_five_hundred_characters() {
        let check = |message: &str| {
            let new = NewAnnouncement { message: message.to_owned(), level: Level::Info };
            new.check().map(|new| new.message)
        };
        assert_eq!(check("  Maintenance at 22:00 ").ok().as_deref(), Some("Maintenance at 22:00"));
        assert!(check(" \n ").is_err() && check(&"ü".repeat(501)).is_err());
        assert!(check(&"ü".repeat(500)).is_ok());
    }
}
