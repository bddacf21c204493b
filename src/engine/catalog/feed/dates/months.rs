//! Names of months in the languages feeds are written in.

const ENGLISH: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// How the names begin in other languages, for each month: German, French, Spanish, Italian, Portuguese, Dutch, Danish, Norwegian,
/// Romanian, Finnish, Polish, Czech, Hungarian, Turkish, Russian, Ukrainian, Greek, Arabic, Hebrew.
const BEGINNINGS: [&str; 12] = [
    "jän ene gen ian tammi sty lede ledn oca янв січ ιαν ينا ינו",
    "fév fev helmi lut únor şub фев лют φεβ فبر פבר",
    "mär mrt maa břez мар бер μαρ μάρ μάώ μαώ مار מרץ",
    "avr abr huhti kwi dube dubn ápr nis апр кві απρ أبر אפר",
    "mai mag maj mei máj máu touko květ май мая тра μάι μαϊ μάϊ μαι ماي מאי",
    "juin giu iun kesä červn jún haz июн чер cze ιούν ιουν ιον يوني יונ",
    "juil lug iul heinä červenc júl tem июл лип lip ιούλ ιουλ ιολ يولي יול",
    "aoû aou ago elo srp ağu авг сер sie αύγ αυγ أغس אוג",
    "set syys září szep eyl сен вер wrz σεπ سبت ספט",
    "okt ott out loka říj eki окт жов paź οκτ أكت אוק",
    "marras noi ноя лис lis kas νοέ νοε نوف נוב",
    "dez déc dic des joulu prosin ara дек гру gru δεκ ديس דצמ",
];

/// 1 to 12; the word is in lower case.
pub fn month(word: &str) -> Option<i64> {
    // Finnish November begins as English March.
    if word.starts_with("marras") {
        return Some(11);
    }
    if let Some(at) = ENGLISH.iter().position(|beginning| word.starts_with(beginning)) {
        return Some(at as i64 + 1);
    }
    let begins = |beginnings: &str| beginnings.split(' ').any(|beginning| word.starts_with(beginning));
    BEGINNINGS.iter().position(|beginnings| begins(beginnings)).map(|at| at as i64 + 1)
}
