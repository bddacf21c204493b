//! A plain text list with one address per line.

use super::rows::{OpmlRows, address};
use super::{OpmlOutline, UnreadableList};

/// Reads the lines that are neither blank nor comments (`#`).
///
/// # Errors
/// If half or more of the first lines are not addresses: it is some other text.
pub fn read(text: &str) -> Result<OpmlOutline, UnreadableList> {
    // Lines by which a list is detected.
    const SAMPLE: usize = 50;
    let lines =
        || text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (good, bad): (Vec<_>, Vec<_>) = lines().take(SAMPLE).partition(|line| is_address(line));
    if good.len() <= bad.len() {
        return Err(UnreadableList::NotAList);
    }
    let mut rows = OpmlRows::default();
    for (at, line) in lines().enumerate() {
        rows.add(at + 1, "", Vec::new(), line);
    }
    Ok(rows.finish(String::new()))
}

fn is_address(line: &str) -> bool {
    !line.contains(char::is_whitespace) && !line.starts_with(['{', '[', '"', '<']) && address(line).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_feed() {
        let list = read("# mine\n\nhttps://a.example/feed\r\n  b.example/rss  \nnonsense\n").expect("a list");
        let found: Vec<_> = list.rows.iter().map(|row| (row.line, row.found.clone().ok())).collect();
        let feed = |address: &str| Some(address.to_owned());
        assert_eq!(
            found,
            [(1, feed("https://a.example/feed")), (2, feed("https://b.example/rss")), (3, None)]
        );
    }

    #[test]
    fn other_texts_are_no_lists() {
        for text in
            ["Hello, world.", "{\"feeds\": []}", "a.b,b\nc.d,d\n", "%PDF-1.7\nx", "see https://a.example now"]
        {
            assert_eq!(read(text), Err(UnreadableList::NotAList), "{text}");
        }
    }
}
