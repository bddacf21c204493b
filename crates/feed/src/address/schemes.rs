//! Schemes of subscribe buttons, followed by an address with or without a scheme of its own.

/// Schemes that mean "subscribe to this", in general or with one program.
const SUBSCRIBING: [&str; 34] = [
    "antennapod-subscribe",
    "beyondpod",
    "castro",
    "castros",
    "downcast",
    "feed",
    "feeds",
    "gpodder",
    "icatcher",
    "instacast",
    "itms",
    "itms-pcast",
    "itms-pcasts",
    "itms-podcast",
    "itms-podcasts",
    "itmss",
    "itpc",
    "itpcs",
    "overcast",
    "pcast",
    "pcasts",
    "pktc",
    "podcast",
    "podcastaddict",
    "podcasts",
    "podcat",
    "podcatcher",
    "podgrasp",
    "podkicker",
    "podscout",
    "procast",
    "rss",
    "rssradio",
    "zune",
];
/// Prefixes between such a scheme and the address.
const ACTIONS: [&str; 6] =
    ["subscribe/?url=", "subscribe?url=", "subscribe/", "x-callback-url/add?url=", "add/", "add?url="];

/// Strips subscribe schemes, and the first of `https://http://…`. Returns whether there was a subscribe one.
pub fn without_subscribing(written: &str) -> (&str, bool) {
    let (mut rest, mut is_marked) = (written, false);
    while let Some(scheme) = scheme_of(rest) {
        let after = rest[scheme.len() + 1..].trim_start_matches('/');
        if is_one_of(&SUBSCRIBING, scheme) {
            rest = without_action(after);
            is_marked = true;
        } else if is_web(scheme)
            && scheme_of(after).is_some_and(|next| after[next.len() + 1..].starts_with("//"))
        {
            rest = after;
        } else {
            break;
        }
    }
    (rest, is_marked)
}

fn without_action(after: &str) -> &str {
    let begins =
        |action: &&&str| after.get(..action.len()).is_some_and(|start| start.eq_ignore_ascii_case(action));
    ACTIONS.iter().find(begins).map_or(after, |action| &after[action.len()..])
}

/// The scheme of an address. `example.org:8080/feed` and `user:password@example.org` have none.
pub fn scheme_of(written: &str) -> Option<&str> {
    /// Schemes whose addresses have an `@` and no host.
    const ADDRESSED: [&str; 6] = ["acct", "im", "mailto", "sip", "sips", "xmpp"];
    let (scheme, rest) = written.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !is_scheme || rest.starts_with("//") || is_web(scheme) || is_one_of(&SUBSCRIBING, scheme) {
        return is_scheme.then_some(scheme);
    }
    let before_path = rest.split('/').next().unwrap_or_default();
    let is_user = before_path.contains('@') && !is_one_of(&ADDRESSED, scheme);
    let is_host = scheme.contains('.') || rest.starts_with(|c: char| c.is_ascii_digit()) || is_user;
    (!is_host).then_some(scheme)
}

pub fn is_web(scheme: &str) -> bool {
    is_one_of(&["http", "https"], scheme)
}

fn is_one_of(schemes: &[&str], scheme: &str) -> bool {
    schemes.iter().any(|one| one.eq_ignore_ascii_case(scheme))
}
