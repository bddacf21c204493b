//! Collections: a user's projects, such as a trip or a course. They own runs, and later runs read the
//! artifacts of earlier ones.

use serde::{Deserialize, Serialize};

use super::refusal::{Complaints, Refusal};
use super::{CollectionId, DateTime, Utc};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Collection {
    pub id: CollectionId,
    pub name: String,
    /// Notes given to each of its runs.
    pub notes: String,
    pub runs: i64,
    pub artifacts: i64,
    /// Pending approvals of its runs.
    pub pending: i64,
    /// Ready downloads of its runs.
    pub ready: i64,
    pub created_at: DateTime<Utc>,
}

/// Collection as typed by the user. Fields left out of a change keep their value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TypedCollection {
    pub name: Option<String>,
    pub notes: Option<String>,
}

const MAX_NAME: usize = 80;
const MAX_NOTES: usize = 1_000;
/// Maximum number of collections per user.
pub const MAX_COLLECTIONS: i64 = 200;

impl TypedCollection {
    /// Returns name and notes, with those of `known` for omitted fields.
    pub fn check(self, known: Option<&Collection>) -> Result<(String, String), Refusal> {
        let clean = |text: String| text.replace('\0', "").trim().to_owned();
        let known = |of: fn(&Collection) -> &String| known.map(|c| of(c).clone()).unwrap_or_default();
        let name = self.name.map(clean).unwrap_or_else(|| known(|c| &c.name));
        let notes = self.notes.map(clean).unwrap_or_else(|| known(|c| &c.notes));
        let mut complaints = Complaints::default();
        complaints.check(
            (1..=MAX_NAME).contains(&name.chars().count()),
            "name",
            format!("Give it a name of up to {MAX_NAME} characters."),
        );
        complaints.check(
            notes.chars().count() <= MAX_NOTES,
            "notes",
            format!("Keep the notes under {MAX_NOTES} characters."),
        );
        complaints.finish()?;
        Ok((name, notes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(name: Option<&str>, notes: Option<&str>) -> TypedCollection {
        TypedCollection { name: name.map(str::to_owned), notes: notes.map(str::to_owned) }
    }

    #[test]
    fn a_collection_needs_a_name() {
        for wrong in [typed(None, None), typed(Some(" "), None), typed(Some(&"x".repeat(81)), None)] {
            assert_eq!(wrong.check(None).expect_err("is wrong").fields()[0].field, "name");
        }
        let notes = typed(Some("Trip"), Some(&"x".repeat(1_001)));
        assert_eq!(notes.check(None).expect_err("is wrong").fields()[0].field, "notes");
    }

    #[test]
    fn what_is_left_out_of_a_change_stays() {
        let known = Collection {
            id: CollectionId(1),
            name: "Trip".into(),
            notes: "By train.".into(),
            runs: 0,
            artifacts: 0,
            pending: 0,
            ready: 0,
            created_at: DateTime::UNIX_EPOCH,
        };
        let changed = typed(None, Some("")).check(Some(&known));
        assert_eq!(changed, Ok(("Trip".into(), String::new())));
    }
}
