//! Change of a node's keys, stated by the old and the new ones.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{BundleError, Result};
use crate::keys::NodeKeys;
use crate::node::PublicNode;

const CONTEXT: &[u8] = b"smartcache-rotate-v1\0";

/// Statement that a node's keys were replaced, signed by both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// The node with its old keys.
    pub old: PublicNode,
    /// The node with its new keys.
    pub new: PublicNode,
    /// Time of the change, in whole seconds.
    pub at: DateTime<Utc>,
    old_signature: String,
    new_signature: String,
}

impl Rotation {
    pub(crate) fn sign(old: &NodeKeys, new: &NodeKeys, at: DateTime<Utc>) -> Self {
        let message = message(old.node(), new.node(), at);
        Self {
            old: old.node().clone(),
            new: new.node().clone(),
            at: DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at),
            old_signature: hex::encode(old.sign(CONTEXT, &message)),
            new_signature: hex::encode(new.sign(CONTEXT, &message)),
        }
    }

    /// The new node, if the statement is about this trusted one and both keys signed it.
    pub fn verify(&self, trusted: &PublicNode) -> Result<&PublicNode> {
        let message = message(&self.old, &self.new, self.at);
        let signed = |node: &PublicNode, signature: &str| {
            hex::decode(signature).is_ok_and(|signature| node.has_signed(CONTEXT, &message, &signature))
        };
        let both = signed(&self.old, &self.old_signature) && signed(&self.new, &self.new_signature);
        if self.old == *trusted && self.new.name == trusted.name && both {
            return Ok(&self.new);
        }
        Err(BundleError::Line("the change of keys is not signed by both keys of the node"))
    }
}

fn message(old: &PublicNode, new: &PublicNode, at: DateTime<Utc>) -> Vec<u8> {
    format!("{old}\n{new}\n{}\n", at.to_rfc3339_opts(SecondsFormat::Secs, true)).into_bytes()
}
