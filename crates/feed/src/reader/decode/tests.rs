use encoding_rs::*;

use super::decode;

const RUSSIAN: &str = "<t>Привет, мир и труд</t>";

fn with_prolog(encoding: &'static Encoding, label: &str, text: &str) -> Vec<u8> {
    encoding.encode(&format!("<?xml version='1.0' encoding='{label}'?>{text}")).0.into_owned()
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn utf32(text: &str, bytes: fn(u32) -> [u8; 4]) -> Vec<u8> {
    text.chars().flat_map(|c| bytes(c as u32)).collect()
}

#[test]
fn wide_encodings_are_known_by_their_mark_or_their_zeros() {
    let text = "<?xml version='1.0' encoding='utf-16'?><t>Übersee \u{1f600}</t>";
    for mark in ["", "\u{feff}"] {
        let marked = format!("{mark}{text}");
        for bytes in [
            utf16(&marked, u16::to_le_bytes),
            utf16(&marked, u16::to_be_bytes),
            utf32(&marked, u32::to_le_bytes),
            utf32(&marked, u32::to_be_bytes),
        ] {
            assert_eq!(decode(&bytes, Some("text/xml; charset=utf-8")), text);
        }
    }
}

#[test]
fn a_mark_of_utf_8_beats_what_is_said() {
    assert_eq!(decode("\u{feff}<t>é</t>".as_bytes(), Some("text/xml; charset=windows-1251")), "<t>é</t>");
}

#[test]
fn a_mark_before_something_else_gives_way() {
    let bytes = [b"\xef\xbb\xbf", &with_prolog(WINDOWS_1252, "windows-1252", "<t>café</t>")[..]].concat();
    assert!(decode(&bytes, None).ends_with("<t>café</t>"));
}

#[test]
fn the_charset_of_the_answer_counts_unless_it_does_not_fit() {
    let (bytes, ..) = KOI8_R.encode(RUSSIAN);
    assert_eq!(decode(&bytes, Some("application/xml; charset=\"KOI8-R\"")), RUSSIAN);
    let bytes = with_prolog(WINDOWS_1251, "windows-1251", RUSSIAN);
    assert!(decode(&bytes, Some("text/xml;charset=utf-8")).ends_with(RUSSIAN));
}

#[test]
fn a_header_that_says_ascii_gives_way_to_the_prolog() {
    let bytes = with_prolog(KOI8_R, "koi8-r", RUSSIAN);
    for header in ["text/xml; charset=us-ascii", "application/xml; charset=ASCII"] {
        assert!(decode(&bytes, Some(header)).ends_with(RUSSIAN));
    }
    assert_eq!(decode(b"<t>caf\xe9</t>", Some("text/xml; charset=us-ascii")), "<t>caf\u{e9}</t>");
}

#[test]
fn every_encoding_of_the_web_may_stand_in_the_prolog() {
    for (encoding, label, text) in [
        (SHIFT_JIS, "x-sjis", "<t>日本語</t>"),
        (GBK, "gb2312", "<t>中文</t>"),
        (BIG5, "big5", "<t>繁體中文</t>"),
        (EUC_JP, "euc-jp", "<t>日本語</t>"),
        (ISO_2022_JP, "iso-2022-jp", "<t>日本語</t>"),
        (EUC_KR, "euc-kr", "<t>한국어</t>"),
        (WINDOWS_1252, "iso-8859-1", "<t>“é”</t>"),
        (WINDOWS_1252, "us-ascii", "<t>é</t>"),
        (WINDOWS_1250, "cp1250", "<t>łódź</t>"),
        (UTF_8, "utf8", "<t>日本語</t>"),
    ] {
        assert!(decode(&with_prolog(encoding, label, text), None).ends_with(text), "{label}");
    }
}

#[test]
fn names_the_web_does_not_know_are_known() {
    for (label, bytes, text) in [
        ("cp437", &b"\x82"[..], "é"),
        ("Mac-Roman", b"\x8e", "é"),
        ("windows1251", b"\xcf", "П"),
        ("iso8859-5", b"\xbf", "П"),
        ("MS936", b"\xd6\xd0", "中"),
        ("euc_cn", b"\xd6\xd0", "中"),
        ("hz-gb-2312", b"~{VP~}", "中"),
        ("ks_c_5601_1987", b"\xc7\xd1", "한"),
        ("ISO-2022-KR", b"\x1b$)C\x0eGQ\x0f", "한"),
        ("ISO2022JP-2", b"\x1b$BF|\x1b(B", "日"),
        ("s-jisx0213", b"\x93\xfa", "日"),
        ("csHPRoman8", b"\xc5", "é"),
        ("iso8859-11-2001", b"\xa1", "ก"),
    ] {
        let bytes = [format!("<?xml version='1.0' encoding='{label}'?>").as_bytes(), bytes].concat();
        assert!(decode(&bytes, None).ends_with(text), "{label}");
    }
}

#[test]
fn mainframes_are_read_as_they_say() {
    // <?xml encoding="cp037"?>é
    let bytes = b"\x4c\x6f\xa7\x94\x93\x40\x85\x95\x83\x96\x84\x89\x95\x87\x7e\x7f\x83\x97\xf0\xf3\xf7\x7f\x6f\x6e\x51";
    assert_eq!(decode(bytes, None), "<?xml encoding=\"cp037\"?>é");
    // `<t>é` and `<t>[` in two code pages.
    assert_eq!(decode(b"\x4c\xa3\x6e\x51", Some("text/xml; charset=IBM037")), "<t>é");
    assert_eq!(decode(b"\x4c\xa3\x6e\x4a", Some("text/xml; charset=cp500")), "<t>[");
}

#[test]
fn a_wrong_prolog_costs_nothing() {
    assert!(decode(&with_prolog(UTF_8, "utf-16", "<t>é</t>"), None).ends_with("<t>é</t>"));
    assert!(decode(&with_prolog(UTF_8, "no-such-thing", "<t>é</t>"), None).ends_with("<t>é</t>"));
    assert!(
        decode(&with_prolog(WINDOWS_1252, "no-such-thing", "<t>déjà vu à la carte</t>"), None)
            .contains("déjà")
    );
}

#[test]
fn what_is_said_to_be_utf_8_and_is_not_is_guessed() {
    let bytes = b"<?xml version='1.0' encoding='utf-8'?><t>caf\xe9 na\xefve \x93q\x94</t>";
    assert!(
        decode(bytes, Some("text/xml; charset=utf-8"))
            .ends_with("<t>caf\u{e9} na\u{ef}ve \u{201c}q\u{201d}</t>")
    );
}

#[test]
fn bytes_without_any_word_of_their_encoding_are_guessed() {
    let text = "<t>Сегодня в городе прошёл большой праздник, и все были рады</t>";
    assert_eq!(decode(&WINDOWS_1251.encode(text).0, None), text);
}

#[test]
fn one_bad_byte_costs_one_character() {
    assert_eq!(decode(b"<t>\xc3\xa9\xff\xc3\xa9</t>", Some("text/xml; charset=utf-8")), "<t>é\u{fffd}é</t>");
}

#[test]
fn control_characters_are_dropped() {
    assert_eq!(decode(b"<t>a\0b\x08c\n</t>", None), "<t>abc\n</t>");
}

#[test]
fn utf_7_is_known_by_its_name_its_mark_or_its_first_tag() {
    let told = b"<?xml version='1.0' encoding='utf-7'?><t>caf+AOk-</t>";
    assert!(decode(told, None).ends_with("<t>caf\u{e9}</t>"));
    assert_eq!(decode(b"<t>caf+AOk-</t>", Some("text/xml; charset=UTF-7")), "<t>caf\u{e9}</t>");
    assert_eq!(decode(b"+/v8-<t>+AOk-</t>", None), "<t>\u{e9}</t>");
    assert_eq!(decode(b"+ADw-t+AD4-x+ADw-/t+AD4-", Some("text/xml; charset=utf-8")), "<t>x</t>");
    assert_eq!(decode(b"<t>1+AOk-</t>", None), "<t>1+AOk-</t>");
    assert_eq!(decode("<?xml encoding='utf-7'?>\u{e9}".as_bytes(), None), "<?xml encoding='utf-7'?>\u{e9}");
}

#[test]
fn lines_end_as_xml_has_it() {
    assert_eq!(decode(b"<t>\r\na\rb\n</t>", None), "<t>\na\nb\n</t>");
}
