//! Month names in the languages of feeds.

/// Prefixes of month names: English, German, French, Spanish, Italian, Portuguese, Dutch, Danish, Norwegian,
/// Icelandic, Romanian, Finnish, Estonian, Lithuanian, Latvian, Polish, Czech, Croatian, Hungarian, Turkish,
/// Indonesian, Russian, Ukrainian, Bulgarian, Serbian, Greek, Arabic, Hebrew, Thai, Chinese. A trailing
/// period marks a whole name.
///
/// "Listopad" is November in Polish, Czech and Ukrainian, and is omitted for Croatian, where it is October.
pub(super) const NAMES: [&str; 12] = [
    "jan jän ene gen ian tammi jaan saus sty led. lede ledn siječ oca янв січ яну јан ιαν ينا ינו มกร 一月",
    "feb fév fev helmi veeb vasar lut úno velj şub фев лют феб φεβ فبر פבר กุมภ 二月",
    "mar mär maer mrz mrt maa már kov bře ožu мар бер μαρ μάρ μάώ μαώ مار מרץ มีน 三月",
    "apr avr abr huhti baland kwi dub. dube dubn travanj travnj ápr nis апр кві απρ أبر אפר เมษ 四月",
    "may mai maí mag maj mei máj máu touko gegu kvě svib май мая мај тра μάι μαϊ μάϊ μαΐ μαι ماي מאי พฤษภ 五月",
    "jun juin juun giu iun kesä birž jūn cze červn čvn jún lipn lipanj haz июн юни јун чер ιούν ιουν ιον يوني יונ มิถ 六月",
    "jul juil juul lug iul heinä liep jūl lip červenc čvc srpnj srpanj júl tem июл юли јул лип ιούλ ιουλ ιολ يولي יול กรกฎ 七月",
    "aug aoû aou ago agu avg ágú elo rugp sie srp kolov ağu авг сер αύγ αυγ أغس אוג สิงห 八月",
    "sep set syys rugs wrz zář ruj szep eyl сен вер сеп σεπ سبت ספט กันย 九月",
    "oct okt ott out loka spal paź říj eki окт жов οκτ أكت אוק ตุล 十月",
    "nov noi nóv marras lapkr lis studen kas ноя лис ное нов νοέ νοε نوف נוב พฤศจ 十一月",
    "dec dez déc dic des dets joulu gru pro. prosin ara дек гру дец δεκ ديس דצמ ธันว 十二月",
];

/// The month of a lower-case word, 1 to 12. The longest prefix wins: "marraskuu" is not March.
pub fn month(word: &str) -> Option<i64> {
    // The Hebrew prefix for "in".
    let word = word.strip_prefix('ב').unwrap_or(word);
    let fits = |name: &str| name.strip_suffix('.').map_or(word.starts_with(name), |whole| word == whole);
    let names =
        NAMES.iter().zip(1..).flat_map(|(names, month)| names.split(' ').map(move |name| (name, month)));
    names.filter(|(name, _)| fits(name)).max_by_key(|(name, _)| name.len()).map(|(_, month)| month)
}
