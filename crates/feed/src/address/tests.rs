use super::*;

fn read(typed: &str) -> Result<String, Unusable> {
    FeedAddress::read(typed).map(|address| address.url.into())
}

fn candidates(typed: &str) -> Vec<String> {
    let address = FeedAddress::read(typed).unwrap_or_else(|why| panic!("{typed}: {why}"));
    address.candidates().into_iter().map(String::from).collect()
}

#[test]
fn words_that_say_subscribe_are_taken_off() {
    for typed in [
        "feed://example.org/f",
        "feed:https://example.org/f",
        "feed:///example.org/f",
        "FEED:example.org/f",
        "itpc://example.org/f",
        "pcast://example.org/f",
        "podcast://example.org/f",
        "feed:feed://example.org/f",
        "feed://https://example.org/f",
        "antennapod-subscribe://example.org/f",
        "pktc://subscribe/example.org/f",
        "overcast://x-callback-url/add?url=https%3A%2F%2Fexample.org%2Ff",
        "zune://subscribe/?url=https://example.org/f",
        "https://https://example.org/f",
        "http://feed://example.org/f",
        "https://subscribeonandroid.com/example.org/f",
        "https://podcasts.google.com/feed/aHR0cHM6Ly9leGFtcGxlLm9yZy9m?hl=de",
        "https://antennapod.org/deeplink/subscribe?url=https%3A%2F%2Fexample.org%2Ff&title=X",
        "https://example.org/f",
    ] {
        assert_eq!(read(typed).as_deref(), Ok("https://example.org/f"), "{typed}");
    }
    assert_eq!(read("feed:http://example.org/f").as_deref(), Ok("http://example.org/f"));
}

#[test]
fn what_is_around_an_address_or_cannot_be_seen_in_it_goes() {
    for typed in [
        " \n https://example.org/f \r\n",
        "<https://example.org/f>",
        "<URL:https://example.org/f>",
        "\"https://example.org/f\"",
        "'https://example.org/f'",
        "“https://example.org/f”",
        "„https://example.org/f“",
        "«https://example.org/f»",
        "(https://example.org/f)",
        "[<https://example.org/f>]",
        "https://example.org/f>",
        "\u{feff}https://exam\u{200b}ple.org/\u{ad}f\u{2060}",
        "https://example.\n    org/f",
        "HTTPS://EXAMPLE.org:443/f#new",
        "https:example.org/f",
        "https:\\\\example.org\\f",
        "\u{a0}https://example.org/f",
    ] {
        assert_eq!(read(typed).as_deref(), Ok("https://example.org/f"), "{typed:?}");
    }
    assert_eq!(read("https://example.org/?a=1&amp;b=2").as_deref(), Ok("https://example.org/?a=1&b=2"));
    assert_eq!(read("https://example.org/a b").as_deref(), Ok("https://example.org/a%20b"));
    assert_eq!(read("http://example.org:80/f").as_deref(), Ok("http://example.org/f"));
}

#[test]
fn https_is_assumed_and_http_comes_after_it() {
    let both = ["https://example.org/f", "http://example.org/f"];
    for typed in [
        "example.org/f",
        " example.org/f#new\n",
        "//example.org/f",
        "://example.org/f",
        "feed://example.org/f",
    ] {
        assert_eq!(candidates(typed), both, "{typed}");
    }
    assert_eq!(candidates("127.0.0.1:8080/f"), ["https://127.0.0.1:8080/f", "http://127.0.0.1:8080/f"]);
    assert_eq!(candidates("localhost:8080/f"), ["https://localhost:8080/f", "http://localhost:8080/f"]);
    assert_eq!(candidates("example.org:80/f"), ["http://example.org/f"]);
    assert_eq!(candidates("example.org:443/f"), ["https://example.org/f"]);
    assert_eq!(
        candidates("https://example.org/f"),
        ["https://example.org/f"],
        "what was typed is not weakened"
    );
    assert_eq!(read("example.org/f?u=http://x.org").as_deref(), Ok("https://example.org/f?u=http://x.org"));
}

