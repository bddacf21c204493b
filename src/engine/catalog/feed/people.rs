//! Names of people, out of all the ways in which feeds tell names and e-mail addresses.

use super::limits::{LIST_MOST, NAME_MOST};
use super::text::{Custom, Told, one_line};
use super::xml::Element;

/// The names of the best kind told so far: a name beats an address, an author a publisher.
#[derive(Debug, Clone, Default)]
pub struct People {
    names: Vec<String>,
    rank: u8,
}

/// The rank of an author of whom only an e-mail address is told: below any name but that of a contributor.
const BARE_ADDRESS: u8 = 1;

impl People {
    /// Adds the person an element tells: with `name` and `email` within, or as text.
    pub fn read(&mut self, rank: u8, element: &Element<'_, '_>) {
        let part = |name: &str| element.child(name).map(|part| plain(&part)).filter(|text| !text.is_empty());
        match part("name").or_else(|| part("email")) {
            Some(told) => self.add(rank, &told),
            None if element.has_elements() => {}
            None => self.add(rank, &plain(element)),
        }
    }

    /// Adds a person told as text.
    pub fn add(&mut self, rank: u8, told: &str) {
        // Several people, each with an address.
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
        if !self.names.contains(&name) && self.names.len() < LIST_MOST {
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

fn plain(element: &Element<'_, '_>) -> String {
    // An address in angle brackets is no markup.
    let text = element.text();
    match text.contains('@') {
        true => one_line(&text, NAME_MOST),
        false => Told::of(element, Custom::Rss).map(|told| told.plain(NAME_MOST)).unwrap_or_default(),
    }
}

/// The name in `mail@example.org (Name)`, `Name <mail@example.org>` and the like; else the address, and whether it is one.
fn split(told: &str) -> (String, bool) {
    let is_bracket = |c: char| matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '"');
    let is_address = |word: &str| word.find('@').is_some_and(|at| at > 0 && at + 1 < word.len());
    if !told.contains('@') {
        return (told.trim().to_owned(), false);
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
