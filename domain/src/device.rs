//! Devices of users: browsers and apps that keep copies of downloads, to play them without a network.

mod contact;
mod outbox;
mod proof;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::refusal::{Complaints, Refusal};
use super::{DateTime, DeviceId, DownloadId, Utc};

pub use contact::{
    ContactAnswer, DeviceEvent, DeviceEventKind, DeviceLink, DeviceStorage, DroppedCopy, HeldBackCopy,
    MAX_EVENTS, NewContact, WantedCopy, next_events,
};
pub use outbox::{copy_event, play_events, renumbered};
pub use proof::{Challenge, ChallengeSlice, NewProof, ProofResult};

/// Maximum number of devices per user.
pub const MAX_DEVICES: usize = 50;
/// Maximum characters of a device's name, and of its platform.
pub const MAX_NAME: usize = 60;
pub const MIN_BUDGET_MB: i64 = 10;
pub const MAX_BUDGET_MB: i64 = 1_000_000;
/// Budget of a device that names none, in megabytes.
pub const DEFAULT_BUDGET_MB: i64 = 1_000;

/// A device as its user sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    pub id: DeviceId,
    /// Directory of its files, per server and user: 16 hexadecimal digits.
    pub vault: String,
    /// Unique among the user's devices.
    pub name: String,
    pub platform: String,
    /// Most bytes that its copies may have together, in megabytes.
    pub budget_mb: i64,
    /// Whether it may fetch over a connection that costs by the megabyte.
    pub allow_metered: bool,
    /// Whether its browser has promised to keep the data. None before it said so.
    pub persisted: Option<bool>,
    /// Bytes that its browser counts as used.
    pub used_bytes: Option<i64>,
    /// Build of the program that it runs.
    pub build: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Time of its latest contact; at first, of its registration.
    pub last_seen_at: DateTime<Utc>,
    pub held: HeldCopies,
}

/// Copies that a device holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldCopies {
    pub copies: i64,
    pub bytes: i64,
    /// Minutes of audio and video whose bytes the device has proved to hold.
    pub minutes: f64,
    /// Time of the oldest of these proofs: all of the minutes were proved then or later.
    pub proved_at: Option<DateTime<Utc>>,
}

/// Length of a device's own key.
const KEY: RangeInclusive<usize> = 16..=64;

/// Request to register a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    pub name: String,
    #[serde(default)]
    pub platform: String,
    #[serde(default = "default_budget")]
    pub budget_mb: i64,
    #[serde(default)]
    pub allow_metered: bool,
    /// Random name that the device has made for itself. A repeated request with it answers with the device
    /// that the first one has made.
    #[serde(default)]
    pub key: Option<String>,
}

fn default_budget() -> i64 {
    DEFAULT_BUDGET_MB
}

impl NewDevice {
    /// # Errors
    /// Invalid, naming every wrong field.
    pub fn check(self) -> Result<Self, Refusal> {
        let (name, platform) = (one_line(&self.name), one_line(&self.platform));
        let mut complaints = Complaints::default();
        check_name(&mut complaints, &name);
        complaints.check(
            platform.chars().count() <= MAX_NAME,
            "platform",
            format!("Keep it under {MAX_NAME} characters."),
        );
        check_budget(&mut complaints, self.budget_mb);
        let is_key =
            |key: &String| KEY.contains(&key.len()) && key.bytes().all(|it| it.is_ascii_alphanumeric());
        complaints.check(
            self.key.as_ref().is_none_or(is_key),
            "key",
            format!("Use {} to {} letters and digits.", KEY.start(), KEY.end()),
        );
        complaints.finish()?;
        Ok(Self { name, platform, ..self })
    }
}

/// Change of a device by its user. Omitted fields stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DeviceChange {
    pub name: Option<String>,
    pub budget_mb: Option<i64>,
    pub allow_metered: Option<bool>,
}

impl DeviceChange {
    /// # Errors
    /// Invalid, naming every wrong field.
    pub fn check(self) -> Result<Self, Refusal> {
        let name = self.name.as_deref().map(one_line);
        let mut complaints = Complaints::default();
        if let Some(name) = &name {
            check_name(&mut complaints, name);
        }
        if let Some(budget_mb) = self.budget_mb {
            check_budget(&mut complaints, budget_mb);
        }
        complaints.finish()?;
        Ok(Self { name, ..self })
    }
}

/// Request to keep a download on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewCopy {
    pub download_id: DownloadId,
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, "").trim().to_owned()
}

fn check_name(complaints: &mut Complaints, name: &str) {
    complaints.check(
        (1..=MAX_NAME).contains(&name.chars().count()),
        "name",
        format!("Give the device a name of 1 to {MAX_NAME} characters."),
    );
}

fn check_budget(complaints: &mut Complaints, budget_mb: i64) {
    complaints.check(
        (MIN_BUDGET_MB..=MAX_BUDGET_MB).contains(&budget_mb),
        "budget_mb",
        format!("Choose {MIN_BUDGET_MB} to {MAX_BUDGET_MB} megabytes."),
    );
}

/// A name that differs from those of the user's other devices: with a number, where needed.
pub fn free_name(wanted: &str, taken: &[String]) -> String {
    let is_free = |name: &String| !taken.contains(name);
    let numbered = |n: usize| {
        let number = format!(" {n}");
        let start: String = wanted.chars().take(MAX_NAME - number.len()).collect();
        start.trim_end().to_owned() + &number
    };
    let mut names = std::iter::once(wanted.to_owned()).chain((2..).map(numbered));
    names.find(is_free).unwrap_or_else(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields<T>(checked: Result<T, Refusal>) -> Vec<String> {
        let refusal = checked.err();
        refusal.map(|it| it.fields().iter().map(|error| error.field.clone()).collect()).unwrap_or_default()
    }

    fn device(name: &str, budget_mb: i64) -> NewDevice {
        NewDevice { name: name.into(), platform: String::new(), budget_mb, allow_metered: false, key: None }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        assert_eq!(fields(device(" Phone\u{0} ", 10).check()), Vec::<String>::new());
        assert_eq!(fields(device("\n", 9).check()), ["name", "budget_mb"]);
        let long = NewDevice { platform: "x".repeat(61), ..device(&"x".repeat(61), 1_000_001) };
        assert_eq!(fields(long.check()), ["name", "platform", "budget_mb"]);
        let change = DeviceChange { name: Some(String::new()), budget_mb: Some(-1), allow_metered: None };
        assert_eq!(fields(change.check()), ["name", "budget_mb"]);
        assert_eq!(fields(DeviceChange::default().check()), Vec::<String>::new());
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(device(" My\n phone\u{7} ", 10).check().map(|it| it.name), Ok("My phone".into()));
    }

    #[test]
    fn devices_of_one_name_are_numbered() {
        let taken = ["Phone".to_owned(), "Phone 2".to_owned()];
        assert_eq!(free_name("Phone", &taken), "Phone 3");
        assert_eq!(free_name("Laptop", &taken), "Laptop");
        let long = "x".repeat(MAX_NAME);
        assert_eq!(free_name(&long, std::slice::from_ref(&long)), "x".repeat(MAX_NAME - 2) + " 2");
    }
}
