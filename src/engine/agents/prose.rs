//! Feed text as words: HTML to plain text, sentence splitting and whole-word matching.

/// Maximum number of bytes of a text. The rest is ignored; nothing about an item needs more.
const LONGEST: usize = 200_000;

const BLOCKS: &str = "address article blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li \
    main ol p pre section table td th tr ul";

fn one_of(word: &str, list: &str) -> bool {
    list.split(' ').any(|other| other == word)
}

/// Converts HTML to the text a reader sees: no tags, scripts or styles, one line per block, entities decoded.
pub fn plain(html: &str) -> String {
    let mut rest = cut(html, LONGEST);
    let mut text = String::with_capacity(rest.len());
    while let Some(at) = rest.find('<') {
        decode_into(&mut text, &rest[..at]);
        rest = skip_tag(&mut text, &rest[at..]);
    }
    decode_into(&mut text, rest);
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Returns the start of a text, at most `most` bytes, cut at a character boundary.
pub fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Returns the end of a text, at most `most` bytes, cut at a character boundary.
pub fn tail(text: &str, most: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(most))..]
}

/// Shortens a title or name to `most` characters, with an ellipsis where it was cut.
pub fn brief(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let start: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", start.trim_end())
}

/// Skips a tag or comment. Pushes a literal `<` if it is neither, and a line break for a block.
fn skip_tag<'a>(text: &mut String, from: &'a str) -> &'a str {
    if let Some(comment) = from.strip_prefix("<!--") {
        return comment.find("-->").map_or("", |end| &comment[end + 3..]);
    }
    let inside = &from[1..];
    let name = inside.strip_prefix('/').unwrap_or(inside);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
        text.push('<');
        return inside;
    }
    let name: String =
        name.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    if one_of(&name, BLOCKS) {
        text.push('\n');
    }
    let after = tag_end(inside).map_or("", |end| &inside[end..]);
    match name.as_str() {
        "script" | "style" if !inside.starts_with('/') => after.find("</").map_or("", |end| &after[end..]),
        _ => after,
    }
}

/// Position after the end of the tag. A `>` within quotes does not end it.
fn tag_end(inside: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

fn decode_into(text: &mut String, mut raw: &str) {
    while let Some(at) = raw.find('&') {
        text.push_str(&raw[..at]);
        raw = &raw[at..];
        let end = raw.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| Some((entity(&raw[1..end])?, end + 1))) {
            Some((letter, length)) => {
                text.push(letter);
                raw = &raw[length..];
            }
            None => {
                text.push('&');
                raw = &raw[1..];
            }
        }
    }
    text.push_str(raw);
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?).filter(|c| !c.is_control());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        _ => return None,
    })
}

const ABBREVIATIONS: &str = "mr mrs ms dr prof st vs etc no e.g i.e u.s";

/// Sentences of plain text, in order. A line break also ends a sentence.
pub fn sentences(text: &str) -> Vec<&str> {
    text.lines().flat_map(of_line).filter(|s| !s.is_empty()).collect()
}

fn of_line(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut letters = line.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let end = at + c.len_utf8();
        let over = match c {
            '。' | '！' | '？' => true,
            '.' => follows(line, end) && !abbreviates(&line[start..at]),
            '!' | '?' | '…' => follows(line, end),
            _ => false,
        };
        if over {
            // A closing quote or bracket belongs to the sentence before it.
            let closing = line[end..].chars().take_while(|c| matches!(c, '"' | '”' | '’' | ')' | '»'));
            let end = end + closing.map(char::len_utf8).sum::<usize>();
            found.push(line[start..end].trim());
            start = end;
            while letters.next_if(|(at, _)| *at < end).is_some() {}
        }
    }
    found.push(line[start..].trim());
    found
}

/// Whether a new sentence may start here: the end of the line, or white space and no lower-case letter.
fn follows(line: &str, end: usize) -> bool {
    let rest = line[end..].trim_start_matches(['"', '”', '’', ')', '»']);
    let next = rest.trim_start();
    rest.is_empty() || (next.len() < rest.len() && !next.starts_with(char::is_lowercase))
}

fn abbreviates(before: &str) -> bool {
    let word =
        before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default().to_lowercase();
    word.chars().count() == 1 && word.chars().all(char::is_alphabetic) || one_of(&word, ABBREVIATIONS)
}

/// Words of a text in lower case. Inner apostrophes are part of a word, hyphens are not.
pub fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
    let trimmed = parts.map(|word| word.trim_matches(['\'', '’']));
    trimmed.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

const STOP: &str = "about after again all also and any are because been before being between both but can could did \
    does doing down during each every few find for from get give had has have her here hers him his \
    how into items its just latest like listen me more most much my new not now off once one only \
    other our out over own please read same she should some something such than that the their them \
    then there these they this those through today too under until very want was watch were what when \
    where which while who why will with would you your";

/// Whether a word carries meaning: longer than two characters and not a stop word.
pub fn tells(word: &str) -> bool {
    word.chars().count() > 2 && !one_of(word, STOP)
}

/// Words of a request that are worth searching for, without duplicates.
pub fn search_words(wish: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words(wish) {
        if tells(&word) && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// Whether the text contains the phrase word by word. A plural matches its singular.
pub fn mentions(text: &[String], phrase: &[String]) -> bool {
    !phrase.is_empty()
        && text.windows(phrase.len()).any(|here| here.iter().zip(phrase).all(|(a, b)| same(a, b)))
}

/// Whether two words match. Short words must be equal: "news" is not the plural of "new".
fn same(a: &str, b: &str) -> bool {
    let plural = |one: &str, many: &str| one.len() > 3 && many.strip_suffix('s') == Some(one);
    a == b || plural(a, b) || plural(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_the_text_a_reader_sees() {
        let html = "<p>Fish &amp; chips&nbsp;for <b>5&#8364;</b></p><script>if (a<b) steal()</script><!-- x --><p>Next</p>";
        assert_eq!(plain(html), "Fish & chips for 5€\nNext");
    }

    #[test]
    fn broken_html_loses_no_text_and_never_panics() {
        assert_eq!(plain("a < b && c &unknown; d"), "a < b && c &unknown; d");
        assert_eq!(plain("cut <a href='x>y"), "cut");
        assert_eq!(plain("<style>p{}"), "");
        assert_eq!(plain("é&é;<é"), "é&é;<é");
    }

    #[test]
    fn sentences_end_where_a_reader_ends_them() {
        let text = "Dr. Who met J. Smith at 5.30 p.m. today. \"Really?\" she said. He nodded!\nA heading";
        let found = sentences(text);
        assert_eq!(
            found,
            ["Dr. Who met J. Smith at 5.30 p.m. today.", "\"Really?\" she said.", "He nodded!", "A heading"]
        );
    }

    #[test]
    fn a_topic_matches_whole_words_only() {
        let said = words("She said: the rain in Spain");
        assert!(!mentions(&said, &words("AI")));
        assert!(mentions(&words("What AI can't do"), &words("ai")));
        assert!(mentions(&words("Night-train notes"), &words("night trains")));
        assert!(!mentions(&words("A new start"), &words("news")));
    }

    #[test]
    fn a_wish_is_searched_by_its_telling_words() {
        assert_eq!(
            search_words("Please find me something new about night trains, trains!"),
            ["night", "trains"]
        );
    }
}
