use super::*;

const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[test]
fn the_address_and_its_secrets_are_redacted() {
    for (feed, secret) in [
        ("https://feeds.example.org/rss?show=7&auth=AbCdEf", "AbCdEf"),
        ("https://feeds.example.org/rss/3f9a1c77d0.xml", "3f9a1c77d0"),
        ("https://feeds.example.org/0a1b2c3d-4e5f-6071-8293", "0a1b2c3d-4e5f-6071-8293"),
        ("https://feeds.example.org/rss?u=hkjhsdkfjhsdkfjhskdjfhsdkjfh", "hkjhsdkfjhsdkfjhskdjfhsdkjfh"),
        ("https://feeds.example.org/rss?rss_key=4821397700", "4821397700"),
        ("https://feeds.example.org/rss?MemberAuth=wxyz", "wxyz"),
        ("https://feeds.example.org/rss?3f9a1c77d0", "3f9a1c77d0"),
        (format!("https://feeds.example.org/rss/{JWT}").as_str(), JWT),
        (format!("https://feeds.example.org/rss?t={JWT}").as_str(), JWT),
    ] {
        let secrets = FeedSecrets::of(&format!("{feed}#private-0123456789abcdef0123456789abcdef"));
        let html = feed.replace('&', "&amp;");
        let text = secrets.redact(&format!("{feed}, {html}, {secret}"));
        assert_eq!(text, "https://…, https://…, …");
        for link in [feed.to_owned(), format!("https://other.example/{secret}/1?p=2")] {
            assert!(!secrets.may_show(&link), "{link}");
        }
        assert!(secrets.may_show("https://example.org/2026/11/the-night-train-of-2026?p=123"));
    }
}

#[test]
fn a_secret_is_redacted_in_each_encoding() {
    for (feed, spellings) in [
        (
            "https://feeds.example.org/members?auth=Zm9v%2FYmFy%3D%3D",
            ["Zm9v%2FYmFy%3D%3D", "Zm9v/YmFy==", "Zm9v%2fYmFy=="],
        ),
        ("https://feeds.example.org/members?auth=Zm9v/YmFy", ["Zm9v/YmFy", "Zm9v%2FYmFy", "Zm9v%2fYmFy"]),
        (
            "https://feeds.example.org/members?auth=Zm9v+YmFyMTIz",
            ["Zm9v+YmFyMTIz", "Zm9v%2BYmFyMTIz", "Zm9v YmFyMTIz"],
        ),
        (
            "https://feeds.example.org/members?auth=a%26b%26c%26d",
            ["a%26b%26c%26d", "a&amp;b&amp;c&amp;d", "a&b&c&d"],
        ),
        ("https://feeds.example.org/members?user=Zo%C3%AB-42", ["Zo%C3%AB-42", "Zoë-42", "Zo%C3%AB%2D42"]),
        (
            "https://feeds.example.org/Zm9v%2BYmFyMTIzNDU2Nzg5.xml",
            ["Zm9v%2BYmFyMTIzNDU2Nzg5", "Zm9v+YmFyMTIzNDU2Nzg5", "Zm9v%2bYmFyMTIzNDU2Nzg5"],
        ),
    ] {
        let secrets = FeedSecrets::of(feed);
        for spelling in spellings {
            assert_eq!(secrets.redact(&format!("<p>{spelling}</p>")), "<p>…</p>", "{feed}");
            let link = format!("https://other.example/1?x={spelling}");
            assert!(!secrets.may_show(&link), "{link}");
        }
        let through =
            "https://other.example/to?url=".to_owned() + &feed.replace('%', "%25").replace('/', "%2F");
        assert!(!secrets.may_show(&through), "{through}");
    }
}

#[test]
fn words_of_an_ordinary_address_stay() {
    let secrets = FeedSecrets::of("https://example.org/feeds/podcast.xml?format=episodes");
    let text = "All episodes of the podcast, in all feeds of example.org";
    assert_eq!(secrets.redact(text), text);
    assert!(secrets.may_show("https://example.org/feeds/episodes/podcast-7"));
    assert!(FeedSecrets::of("https://example.org/").may_show("https://example.org/7"));
}

#[test]
fn a_short_secret_is_a_whole_word() {
    let secrets = FeedSecrets::of("https://example.org/members?user=true&username=anna");
    let text = "A true story of Joanna, told by anna and “anna”";
    assert_eq!(secrets.redact(text), "A true story of Joanna, told by … and “…”");
    assert!(secrets.may_show("https://example.org/joanna/a-true-story"));
    for link in ["https://example.org/by/anna", "https://example.org/?by=x%2Fanna"] {
        assert!(!secrets.may_show(link), "{link}");
    }
}

#[test]
fn no_link_has_a_login_a_secret_or_another_scheme() {
    let none = FeedSecrets::default();
    for shown in [
        "https://example.org/",
        "http://example.org/watch?v=dQw4w9WgXcQ&author=ada",
        "https://a.example/?key=1",
        "https://a.example/?user=true",
    ] {
        assert!(none.may_show(shown), "{shown}");
    }
    for hidden in [
        "https://mara:pin@example.org/",
        "https://mara@example.org/",
        "https://example.org/1?token=abcdef",
        "https://example.org/1?rss_key=4821",
        "https://example.org/1?X-Amz-Signature=abcdef",
        "https://example.org/1?Auth=abcdef",
        "https://example.org/1.mp3#private-0123456789abcdef0123456789abcdef",
        "javascript:alert(1)",
        "mailto:mara@example.org",
        "/logout",
        "",
    ] {
        assert!(!none.may_show(hidden), "{hidden}");
    }
}

#[test]
fn addresses_with_a_login_or_a_generated_part_hold_a_secret() {
    for feed in [
        "https://ada:pass@feeds.example.org/rss",
        "https://ada@feeds.example.org/rss",
        "https://feeds.example.org/rss?auth=AbCdEf",
        "https://feeds.example.org/rss?3f9a1c77d0",
        "https://feeds.example.org/rss/3f9a1c77d0.xml",
    ] {
        assert!(holds_secret(feed), "{feed}");
    }
    for feed in
        ["https://feeds.example.org/", "https://example.org/the-night-train/feed.xml?page=2", "no address"]
    {
        assert!(!holds_secret(feed), "{feed}");
    }
}
