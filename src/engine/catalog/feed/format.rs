//! Which format a feed has, by what stands at its top.

pub use crate::domain::source::Format;

impl Format {
    /// Whether texts are told as Atom tells them, with a type, and not as RSS does, where all may be HTML.
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

    /// The format of a `<feed>` by the address of its namespace, else by its version.
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
