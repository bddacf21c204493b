//! Failures of reading and writing volumes.

use std::path::PathBuf;

pub type Result<T, E = BundleError> = std::result::Result<T, E>;

/// Failure of a volume, of keys or of the disk. The texts are fit for users.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A file name outside of the grammar of volumes.
    #[error("{0:?} is not the name of a volume, such as sc1_gateway_site_000001_1of1.scb")]
    FileName(String),
    /// A name of a node that is empty, too long, or has other signs than a-z, 0-9 and the hyphen.
    #[error("{0:?} cannot name a node: use 1 to 32 of a-z, 0-9 and the hyphen, beginning with a letter")]
    NodeName(String),
    /// Bytes that no writer of volumes writes.
    #[error("this is not a whole volume: {0}")]
    Layout(&'static str),
    /// A figure above its bound.
    #[error("{what}: {found} is more than the {limit} that are accepted")]
    Bound {
        /// The bounded figure.
        what: &'static str,
        /// The figure of the volume.
        found: u64,
        /// The most that is accepted.
        limit: u64,
    },
    /// No trusted node has the name that the file is from.
    #[error("no trusted node is called {0}; `inspect` shows the fingerprint of its key")]
    UnknownSigner(String),
    /// No trusted key of the sender made the signature.
    #[error("the signature is not by a trusted key of {0}")]
    Signature(String),
    /// A volume for another node.
    #[error("it is for {0}, not for this node")]
    Receiver(String),
    /// A container of a later version.
    #[error("its format {0} is newer than this program: update this node first")]
    Newer(u64),
    /// A signed header that breaks a rule.
    #[error("header, {field}: {why}")]
    Header {
        /// Field of the header, such as `parts[3].bytes`.
        field: String,
        /// The rule that is broken.
        why: String,
    },
    /// Stored bytes that were not signed.
    #[error("{0} is damaged: its bytes are not the signed ones")]
    Damaged(String),
    /// A part encrypted to another key.
    #[error("{0} cannot be opened with the keys of this node")]
    Sealed(String),
    /// A part whose content is not as declared.
    #[error("{part}: {why}")]
    Content {
        /// Name of the part.
        part: String,
        /// The difference, in words.
        why: String,
    },
    /// A record that the writer was given and that no reader would accept.
    #[error("a record cannot be written: {0}")]
    Record(String),
    /// A local blob whose bytes are not those of its name.
    #[error("blob {0} has other bytes than its name says")]
    Blob(String),
    /// An export that cannot be planned with these sizes.
    #[error("{0}")]
    Plan(&'static str),
    /// Missing or unusable keys.
    #[error("{0}")]
    Keys(String),
    /// A public line, fingerprint or rotation that does not hold.
    #[error("{0}")]
    Line(&'static str),
    /// An export that ended early. The volumes written before are whole and count.
    #[error("{source}; whole volumes written before: {}", written.len())]
    Stopped {
        /// Paths of the whole volumes.
        written: Vec<PathBuf>,
        /// The reason.
        source: Box<BundleError>,
    },
    /// The disk or the medium failed.
    #[error("{0}")]
    File(#[from] std::io::Error),
}

impl BundleError {
    /// Whether the volume is at fault, rather than the disk or this node's keys.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::File(_) | Self::Keys(_) | Self::Record(_) | Self::Blob(_) | Self::Plan(_) => false,
            Self::Stopped { source, .. } => source.is_refusal(),
            _ => true,
        }
    }

    pub(crate) fn header(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Header { field: field.into(), why: why.into() }
    }

    pub(crate) fn content(part: &str, why: impl Into<String>) -> Self {
        Self::Content { part: part.to_owned(), why: why.into() }
    }
}

/// Fails if a figure is above its bound.
pub(crate) fn within(what: &'static str, found: u64, limit: u64) -> Result<()> {
    if found > limit { Err(BundleError::Bound { what, found, limit }) } else { Ok(()) }
}
