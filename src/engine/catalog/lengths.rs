//! Reads how long episodes are: feed-rs 3.0.0 loses it unless an item has an iTunes title as well, and takes 1:05 for a second.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Lengths beyond a month are mistakes.
const MOST: i64 = 31 * 24 * 3_600;

/// For every `<item>` in order, the seconds of its `itunes:duration`.
pub fn lengths(feed: &str) -> Vec<Option<i64>> {
    let mut reader = Reader::from_str(feed);
    reader.config_mut().check_end_names = false;
    let (mut all, mut inside) = (Vec::new(), false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) if tag.name().as_ref() == "item" => all.push(None),
            Ok(Event::Start(tag)) => inside = tag.name().as_ref() == "itunes:duration",
            Ok(Event::Text(text)) if inside => {
                if let Some(last) = all.last_mut() {
                    *last = seconds(&text.xml10_content());
                }
            }
            Ok(Event::End(_)) => inside = false,
            Ok(Event::Eof) | Err(_) => return all,
            Ok(_) => {}
        }
    }
}

/// `h:mm:ss`, `m:ss` or seconds, with or without a fraction.
fn seconds(told: &str) -> Option<i64> {
    let mut total = 0_i64;
    for part in told.trim().split(':') {
        let whole: i64 = part.split('.').next()?.trim().parse().ok()?;
        total = total.checked_mul(60)?.checked_add(whole)?;
    }
    (1..=MOST).contains(&total).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_in_every_common_form() {
        let read = |told| seconds(told);
        assert_eq!(["9", "1:05", "01:02:03", " 61.5 "].map(read), [Some(9), Some(65), Some(3_723), Some(61)]);
        assert_eq!(["", "soon", "0", "-5", "1:xx", "9999999999999999999"].map(read), [None; 6]);
    }

    #[test]
    fn every_item_has_its_own_length_or_none() {
        let feed = "<rss><item><itunes:duration>5</itunes:duration></item><item/><item></item>\
                    <item><itunes:duration>0:07</itunes:duration></item></rss>";
        assert_eq!(lengths(feed), [Some(5), None, None, Some(7)]);
    }
}
