//! Directories of feeds, as files.

use super::Kind;

/// Name, address, kind and topics of a feed in a directory file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub kind: Kind,
    pub name: String,
    pub feed_url: String,
    /// Empty if the directory names none.
    pub topics: Vec<String>,
}

/// Reads a directory: tab-separated `kind name feed_url` after a heading, and optionally `topics`, separated
/// by commas. Errors name the line number.
pub fn read_directory(text: &str) -> Result<Vec<Listing>, String> {
    let row = |(number, line): (usize, &str)| {
        let mut cells = line.split('\t');
        let (Some(kind), Some(name), Some(feed_url), topics, None) =
            (cells.next(), cells.next(), cells.next(), cells.next(), cells.next())
        else {
            return Err(format!("line {}: three or four columns are needed", number + 1));
        };
        let kind = kind.parse().map_err(|e| format!("line {}: {e}", number + 1))?;
        let topics = topics.unwrap_or_default().split(',').map(str::trim).filter(|topic| !topic.is_empty());
        let topics = topics.map(str::to_owned).collect();
        Ok(Listing { kind, name: name.trim().to_owned(), feed_url: feed_url.trim().to_owned(), topics })
    };
    text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_reads_rows_and_names_bad_lines() {
        let good = read_directory("kind\tname\tfeed_url\npodcast\tRadiolab\thttp://a/b\n").expect("reads");
        assert_eq!((good[0].kind, good[0].topics.len()), (Kind::Podcast, 0));
        let more = "kind\tname\tfeed_url\ttopics\npodcast\tRadiolab\thttp://a/b\tScience, Philosophy\n";
        assert_eq!(read_directory(more).expect("reads")[0].topics, ["Science", "Philosophy"]);
        let bad = read_directory("kind\tname\tfeed_url\nzine\tX\thttp://a/b\n").expect_err("unknown kind");
        assert!(bad.starts_with("line 2:"), "{bad}");
    }
}
