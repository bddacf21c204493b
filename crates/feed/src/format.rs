//! Detection of a feed's format from its root element.

use serde::{Deserialize, Serialize};

/// Format declared by a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Format {
    /// RSS 0.90.
    #[serde(rename = "rss_0_90")]
    Rss090,
    /// RSS 0.91.
    #[serde(rename = "rss_0_91")]
    Rss091,
    /// RSS 0.92.
    #[serde(rename = "rss_0_92")]
    Rss092,
    /// RSS 0.93.
    #[serde(rename = "rss_0_93")]
    Rss093,
    /// RSS 0.94.
    #[serde(rename = "rss_0_94")]
    Rss094,
    /// RSS 1.0 (RDF).
    #[serde(rename = "rss_1_0")]
    Rss10,
    /// RSS 2.0.
    #[serde(rename = "rss_2_0")]
    Rss20,
    /// RSS of another version.
    #[serde(rename = "rss")]
    Rss,
    /// Atom 0.3.
    #[serde(rename = "atom_0_3")]
    Atom03,
    /// Atom 1.0 (RFC 4287).
    #[serde(rename = "atom_1_0")]
    Atom10,
    /// Atom of another version.
    #[serde(rename = "atom")]
    Atom,
    /// Channel Definition Format.
    #[serde(rename = "cdf")]
    Cdf,
    /// JSON Feed 1.0.
    #[serde(rename = "json_1_0")]
    Json10,
    /// JSON Feed 1.1.
    #[serde(rename = "json_1_1")]
    Json11,
}

impl Format {
    /// The word that stands for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rss090 => "rss_0_90",
            Self::Rss091 => "rss_0_91",
            Self::Rss092 => "rss_0_92",
            Self::Rss093 => "rss_0_93",
            Self::Rss094 => "rss_0_94",
            Self::Rss10 => "rss_1_0",
            Self::Rss20 => "rss_2_0",
            Self::Rss => "rss",
            Self::Atom03 => "atom_0_3",
            Self::Atom10 => "atom_1_0",
            Self::Atom => "atom",
            Self::Cdf => "cdf",
            Self::Json10 => "json_1_0",
            Self::Json11 => "json_1_1",
        }
    }

    /// Whether texts have a declared type as in Atom, unlike RSS, where any text may be HTML.
    pub fn is_atom(self) -> bool {
        matches!(self, Self::Atom | Self::Atom03 | Self::Atom10)
    }

    /// The format of `<rss version="…">`.
    pub fn of_rss(version: &str) -> Self {
        match version.trim() {
            "0.90" | "0.9" => Self::Rss090,
            "0.91" => Self::Rss091,
            "0.92" => Self::Rss092,
            "0.93" => Self::Rss093,
            "0.94" => Self::Rss094,
            "1.0" => Self::Rss10,
            version if version == "2" || version.starts_with("2.") => Self::Rss20,
            _ => Self::Rss,
        }
    }

    /// The format of a `<feed>`, by its namespace, else by its version.
    pub fn of_atom(namespace: &str, version: &str) -> Self {
        match (namespace.trim().to_ascii_lowercase(), version.trim()) {
            (name, _) if name.contains("w3.org/2005/atom") => Self::Atom10,
            (name, "" | "0.3") if name.contains("purl.org/atom/ns") => Self::Atom03,
            (_, "0.3") => Self::Atom03,
            (_, "1.0") => Self::Atom10,
            _ => Self::Atom,
        }
    }
}