#[test]
fn letters_of_all_languages_may_stand_in_a_host() {
    assert_eq!(read("http://müller.example/f").as_deref(), Ok("http://xn--mller-kva.example/f"));
    assert_eq!(read("MÜLLER.example/f").as_deref(), Ok("https://xn--mller-kva.example/f"));
    assert_eq!(read("feed://例え.jp/f").as_deref(), Ok("https://xn--r8jz45g.jp/f"));
}

#[test]
fn each_bad_address_has_its_sentence() {
    for (typed, word) in [
        ("", "Paste the address"),
        (" \u{200b}\n<>", "Paste the address"),
        ("ftp://example.org/f", "“ftp:”"),
        ("javascript:alert(1)", "“javascript:”"),
        ("feed:mailto:a@example.org", "“mailto:”"),
        ("https://", "not a web address"),
        ("a.example,b.example", "not a web address"),
        ("nonsense", "not a web address"),
        ("https://exa mple.org/", "not a web address"),
        ("http://a.example/f\nhttp://b.example/f", "several addresses"),
    ] {
        let why = read(typed).expect_err(typed).to_string();
        assert!(why.contains(word), "{typed}: {why}");
    }
}

#[test]
fn an_address_has_at_most_two_thousand_characters() {
    let long = |length: usize| format!("https://example.org/{}", "x".repeat(length - 20));
    assert!(read(&long(2_000)).is_ok());
    assert_eq!(read(&long(2_001)), Err(Unusable::TooLong));
    assert_eq!(read(&format!("example.org/{}", "é".repeat(900))), Err(Unusable::TooLong));
}

#[test]
fn names_and_passwords_are_told() {
    for typed in ["https://ann:secret@example.org/f", "https://ann@example.org/f", "ann:secret@example.org/f"]
    {
        assert!(FeedAddress::read(typed).expect(typed).has_credentials(), "{typed}");
    }
    assert!(!FeedAddress::read("https://example.org/@ann").expect("an address").has_credentials());
}

#[test]
fn pages_of_services_are_known() {
    let service = |typed: &str| FeedAddress::read(typed).expect(typed).service();
    let apple = Some(Service::Apple("1200361736".into()));
    for typed in [
        "https://podcasts.apple.com/us/podcast/the-daily/id1200361736?i=1000",
        "podcasts.apple.com/podcast/id1200361736",
        "https://itunes.apple.com/podcast?id=1200361736",
        "podcasts://podcasts.apple.com/us/podcast/x/id1200361736",
        "itms-podcasts://itunes.apple.com/us/podcast/x/id1200361736",
        "https://overcast.fm/itunes1200361736/the-daily",
        "https://pca.st/itunes/1200361736",
    ] {
        assert_eq!(service(typed), apple, "{typed}");
    }
    assert_eq!(service("https://podcasts.apple.com/us/charts"), Some(Service::AppleOther));
    assert_eq!(service("https://open.spotify.com/show/x"), Some(Service::Closed("Spotify")));
    assert_eq!((service("https://example.org/id1"), service("https://overcast.fm/p1")), (None, None));
}

#[test]
fn spellings_differ_in_the_scheme_and_the_last_slash() {
    let of = |typed: &str| spellings(&FeedAddress::read(typed).expect(typed).url);
    assert_eq!(
        of("https://example.org/f/"),
        ["http://example.org/f/", "https://example.org/f", "http://example.org/f"]
    );
    assert_eq!(of("http://example.org/?f=1"), ["https://example.org/?f=1"]);
}

proptest::proptest! {
    #[test]
    fn an_address_that_was_read_is_read_again_as_it_is(typed in "(feed:|https?%?:|url:|<|\"|itpc|antennapod.org/deeplink\\?url=)?(//)?[ -~\u{a0}-\u{ff}\u{200b}\n]{0,60}") {
        if let Ok(address) = FeedAddress::read(&typed) {
            let again = FeedAddress::read(address.url.as_str()).map(|again| again.url);
            proptest::prop_assert_eq!(again, Ok(address.url));
        }
    }
}
