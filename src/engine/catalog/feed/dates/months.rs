//! Names of months in the languages feeds are written in.

const ENGLISH: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// How the names begin in other languages, for each month: German, French, Spanish, Italian, Portuguese, Dutch, Russian, Polish,
/// Hungarian, Greek.
const BEGINNINGS: [&str; 12] = [
    "jän ene gen янв sty ιαν",
    "fév fev фев lut φεβ",
    "mär mrt maa már мар μαρ μάρ μάώ μαώ",
    "avr abr ápr апр kwi απρ",
    "mai mag maj mei máj máu май мая μάι μαϊ μάϊ μαι",
    "juin giu jún июн cze ιούν ιουν ιον",
    "juil lug júl июл lip ιούλ ιουλ ιολ",
    "aoû aou ago авг sie αύγ αυγ",
    "set сен szep wrz σεπ",
    "okt ott out окт paź οκτ",
    "ноя lis νοέ νοε",
    "dez déc dic дек gru δεκ",
];

/// 1 to 12; the word is in lower case.
pub fn month(word: &str) -> Option<i64> {
    if let Some(at) = ENGLISH.iter().position(|beginning| word.starts_with(beginning)) {
        return Some(at as i64 + 1);
    }
    let begins = |beginnings: &str| beginnings.split(' ').any(|beginning| word.starts_with(beginning));
    BEGINNINGS.iter().position(|beginnings| begins(beginnings)).map(|at| at as i64 + 1)
}
