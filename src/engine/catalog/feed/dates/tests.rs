use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a date")
}

fn told(text: &str) -> Option<String> {
    read(text, now()).map(|date| date.format("%Y-%m-%d %H:%M:%S").to_string())
}

fn all_mean(moment: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(told(text).as_deref(), Some(moment), "{text}");
    }
}

#[test]
fn dates_of_mail_are_read_however_nearly_right() {
    all_mean(
        "2004-01-01 19:48:21",
        &[
            "Thu, 01 Jan 2004 19:48:21 GMT",
            "Thu, 1 Jan 04 19:48:21 +0000",
            "01 January 2004 19:48:21",
            "thu, 01 jan 2004 19:48:21 z",
            "Mon, 01 Jan 2004 14:48:21 EST",
            "Thu, 01 Jan 2004 20:48:21 +01:00",
            "Thu, 01 Jan 2004 20:48:21 GMT+1",
            "Thu, 01 Jan 2004 20:48:21 CET",
            "Thu, 01 Jan 2004 11:48:21 -0800 (PST)",
            "Thursday, 01-Jan-04 19:48:21 UT",
            "Thu Jan  1 19:48:21 2004",
            "Thu Jan 01 19:48:21 GMT 2004",
            "Thu, Jan 1 2004 19:48:21 GMT",
            "Thu,  01 Jan 2004 18:48:21 A",
            "Fri, 02 Jan 2004 01:18:21 IST",
            "Thu, 01 Jan 2004 15:48:21 AT",
            "Thu, 01 Jan 2004 19.48.21 GMT",
        ],
    );
    all_mean("2004-01-01 19:48:00", &["Thu, 01 Jan 2004 19:48 GMT", "01/01/2004 19:48", "1/1/04 7:48 PM"]);
    all_mean("2004-01-05 19:00:00", &["jan 5 2004 7pm", "7pm, 5 Jan 2004", "5 January 2004 7 p.m."]);
    all_mean("2004-06-30 23:59:59", &["Wed, 30 Jun 2004 23:59:60 GMT", "31 Jun 2004 23:59:59 GMT"]);
}

#[test]
fn dates_of_the_web_are_read_at_every_precision() {
    all_mean(
        "2003-12-31 10:14:55",
        &[
            "2003-12-31T10:14:55Z",
            "2003-12-31t10:14:55z",
            "2003-12-31 10:14:55",
            "2003-12-31T10:14:55+00",
            "2003-12-31T12:14:55.123456+02:00",
            "2003-12-31T10:14:55,5Z",
            "20031231T101455Z",
            "20031231101455",
            "2003-12-31T05:14:55 EST",
            "2003-365T10:14:55Z",
            "2003365T101455",
            "2004-W01-3T10:14:55Z",
        ],
    );
    all_mean(
        "2003-12-31 00:00:00",
        &["2003-12-31", "20031231", "03-12-31", "031231", "2003-365", "2003/12/31", "2003.12.31"],
    );
    all_mean("2003-12-01 00:00:00", &["2003-12", "-03-12", "-0312"]);
    all_mean("2003-01-01 00:00:00", &["2003"]);
    all_mean("2004-01-01 00:00:00", &["2003-12-31T24:00:00Z", "2004-W01-4", "2004W014"]);
    all_mean("2003-12-31 10:14:00", &["2003-12-31T10:14Z", "2003-12-31T1014"]);
}

#[test]
fn dates_are_read_in_many_languages() {
    all_mean(
        "2004-07-04 10:00:00",
        &[
            "July 4, 2004 10:00 AM",
            "4 juillet 2004 10:00",
            "4. Juli 2004, 10:00 Uhr",
            "4 de julio de 2004 10:00",
            "4 luglio 2004 10:00",
            "4 июля 2004 10:00",
            "4 lipca 2004 10:00",
            "4 juli 2004 10:00",
            "2004년 07월 04일 19:00:00",
            "2004-07-04 오후 07:00:00",
            "2004년 07월 04일 10:00:00 UTC",
            "4. července 2004 10:00",
            "4 Temmuz 2004 10:00",
            "4 heinäkuuta 2004 10:00",
            "4 липня 2004 10:00",
            "4 iulie 2004 10:00",
            "4 يوليو 2004 10:00",
            "4 juillet 2004 à 10h00",
            "Κυρ, 04 Ιούλ 2004 10:00:00 GMT",
            "2004-július-04T10:00+00:00",
            "dim. 4 juil. 2004 10:00",
            "2004年7月4日 10:00",
            "04.07.2004 10:00",
            "Sonntag, 4. Juli 2004 10:00",
        ],
    );
    all_mean(
        "2004-03-02 00:00:00",
        &["mar. 2 mars 2004", "2 März 2004", "martes, 2 marzo 2004", "2 maart 2004"],
    );
    all_mean(
        "2003-11-01 00:00:00",
        &["1. marraskuuta 2003", "1 Kasım 2003", "1 listopada 2003", "1 novembre 2003"],
    );
    all_mean(
        "2003-12-01 00:00:00",
        &["1. desember 2003", "1 joulukuuta 2003", "1 Aralık 2003", "1. prosince 2003"],
    );
    all_mean("2004-05-28 23:00:00", &["May 28, 2004 11:00 p.m."]);
}

#[test]
fn seconds_since_1970_are_dates() {
    all_mean("2004-01-01 19:48:21", &["1072986501", "1072986501000"]);
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        "soon",
        "yesterday at noon",
        "0",
        "12",
        "2003-13-01",
        "2003-12-31T25:00:00Z",
        "99999999999999999999",
        "Thu, 01 Jan",
        "-",
        "+",
        "1:1:1:1",
    ] {
        assert_eq!(told(text), None, "{text}");
    }
}

#[test]
fn what_cannot_be_a_publication_is_none() {
    assert_eq!(told("1969-12-31T23:59:59Z"), None);
    assert_eq!(told("Thu, 01 Jan 2099 00:00:00 GMT"), None);
    let tomorrow = now() + TimeDelta::hours(23);
    assert_eq!(read(&tomorrow.to_rfc3339(), now()), Some(tomorrow));
}
