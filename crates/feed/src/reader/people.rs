//! Author names, extracted from the various notations of names and e-mail addresses.

use super::limits::{MAX_LIST, MAX_NAME};
use super::reading::is_line;
use super::text::{Custom, RawText};
use super::xml::Element;

/// The names of the highest rank so far: a name ranks above an address, an author above a publisher.
#[derive(Debug, Clone, Default)]
pub struct People {
    names: Vec<String>,
    rank: u8,
}

/// Maximum nesting: Semantic Web vocabularies wrap names in agents, and agents in lists.
const MAX_DEPTH: u8 = 4;
const WRAPPERS: [&str; 7] = ["Person", "Agent", "Description", "Bag", "Seq", "Alt", "li"];

/// Rank of an author with only an e-mail address: below any name except a contributor's.
const BARE_ADDRESS: u8 = 1;

impl People {
    /// Adds the author in an element: with `name` and `email` children, or as text.
    pub fn read(&mut self, rank: u8, element: &Element<'_, '_>, custom: Custom) {
        // `media:credit` lists all contributors; only those with the role of author count.
        let role = element.attribute("role").filter(|_| element.head.is("credit"));
        if !element.head.is("credit") || role.is_some_and(|role| role.eq_ignore_ascii_case("author")) {
            self.read_nested(rank, element, custom, MAX_DEPTH);
        }
    }

    fn read_nested(&mut self, rank: u8, element: &Element<'_, '_>, custom: Custom, depth: u8) {
        let part = |name: &str| {
            let named = || element.children().filter(|child| child.head.is(name));
            let part = named().find(|part| part.head.ns == element.head.ns).or_else(|| named().next())?;
            Some(plain(&part, custom)).filter(|text| !text.is_empty())
        };
        if let Some(told) = ["name", "value", "email"].into_iter().find_map(part) {
            return self.add(rank, &told);
        }
        if is_line(element) {
            return self.add(rank, &plain(element, custom));
        }
        let is_wrapper = |child: &Element<'_, '_>| WRAPPERS.iter().any(|name| child.head.is(name));
        for inner in element.children().filter(|child| depth > 0 && is_wrapper(child)) {
            self.read_nested(rank, &inner, custom, depth - 1);
        }
    }

    /// Adds an author from text.
    pub fn add(&mut self, rank: u8, told: &str) {
        // Several authors, each with an address.
        let parts = || told.split([',', ';']);
        if parts().count() > 1 && parts().all(|part| part.contains('@')) {
            parts().for_each(|part| self.add_one(rank, part));
        } else {
            self.add_one(rank, told);
        }
    }

    fn add_one(&mut self, rank: u8, told: &str) {
        let (name, is_address) = split(told);
        let rank = if is_address { rank.min(BARE_ADDRESS) } else { rank };
        if name.is_empty() || rank < self.rank {
            return;
        }
        if rank > self.rank {
            self.names.clear();
            self.rank = rank;
        }
        if !self.names.contains(&name) && self.names.len() < MAX_LIST {
            self.names.push(name);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn take(self) -> Vec<String> {
        self.names
    }
}

/// Atom names are plain text (RFC 4287 §3.2.1), all others may be HTML.
fn plain(element: &Element<'_, '_>, custom: Custom) -> String {
    let custom = if custom == Custom::Atom { custom } else { Custom::Rss };
    RawText::of(element, custom).map(|told| told.plain(MAX_NAME)).unwrap_or_default()
}

/// Extracts the name from `mail@example.org (Name)`, `Name <mail@example.org>` and the like, else the
/// address. Returns whether it is an address.
fn split(told: &str) -> (String, bool) {
    let is_bracket = |c: char| matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '"');
    let is_address = |word: &str| word.find('@').is_some_and(|at| at > 0 && at + 1 < word.len());
    if !told.contains('@') {
        return (told.trim().trim_end_matches("()").trim_end().to_owned(), false);
    }
    let words = told.split(|c: char| c.is_whitespace() || is_bracket(c)).filter(|word| !word.is_empty());
    let (addresses, names): (Vec<&str>, Vec<&str>) = words.partition(|word| is_address(word));
    let name = names.join(" ");
    let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-'));
    match addresses.first() {
        Some(address) if name.is_empty() || name == "mailto" => {
            (address.trim_start_matches("mailto:").trim_matches([',', ';']).to_owned(), true)
        }
        Some(_) => (name.to_owned(), false),
        None => (told.trim().to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{atom_entry, rss_item};
    use super::*;

    #[test]
    fn names_are_told_from_addresses() {
        for told in [
            "a@b.example (Ann Bee)",
            "Ann Bee <a@b.example>",
            "Ann Bee (a@b.example)",
            "Ann Bee, a@b.example",
            "\"Ann Bee\" <a@b.example>",
            "Ann Bee",
        ] {
            assert_eq!(split(told), ("Ann Bee".into(), false), "{told}");
        }
        assert_eq!(split("mailto:a@b.example"), ("a@b.example".into(), true));
        assert_eq!(split("@ann on the Web"), ("@ann on the Web".into(), false));
    }

    #[test]
    fn names_may_be_wrapped_or_marked_up() {
        let authors = |told: &str| rss_item(told).authors.join("|");
        let ann = "<foaf:Person><foaf:name>Ann</foaf:name></foaf:Person>";
        for told in [
            &format!("<foaf:maker>{ann}</foaf:maker>"),
            &format!("<dc:creator>{ann}</dc:creator>"),
            "<dc:creator><rdf:Description><rdf:value>Ann</rdf:value></rdf:Description></dc:creator>",
            "<dc:author>Ann</dc:author>",
            "<dc:creator><a href='/ann'>Ann</a></dc:creator>",
            "<author>An<b>n</b></author>",
            "<author>&lt;a href=\"mailto:a@b.example\"&gt;Ann&lt;/a&gt;</author>",
            "<author>Ann ()</author>",
            "<author><x:name xmlns:x='urn:x'>Zoe</x:name><name>Ann</name></author>",
        ] {
            assert_eq!(authors(told), "Ann", "{told}");
        }
        let both = "<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Bob</rdf:li></rdf:Seq></dc:creator>";
        assert_eq!(authors(both), "Ann|Bob");
        assert_eq!(authors("<author>a@b.example (A &amp;amp; B)</author>"), "A & B");
        assert_eq!(authors("<author><uri>https://b.example/</uri></author>"), "");
        assert_eq!(authors("<dc:creator>Ann<unknown>x</unknown>"), "");
    }

    #[test]
    fn names_of_atom_are_plain_text() {
        let entry = atom_entry("<author><name>The &lt;b&gt; Man</name></author>");
        assert_eq!(entry.authors, ["The <b> Man"]);
    }

    #[test]
    fn several_may_stand_in_one_text() {
        let mut people = People::default();
        people.add(1, "a@b.example (Ann), Bob <b@b.example>; c@b.example");
        people.add(1, "Dee, the Doctor");
        assert_eq!(people.take(), ["Ann", "Bob", "c@b.example", "Dee, the Doctor"]);
    }

    #[test]
    fn a_name_beats_an_address_and_an_author_a_publisher() {
        let mut people = People::default();
        for (rank, told) in
            [(20, "a@b.example"), (2, "The Press"), (5, "Ann"), (5, "Bob"), (5, "Ann"), (2, "Cid")]
        {
            people.add(rank, told);
        }
        assert_eq!(people.take(), ["Ann", "Bob"]);
    }
}
