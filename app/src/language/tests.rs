//! The catalogues are complete: every message of the pages has its translation, and none is left over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use messages::po::{self, Entry};
use messages::{Segment, key, segments};

const INTERFACE: &str = include_str!("../../../languages/de/interface.po");
const SENTENCES: &str = include_str!("../../../languages/de/sentences.po");

fn entries(file: &str) -> Vec<Entry> {
    po::read(file).expect("a PO file")
}

fn forms(file: &str) -> Vec<(String, String)> {
    let pairs = entries(file).into_iter().flat_map(|entry| entry.english.into_iter().zip(entry.translated));
    pairs.collect()
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// String literal at the start of the code behind white space, and the code after it.
fn literal(code: &str) -> Option<(String, &str)> {
    let inner = code.trim_start().strip_prefix('"')?;
    let (mut text, mut letters) = (String::new(), inner.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, &inner[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => text.push('\n'),
                // The text goes on behind the white space of the next line.
                '\n' => {
                    let rest = inner[at + 2..].trim_start();
                    let skipped = inner.len() - at - 2 - rest.len();
                    letters.by_ref().take(inner[at + 2..at + 2 + skipped].chars().count()).for_each(drop);
                }
                escaped => text.push(escaped),
            },
            _ => text.push(letter),
        }
    }
    None
}

/// English texts of the macros `t!`, `tn!`, `parts!` and `message!` in a file.
fn used_in(code: &str, found: &mut BTreeSet<String>) {
    for (name, is_plural) in [("t!(", false), ("parts!(", false), ("message!(", false), ("tn!(", true)] {
        for (at, _) in code.match_indices(name) {
            let is_word = code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
            let arguments = &code[at + name.len()..];
            let start = if is_plural { arguments.find('"') } else { Some(0) };
            let first = start.and_then(|start| literal(&arguments[start..])).filter(|_| !is_word);
            let Some((one, rest)) = first else { continue };
            found.insert(one);
            if is_plural && let Some((many, _)) = literal(rest.trim_start_matches([',', ' ', '\n'])) {
                found.insert(many);
            }
        }
    }
}

fn used() -> BTreeSet<String> {
    let (mut files, mut found) = (Vec::new(), BTreeSet::new());
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let is_own = |file: &&PathBuf| file.components().any(|part| part.as_os_str() == "language");
    for file in files.iter().filter(|file| !is_own(file) && !file.ends_with("language.rs")) {
        used_in(&std::fs::read_to_string(file).expect("a source file"), &mut found);
    }
    found
}

#[test]
fn every_message_of_the_pages_is_translated_and_no_translation_is_left_over() {
    let used = used();
    let known: BTreeSet<_> = forms(INTERFACE).into_iter().map(|(english, _)| english).collect();
    let missing: Vec<_> = used.difference(&known).collect();
    let unused: Vec<_> = known.difference(&used).collect();
    assert!(missing.is_empty() && unused.is_empty(), "not translated: {missing:#?}\nnot used: {unused:#?}");
}

#[test]
fn translations_have_the_values_and_the_edges_of_their_message() {
    let values = |text: &str| -> BTreeSet<String> {
        let names = segments(text).filter_map(|segment| match segment {
            Segment::Value(name) => Some(name.to_owned()),
            Segment::Text(_) => None,
        });
        names.collect()
    };
    let edges = |text: &str| (text.starts_with(' '), text.ends_with(' '));
    for (english, german) in forms(INTERFACE).into_iter().chain(forms(SENTENCES)) {
        // One form may say "a" where the other counts.
        let is_plural = english.contains("{n}");
        let missing: Vec<_> = values(&english)
            .symmetric_difference(&values(&german))
            .filter(|name| *name != "n" || !is_plural)
            .cloned()
            .collect();
        assert!(missing.is_empty(), "{english:?} and {german:?} differ in {missing:?}");
        assert_eq!(edges(&english), edges(&german), "{english:?} and {german:?}");
        assert!(!german.contains(['\n', '\u{1f}']), "{german:?} has more than one line");
    }
}

#[test]
fn no_two_messages_share_a_key_or_differ_in_their_translation() {
    let mut known = BTreeMap::new();
    for (english, german) in forms(INTERFACE).into_iter().chain(forms(SENTENCES)) {
        let (text, translated) =
            &*known.entry(key(&english)).or_insert_with(|| (english.clone(), german.clone()));
        assert_eq!((&**text, &**translated), (&*english, &*german));
    }
}

#[test]
fn literals_are_read_as_the_compiler_reads_them() {
    let mut found = BTreeSet::new();
    used_in(
        r#"{t!("a \"b\" \\ c")} tn!(rows.len() as i64, "{n} x", "{n} xs", a = "no") xt!("not")"#,
        &mut found,
    );
    used_in("parts!(\n    \"long \\\n     text\", a = 1)", &mut found);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a \"b\" \\ c", "long text", "{n} x", "{n} xs"]);
}
