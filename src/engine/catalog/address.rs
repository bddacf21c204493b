//! Addresses of feeds as people and programs write them, made addresses of the Web.

use url::Url;

/// Bytes of an address.
const ADDRESS_MOST: usize = 2_000;
/// Schemes that say "subscribe to this"; what follows is an address with or without a scheme of its own.
const SUBSCRIBING: [&str; 8] = ["feed", "feeds", "itpc", "itpcs", "pcast", "pcasts", "podcast", "rss"];

/// The address without its fragment, or a sentence why it is none.
pub fn address(told: &str) -> Result<String, String> {
    let told = told.trim();
    if told.is_empty() {
        return Err("It has no address.".to_owned());
    }
    if told.len() > ADDRESS_MOST {
        return Err(too_long());
    }
    let mut rest = told;
    let mut scheme = scheme_of(rest);
    while let Some(subscribing) = scheme.filter(|one| is_one_of(&SUBSCRIBING, one)) {
        rest = &rest[subscribing.len() + 1..];
        scheme = scheme_of(rest);
    }
    let parsed = match scheme {
        Some(scheme) if is_one_of(&["http", "https"], scheme) => Url::parse(rest),
        Some(scheme) => {
            let scheme: String = scheme.chars().take(20).collect();
            return Err(format!("Its address begins with “{scheme}:”; only https: and http: can be read."));
        }
        None => Url::parse(&format!("https://{}", rest.trim_start_matches('/'))),
    };
    let plausible = |url: &Url| scheme.is_some() || url.host_str().is_some_and(is_domain);
    let Some(mut url) = parsed.ok().filter(plausible) else {
        return Err("Its address is not one of the Web.".to_owned());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Its address holds a name or a password, which are not kept in lists.".to_owned());
    }
    url.set_fragment(None);
    if url.as_str().len() > ADDRESS_MOST { Err(too_long()) } else { Ok(url.into()) }
}

fn too_long() -> String {
    "Its address is too long: it has more than 2,000 characters.".to_owned()
}

/// The scheme an address begins with. `example.org:8080/feed` has none.
fn scheme_of(told: &str) -> Option<&str> {
    let (scheme, rest) = told.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let is_host = scheme.contains('.') || rest.starts_with(|c: char| c.is_ascii_digit());
    (is_scheme && (!is_host || rest.starts_with("//"))).then_some(scheme)
}

/// Whether what stands without a scheme can only be a host: `example.org`, and no word or file of commas.
fn is_domain(host: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    host.contains(['.', ':']) && host.bytes().all(is_letter)
}

fn is_one_of(schemes: &[&str], scheme: &str) -> bool {
    schemes.iter().any(|one| one.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_say_subscribe_are_taken_off() {
        for told in [
            "feed://example.org/f",
            "feed:https://example.org/f",
            "FEED:example.org/f",
            "itpc://example.org/f",
            "pcast://example.org/f",
            "feed:feed://example.org/f",
            "https://example.org/f",
        ] {
            assert_eq!(address(told).as_deref(), Ok("https://example.org/f"), "{told}");
        }
        assert_eq!(address("feed:http://example.org/f").as_deref(), Ok("http://example.org/f"));
    }

    #[test]
    fn a_missing_scheme_becomes_https_and_fragments_go() {
        assert_eq!(address(" example.org/f#new\n").as_deref(), Ok("https://example.org/f"));
        assert_eq!(address("//example.org/f").as_deref(), Ok("https://example.org/f"));
        assert_eq!(address("example.org:8080/f").as_deref(), Ok("https://example.org:8080/f"));
        assert_eq!(
            address("example.org/f?u=http://x.org").as_deref(),
            Ok("https://example.org/f?u=http://x.org")
        );
    }

    #[test]
    fn each_bad_address_has_its_sentence() {
        for (told, word) in [
            ("", "no address"),
            ("ftp://example.org/f", "“ftp:”"),
            ("javascript:alert(1)", "“javascript:”"),
            ("feed:mailto:a@example.org", "“mailto:”"),
            ("https://ann:secret@example.org/f", "password"),
            ("https://ann@example.org/f", "password"),
            ("https://", "not one of the Web"),
            ("a.example,b.example", "not one of the Web"),
            ("nonsense", "not one of the Web"),
            ("https://exa mple.org/", "not one of the Web"),
        ] {
            let why = address(told).expect_err(told);
            assert!(why.contains(word), "{told}: {why}");
        }
    }

    #[test]
    fn an_address_has_at_most_two_thousand_characters() {
        let long = |length: usize| format!("https://example.org/{}", "x".repeat(length - 20));
        assert!(address(&long(2_000)).is_ok());
        assert!(address(&long(2_001)).is_err_and(|why| why.contains("too long")));
        assert!(
            address(&format!("example.org/{}", "é".repeat(900))).is_err_and(|why| why.contains("too long"))
        );
    }
}
