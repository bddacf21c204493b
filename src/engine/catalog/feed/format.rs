//! Detection of a feed's format from its root element.

pub use crate::domain::source::Format;

impl Format {
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
