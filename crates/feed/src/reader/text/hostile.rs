//! Detects HTML nested so deep that a parser takes minutes.

/// Maximum nesting depth of HTML elements.
const MAX_DEPTH: usize = 256;
/// Elements without an end tag, or that end where the next of their kind begins.
const SHALLOW: [&str; 23] = [
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "param", "source", "td", "th", "tr", "track", "wbr", "keygen",
];

/// Whether HTML is nested too deep to be parsed, estimated from its tags.
pub fn is_hostile(html: &str) -> bool {
    if memchr::memchr_iter(b'<', html.as_bytes()).count() <= MAX_DEPTH {
        return false;
    }
    let (mut depth, mut is_foreign) = (0_usize, false);
    for tag in html.split('<').skip(1) {
        let (name, ends) = tag.strip_prefix('/').map_or((tag, false), |name| (name, true));
        let end = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = &name[..end];
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        // In SVG and MathML no element is known to be empty.
        is_foreign |= is("svg") || is("math");
        if !is_foreign && SHALLOW.iter().any(|shallow| is(shallow)) {
            continue;
        }
        depth = if ends { depth.saturating_sub(1) } else { depth + 1 };
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_hostile;

    #[test]
    fn nobody_writes_that() {
        for hostile in
            ["<div>".repeat(200_000), "<b>x".repeat(5_000), format!("<svg>{}", "<tr>".repeat(5_000))]
        {
            assert!(is_hostile(&hostile));
        }
    }

    #[test]
    fn people_write_that() {
        let unclosed = "<p>Unclosed<br><li>as it was".repeat(5_000);
        let closed = "<div><b>x</b></div>".repeat(5_000);
        assert!(!is_hostile(&unclosed) && !is_hostile(&closed) && !is_hostile("1 < 2"));
    }
}
