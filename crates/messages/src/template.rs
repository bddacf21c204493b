//! Templates of messages: text with values in braces, such as "{n} of {total}".

/// Segment of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Text that stands as it is.
    Text(&'a str),
    /// Name of a value.
    Value(&'a str),
}

/// Segments of a template in their order. A brace without its counterpart is text.
pub fn segments(template: &str) -> impl Iterator<Item = Segment<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let value = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        if let Some((name, after)) = value {
            rest = after;
            return Some(Segment::Value(name));
        }
        let end =
            rest.char_indices().skip(1).find(|(_, letter)| *letter == '{').map_or(rest.len(), |(at, _)| at);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Segment::Text(text))
    })
}

/// Replaces the values of a template. One that is not given stays as its name in braces.
#[must_use]
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    for segment in segments(template) {
        match segment {
            Segment::Text(segment) => text.push_str(segment),
            Segment::Value(name) => match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => text.push_str(value),
                None => {
                    text.push('{');
                    text.push_str(name);
                    text.push('}');
                }
            },
        }
    }
    text
}

/// Values by which the template becomes the text; `None` if it does not fit.
pub(crate) fn values<'t, 'a>(template: &[Segment<'t>], text: &'a str) -> Option<Vec<(&'t str, &'a str)>> {
    let mut found = Vec::new();
    fits(template, text, &mut found).then_some(found)
}

fn fits<'t, 'a>(segments: &[Segment<'t>], text: &'a str, found: &mut Vec<(&'t str, &'a str)>) -> bool {
    match segments {
        [] => text.is_empty(),
        [Segment::Text(segment), rest @ ..] => {
            text.strip_prefix(segment).is_some_and(|text| fits(rest, text, found))
        }
        [Segment::Value(name)] => {
            found.push((name, text));
            !text.is_empty()
        }
        [Segment::Value(name), rest @ ..] => {
            let Some(Segment::Text(next)) = rest.first() else { return false };
            text.match_indices(next).any(|(at, _)| {
                found.push((name, &text[..at]));
                let is_fitting = at > 0 && fits(rest, &text[at..], found);
                if !is_fitting {
                    found.pop();
                }
                is_fitting
            })
        }
    }
}
