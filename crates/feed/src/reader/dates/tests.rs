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
            "Thu, 01 Jan 2004 194821 GMT",
            "Thu, 01 Jan 2004 14:48:21 −0500",
            "20040101 7:48:21 PM",
        ],
    );
    all_mean("2004-01-01 19:48:00", &["Thu, 01 Jan 2004 19:48 GMT", "01/01/2004 19:48", "1/1/04 7:48 PM"]);
    all_mean("2004-01-01 19:48:00", &["Thu, 01 Jan 2004 1948 GMT", "01.01.2004 1948"]);
    all_mean(
        "2004-01-05 19:00:00",
        &[
            "05 Jan 2004 19 GMT",
            "5.1.2004 19 Uhr",
            "jan 5 2004 7pm",
            "7pm, 5 Jan 2004",
            "5 January 2004 7 p.m.",
        ],
    );
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
            "2003-12-31T10-14-55Z",
            "2003-12-31 10.14.55",
        ],
    );
    all_mean(
        "2003-12-31 00:00:00",
        &["2003-12-31", "20031231", "03-12-31", "031231", "2003-365", "2003/12/31", "2003.12.31"],
    );
    all_mean("2003-12-01 00:00:00", &["2003-12", "-03-12", "-0312"]);
    all_mean("2003-01-01 00:00:00", &["2003"]);
    all_mean("2004-01-01 00:00:00", &["2003-12-31T24:00:00Z", "2004-W01-4", "2004W014"]);
    all_mean("2003-12-31 10:14:00", &["2003-12-31T10:14Z", "2003-12-31T1014", "2003-12-31 10.14"]);
    all_mean("2003-12-31 10:30:00", &["2003-12-31T10.5Z", "2003-12-31T10,5Z", "20031231T1030.0Z"]);
    all_mean("2003-12-30 23:00:00", &["2003-12-31+01:00"]);
}

#[test]
fn zones_have_short_and_long_names() {
    all_mean(
        "2004-07-04 10:00:00",
        &[
            "04 Jul 2004 11:00:00 WAT",
            "04 Jul 2004 05:00:00 COT",
            "04 Jul 2004 12:00:00 Europe/Berlin",
            "2004-07-04T03:00:00[America/Los_Angeles]",
            "04 Jul 2004 06:00:00 us/eastern",
            "04 Jul 2004 06:00:00 Eastern Daylight Time",
            "04 Jul 2004 02:00:00 -0800 (Pacific Standard Time)",
            "04 Jul 2004 10:00:00 +0000 Lisbon",
            "04 Jul 2004 10:00:00 Atlantis/Poseidonis",
        ],
    );
    // Clocks in Berlin skip this half hour.
    all_mean("2004-03-28 00:30:00", &["28 Mar 2004 02:30 Europe/Berlin"]);
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
            "2004년 7월 4일 오후 7시",
            "2004년 7월 4일 19시 00분 00초",
            "2004年7月4日 10時00分00秒",
            "2004年7月4日午前10時",
            "2004-07-04 午前 10:00:00",
            "4 srpnja 2004 10:00",
            "4 liepos 2004 10:00",
            "4 јул 2004 10:00",
            "4 юли 2004 10:00",
            "4 กรกฎาคม 2004 10:00",
            "星期日, 04 七月 2004 10:00",
            "4 ביולי 2004 10:00",
            "4 juuli 2004 10:00",
            "ne, 04 čvc 2004 10:00",
        ],
    );
    all_mean(
        "2004-03-02 00:00:00",
        &[
            "mar. 2 mars 2004",
            "2 März 2004",
            "martes, 2 marzo 2004",
            "2 maart 2004",
            "2 Mrz 2004",
            "2 Maerz 2004",
            "2004. március 2.",
        ],
    );
    all_mean(
        "2003-11-01 00:00:00",
        &["1. marraskuuta 2003", "1 Kasım 2003", "1 listopada 2003", "1 novembre 2003"],
    );
    all_mean(
        "2003-12-01 00:00:00",
        &[
            "1. desember 2003",
            "1 joulukuuta 2003",
            "1 Aralık 2003",
            "1. prosince 2003",
            "1. pro 2003",
            "01 十二月 2003",
        ],
    );
    all_mean("2004-05-05 00:00:00", &["5 Μαΐου 2004", "5 maí 2004", "5 svibnja 2004", "5 gegužės 2004"]);
    all_mean("2004-05-28 23:00:00", &["May 28, 2004 11:00 p.m."]);
}

#[test]
fn seconds_since_1970_are_dates() {
    all_mean("2004-01-01 19:48:21", &["1072986501", "1072986501000", "1072986501.0"]);
    all_mean("2004-01-01 19:48:21", &["/Date(1072986501000)/", "/Date(1072986501000+0100)/"]);
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
        "/Date()/",
        "0001-01-01T00:00:00Z",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "01/01/0001 00:00:00",
        "00010101T000000Z",
        "0000-01-01",
        "Thu, 30 Nov 0000 00:00:00 +0000",
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

#[test]
fn no_name_of_a_month_stands_for_two() {
    for (at, name) in months::NAMES.iter().flat_map(|names| names.split(' ')).enumerate() {
        let same = months::NAMES.iter().flat_map(|names| names.split(' ')).position(|other| other == name);
        assert_eq!(same, Some(at), "{name}");
    }
}
