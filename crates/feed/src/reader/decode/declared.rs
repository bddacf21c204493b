//! Declared encodings: of the response and of the document.

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP};

use super::code_pages::CodePage;
use super::seven_bits::SevenBits;
use super::utf7;

/// Bytes at the start in which a document declares its encoding.
const MAX_PROLOG: usize = 1_024;

/// A declared encoding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Charset {
    Web(&'static Encoding),
    Utf7,
    SevenBits(SevenBits),
    Other(&'static CodePage),
}

impl Charset {
    /// Decodes bytes; none if some are invalid.
    pub fn decode_all(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Web(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes),
            Self::Utf7 | Self::SevenBits(_) => bytes.is_ascii().then(|| self.decode(bytes)),
            Self::Other(page) => Some(page.decode(bytes)),
        }
    }

    /// Decodes bytes with U+FFFD for invalid ones.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Web(encoding) => encoding.decode_without_bom_handling(bytes).0,
            Self::Utf7 => utf7::decode(bytes).into(),
            Self::SevenBits(encoding) => encoding.decode(bytes),
            Self::Other(page) => page.decode(bytes),
        }
    }
}

/// Labels missing in the Encoding Standard, per encoding; the first of each line is a known one.
const SYNONYMS: [&str; 16] = [
    "utf-8 u8 utf utf-8-sig utf8-ucs2 utf8-ucs4 unicode-1-1 cp65001",
    "windows-1252 cp1252 ansi latin-1 iso8859 8859 cp819 819 ibm-819 ascii-8bit 646 iso-646-us",
    "gb18030 gb-2312 cp936 ms936 936 windows-936 gb18030-2000 \
     euccn euc-cn eucgb2312-cn gb2312-80 gb2312-1980 x-mac-simp-chinese",
    "shift_jis cp932 932 windows-932 mskanji ms-kanji s-jis shiftjis x-mac-japanese shift-jis-2004 \
     sjis-2004 s-jis-2004 shiftjis2004 shift-jisx0213 sjisx0213 s-jisx0213 shiftjisx0213",
    "euc-kr cp949 949 ms949 uhc euckr ks-x-1001 ksx1001 ks-c-5601 ks-c-5601-1987 x-mac-korean",
    "big5 cp950 950 ms950 windows-950 big5-tw hkscs big5hkscs x-mac-trad-chinese",
    "euc-jp eucjp ujis u-jis euc-jis-2004 eucjis2004 euc-jisx0213",
    "iso-2022-jp iso2022-jp iso2022jp",
    "windows-874 tis620 tis-620-0 tis-620-2529-0 tis-620-2529-1 iso-ir-166 thai cp874 iso-8859-11-2001 iso8859-11-2001",
    "macintosh mac-roman macroman x-macroman",
    "x-mac-cyrillic mac-cyrillic maccyrillic",
    "iso-8859-13 l7 latin7 latin-7",
    "iso-8859-14 l8 latin8 latin-8 iso-celtic iso-ir-199",
    "iso-8859-15 latin9 latin-9",
    "iso-8859-16 l10 latin10 latin-10 iso-ir-226 iso-8859-16-2001",
    "iso-8859-10 latin-6",
];

/// The encoding of a label, including labels that the Encoding Standard does not have.
pub fn label(name: &str) -> Option<Charset> {
    let name = name.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let known = |name: &str| Encoding::for_label(name.as_bytes());
    let plain = name.replace(['_', ' '], "-");
    if matches!(
        plain.as_str(),
        "utf-7" | "utf7" | "u7" | "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7" | "cp65000"
    ) {
        return Some(Charset::Utf7);
    }
    if let Some(encoding) = SevenBits::named(&plain) {
        return Some(Charset::SevenBits(encoding));
    }
    let synonym = || SYNONYMS.iter().find(|line| line.split(' ').any(|one| one == plain));
    // In cp1251, windows1251 and iso8859-2 the digits identify the encoding, only the prefix varies.
    let digits = || plain.trim_start_matches(|c: char| !c.is_ascii_digit());
    let dialect = || match &plain[..plain.len() - digits().len()] {
        "cp" | "windows" | "" => known(&format!("windows-{}", digits())),
        // Variants such as iso-2022-jp-2, iso2022jp-ext and iso2022_jp_2004 only add rarely used characters.
        _ if digits().trim_start_matches("2022").trim_start_matches('-').starts_with("jp") => {
            Some(ISO_2022_JP)
        }
        _ if digits().starts_with("8859") => {
            known(&format!("iso-8859-{}", digits()[4..].trim_start_matches('-')))
        }
        _ => None,
    };
    let web = known(&name)
        .or_else(|| known(&plain))
        .or_else(|| known(synonym()?.split(' ').next()?))
        .or_else(dialect);
    web.map(Charset::Web).or_else(|| CodePage::of_letters(&name).map(Charset::Other))
}

/// Whether a label means pure ASCII, as `text/xml` does by default.
pub fn is_ascii(name: &str) -> bool {
    ["us-ascii", "ascii", "ansi_x3.4-1968"].iter().any(|ascii| name.trim().eq_ignore_ascii_case(ascii))
}

/// The charset parameter of a Content-Type header.
pub fn charset(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// The encoding in an XML declaration.
pub fn prolog(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_PROLOG)]);
    let declaration = head.split_once("<?xml")?.1;
    let declaration = &declaration[..declaration.find('>').unwrap_or(declaration.len())];
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let name = value.trim_start_matches(['"', '\'']).split(['"', '\'', '?', ' ']).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The charset of a page's `meta` element near the start.
pub fn meta(page: &[u8]) -> Option<String> {
    const START: usize = 2_048;
    let start = String::from_utf8_lossy(&page[..page.len().min(START)]).to_ascii_lowercase();
    let (_, after) = start[start.find("<meta")?..].split_once("charset=")?;
    let after = after.trim_start_matches(['"', '\'', ' ']);
    let end =
        after.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(after.len());
    Some(after[..end].to_owned())
}
