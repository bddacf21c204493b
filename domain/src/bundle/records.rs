//! Records of bundles: lines of JSON with their kind under `k`. Keys that hold on every node name the rows.

use feed::{ItemContent, SourceDetails};
use serde::{Deserialize, Serialize};

use super::{RequestKind, RequestPayload, RequestStatus};
use crate::feed_login::Secret;
use crate::source::{Kind, Policy};
use crate::{DateTime, Utc};

/// A line of a part of records. Kinds that a reader does not know are counted and left, unless the header
/// says that they are needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "k", rename_all = "snake_case")]
pub enum Record {
    /// From the gateway: a source without its items.
    Source(Box<SourceRecord>),
    /// From the gateway: an item of a source whose record came before.
    Item(Box<ItemRecord>),
    /// From the gateway: all rows of a source between two revisions were told.
    SectionEnd(SectionEnd),
    /// From the gateway: a source was deleted.
    Gone { source: String },
    /// From a site: a feed that is followed there. A bundle names all of them.
    Follow(Followed),
    /// From a site: a private feed of a user there, with the name and the password that it wants.
    FollowPrivate(PrivateFollow),
    /// From a site: all followed feeds were named, private ones too.
    FollowEnd { number: u64 },
    /// From a site: a request that it has no answer to. A bundle names all of them.
    Request(AskedRequest),
    /// From a site: all open requests were named.
    RequestEnd { number: u64 },
    /// From the gateway: where a request stands. The records of its items came before.
    Answer(Box<RequestAnswer>),
    /// From the gateway: all answers between two numbers were told.
    AnswerEnd { since: i64, to: i64 },
    /// From the gateway, if its operator wants so: an account, for use at the site. A bundle names all.
    Account(PeerAccount),
    /// From the gateway: all accounts were named.
    AccountEnd { number: u64 },
    /// From a site: addresses of all pictures that it waits for.
    WantPictures { addresses: Vec<String> },
    /// From the gateway: a picture, whose blob is in this bundle or did not fit.
    Picture(SentPicture),
    /// Statement that the sender has changed its keys (`bundle::Rotation`), as long as both hold.
    Rotate { rotation: serde_json::Value },
    #[serde(other)]
    Unknown,
}

impl Record {
    /// Kinds that a reader of the gateway's bundles must know.
    pub const FROM_GATEWAY: [&str; 10] = [
        "source",
        "item",
        "section_end",
        "gone",
        "answer",
        "answer_end",
        "account",
        "account_end",
        "picture",
        "rotate",
    ];
    /// Kinds that a reader of a site's bundles must know.
    pub const FROM_SITE: [&str; 7] =
        ["follow", "follow_private", "follow_end", "request", "request_end", "want_pictures", "rotate"];
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceRecord {
    pub key: String,
    pub rev: i64,
    pub feed_url: String,
    /// Address under which the site follows it; of a private feed with the site's mark.
    pub followed_as: String,
    pub name: String,
    pub description: String,
    pub site_url: Option<String>,
    pub image_url: Option<String>,
    pub kind: Kind,
    pub policy: Policy,
    pub details: SourceDetails,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemRecord {
    /// Key of its source.
    pub source: String,
    pub key: String,
    pub rev: i64,
    /// Identity within its source.
    pub identity: String,
    pub content_hash: String,
    /// Whether a newer item has its file.
    pub is_replaced: bool,
    pub summary: Option<String>,
    pub first_seen_at: DateTime<Utc>,
    pub content: ItemContent,
}

/// End of the rows of a source above `since`, up to and including `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionEnd {
    pub source: String,
    pub since: i64,
    pub to: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    pub feed_url: String,
}

/// A private feed. `followed_as` is its address with the mark of the site, which stands for that one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateFollow {
    pub followed_as: String,
    /// Stands for its user, as in requests.
    pub person: String,
    pub username: String,
    pub password: Secret,
}

/// A request as a site tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedRequest {
    pub id: String,
    pub kind: RequestKind,
    pub payload: RequestPayload,
    /// Stands for who asks. Empty for the file of an item, for which anybody may wait.
    pub person: String,
    pub asked_at: DateTime<Utc>,
}

/// State of a request, and its answer once it is completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestAnswer {
    /// The request.
    pub id: String,
    pub status: RequestStatus,
    pub error: Option<String>,
    pub summary: Option<String>,
    /// Keys of items.
    pub items: Vec<String>,
    /// Blobs of this bundle or a later one.
    pub files: Vec<SentFile>,
}

/// An account of the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerAccount {
    pub username: String,
    pub display_name: Option<String>,
    /// Argon2id in the PHC string format.
    pub password_hash: String,
    pub is_disabled: bool,
}

/// The blob of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentFile {
    /// Key of the item.
    pub item: String,
    pub sha256: String,
    pub bytes: i64,
}

/// The blob of a picture in its largest size, by the address that items and sources name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentPicture {
    pub address: String,
    pub sha256: String,
    pub bytes: i64,
}

/// Whether a text is a key: 32 hexadecimal digits.
pub fn is_key(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_names_its_kind_and_later_kinds_are_left() {
        let line = r#"{"k":"section_end","source":"s","since":3,"to":7}"#;
        let read: Record = serde_json::from_str(line).expect("a record");
        assert_eq!(read, Record::SectionEnd(SectionEnd { source: "s".into(), since: 3, to: 7 }));
        assert_eq!(serde_json::to_string(&read).expect("JSON"), line);
        let later: Record = serde_json::from_str(r#"{"k":"directory","request":"r"}"#).expect("left");
        assert_eq!(later, Record::Unknown);
    }
}
