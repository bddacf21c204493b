//! Hostile input costs bounded time and memory.

use chrono::DateTime;
use url::Url;

use super::{Feed, Unreadable, read};

const MANY: usize = 1_000_000;

fn attempt(text: &str) -> Result<Feed, Unreadable> {
    let base = Url::parse("https://example.org/feed").expect("a url");
    read(text.as_bytes(), None, &base, DateTime::from_timestamp(1_798_761_600, 0).expect("a date"))
}

fn in_item(inside: &str) -> Feed {
    attempt(&format!(
        "<rss><channel><item><title>a</title>{inside}</item><item><title>b</title></item></channel></rss>"
    ))
    .expect("a feed")
}

#[test]
fn a_billion_laughs_stay_small() {
    let levels: String =
        (1..30).map(|n| format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10))).collect();
    let feed = attempt(&format!(
        "<!DOCTYPE r [<!ENTITY l0 'ha'>{levels}]><rss><channel><title>&l29;</title></channel></rss>"
    ))
    .expect("a feed");
    assert!(feed.title.len() < 1_000);
}

#[test]
fn one_entity_used_a_million_times_stays_small() {
    let items = format!("<item><description>{}</description></item>", "&a;".repeat(3_000)).repeat(1_000);
    let text =
        format!("<!DOCTYPE r [<!ENTITY a '{}'>]><rss><channel>{items}</channel></rss>", "x".repeat(900));
    let feed = attempt(&text).expect("a feed");
    assert!(feed.items.iter().map(|item| item.summary_html.len()).sum::<usize>() < 30_000_000);
}

#[test]
fn depth_is_bounded_and_the_next_item_is_read() {
    let deep = |name: &str| {
        format!("{}x{}", format!("<{name}>").repeat(200_000), format!("</{name}>").repeat(200_000))
    };
    for inside in [
        deep("a"),
        format!("<description>{}</description>", deep("div")),
        format!("<description><![CDATA[{}]]></description>", deep("div")),
    ] {
        let feed = in_item(&inside);
        assert_eq!(feed.items.len(), 2);
        assert!(feed.items[0].summary_html.len() < 100_000);
    }
}

#[test]
fn many_enclosures_persons_and_places_are_few() {
    let many = |one: &str| in_item(&one.repeat(45_000 / one.matches('<').count()));
    let numbered: String = (0..45_000).map(|n| format!("<enclosure url='{n}'/>")).collect();
    assert_eq!(in_item(&numbered).items[0].enclosures.len(), 20);
    let list = "<rdf:Bag><rdf:li><foaf:Person><foaf:name>a</foaf:name></foaf:Person></rdf:li></rdf:Bag>";
    assert_eq!(many(&format!("<dc:creator>{list}</dc:creator>")).items[0].authors, ["a"]);
    let places = format!("<georss:where>{}1 2</georss:where>", "<gml:pos>".repeat(20));
    assert_eq!(many(&places).items.len(), 2);
    assert_eq!(many("<content:items><a>").items.len(), 2);
}

#[test]
fn many_attributes_are_a_hundred() {
    let many: String = (0..1_000_000).map(|n| format!("a{n}='x' ")).collect();
    let feed = in_item(&format!("<enclosure {many} url='late.mp3'/><enclosure url='1.mp3'/>"));
    assert_eq!(feed.items[0].enclosures.len(), 1);
}

#[test]
fn what_is_never_closed_ends_with_its_element() {
    for open in ["<![CDATA[", "<!-- "] {
        let feed = in_item(&format!("<description>{open}{}</description>", "x".repeat(MANY)));
        assert_eq!(feed.items.len(), 2, "{open}");
        assert!(feed.items[0].summary_html.len() <= 1_000_000);
    }
}

#[test]
fn noise_is_text() {
    for noise in [
        "<",
        "&",
        "<a ",
        "<a '",
        "<a b=\"",
        "</",
        "<!",
        "<?",
        "<![CDATA[",
        "<!--",
        "]]>",
        "&#",
        "&a;",
        "<a>",
        "<a/>",
        "<!DOCTYPE [",
        "\u{1}",
        "<a xmlns:b='c'>",
        "&amp;lt;b&amp;gt;",
        "a@",
        "&lt;b&gt;x",
    ] {
        let noise = noise.repeat(MANY / 5 / noise.len());
        let feed = in_item(&format!("<description>{noise}"));
        assert!(feed.items[0].summary_html.len() <= 1_000_000);
        let _ = attempt(&noise);
        in_item(&format!(
            "<title>{noise}</title><author>{noise}</author><category>{noise}</category><pubDate>{noise}</pubDate><link>{noise}</link>"
        ));
    }
}

#[test]
fn broken_json_of_megabytes_costs_little() {
    for noise in [
        "{", "[", "\"", "'", "\\", ",", "{\"a\":", "[1,", "}", "]", "/*", "//", "/", "{[}]", "a:", "\"\\u",
        "#\n",
    ] {
        let _ = attempt(&format!("{{{}", noise.repeat(MANY / noise.len())));
    }
    let _ = attempt(&format!("{}{}", "[".repeat(MANY), "}".repeat(MANY)));
    let _ = attempt(&format!("{}{}", "{".repeat(MANY), "]".repeat(MANY)));
}

#[test]
fn parts_left_open_are_read_again_only_so_often() {
    for open in ["<a>", "<description>", "<media:group><b>", "<content type='text/xml'>"] {
        let feed = in_item(&format!("{open}<guid/>").repeat(MANY / 20));
        assert!(feed.items.len() >= 2, "{open}");
    }
    let items = format!("<item>{}</item>", "<foo><dc:date>x".repeat(1_000)).repeat(60);
    assert_eq!(attempt(&format!("<rss><channel>{items}</channel></rss>")).expect("a feed").items.len(), 60);
}

#[test]
fn declarations_left_open_cost_little() {
    for noise in ["<!--", "'", "'] ", "\"'", "<!ENTITY", "<!ENTITY a '", "<!ENTITY a ']\"", "] "] {
        let noise = noise.repeat(MANY / noise.len());
        let text =
            format!("<!DOCTYPE r [{noise}]><rss><channel><item><title>a</title></item></channel></rss>");
        let _ = attempt(&text);
    }
}

#[test]
fn half_tags_of_html_cost_little() {
    for noise in ["<svg>", "<head ", "<script>", "<a b=\"", "<a b='\">", "<!x", "<o:p", "<title>"] {
        let noise = noise.repeat(MANY / noise.len()).replace('<', "&lt;");
        attempt(&format!(
            "<feed><subtitle type='html'>{noise}</subtitle><rights type='html'>{noise}</rights></feed>"
        ))
        .expect("a feed");
        attempt(&format!("<rss><channel><description>{noise}</description></channel></rss>"))
            .expect("a feed");
    }
}

#[test]
fn half_tags_of_noscript_cost_little() {
    let feed = in_item(&format!("<description><![CDATA[{}>]]></description>", "<noscript".repeat(MANY / 9)));
    assert_eq!(feed.items.len(), 2);
}

#[test]
fn chapters_and_people_weigh_what_a_long_base_makes_of_them() {
    let chapters = "<psc:chapter start='1' href='a' image='b'/>".repeat(900);
    let persons = "<podcast:person href='a' img='b'>x</podcast:person>".repeat(20);
    let item = format!("<item><psc:chapters>{chapters}</psc:chapters>{persons}</item>");
    let base = "x".repeat(450);
    let text =
        format!("<rss xml:base='https://example.org/{base}/'><channel>{}</channel></rss>", item.repeat(500));
    let items = attempt(&text).expect("a feed").items.len();
    assert!((50..200).contains(&items), "{items}");
}

#[test]
fn a_long_base_does_not_multiply() {
    let links: String = (0..200_000).map(|n| format!("<a href={n}>x</a>")).collect();
    let items = format!("<item><description>&lt;![CDATA[{links}]]&gt;</description></item>")
        .replace("&lt;![", "<![")
        .replace("]]&gt;", "]]>");
    let text = format!(
        "<rss xml:base='https://example.org/{}/'><channel>{}</channel></rss>",
        "x".repeat(2_000),
        items.repeat(5)
    );
    let size: usize = attempt(&text).expect("a feed").items.iter().map(|item| item.summary_html.len()).sum();
    assert!(size < 60_000_000, "{size}");
}
