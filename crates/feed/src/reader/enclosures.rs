//! Media of an item, each address once, with its metadata merged.

use super::limits::MAX_LIST;
use super::numbers::{count, duration, flag};
use super::xml::Element;
use crate::Enclosure;
use crate::Form;

#[derive(Debug, Clone, Default)]
pub struct Enclosures {
    all: Vec<Enclosure>,
    /// Number of main enclosures, which have a limit of their own: many pictures do not displace them.
    main: usize,
}

impl Enclosures {
    /// Adds an enclosure, or merges it into the one with the same address.
    pub fn add(&mut self, new: Enclosure) {
        let Some(known) = self.all.iter_mut().find(|known| known.url == new.url) else {
            let is_main = new.is_main();
            let alike = if is_main { self.main } else { self.all.len() - self.main };
            if alike < MAX_LIST {
                self.all.push(new);
                self.main += usize::from(is_main);
            }
            return;
        };
        known.mime_type = known.mime_type.take().or(new.mime_type);
        known.bytes = known.bytes.or(new.bytes);
        known.duration_seconds = known.duration_seconds.or(new.duration_seconds);
        known.medium = known.medium.take().or(new.medium);
        known.is_default |= new.is_default;
        known.is_alternate &= new.is_alternate;
    }

    /// The first known duration, of main enclosures first.
    pub fn duration(&self) -> Option<i64> {
        let of = |is_main| self.all.iter().filter(move |enclosure| enclosure.is_main() == is_main);
        of(true).chain(of(false)).find_map(|enclosure| enclosure.duration_seconds)
    }

    /// All enclosures, main ones first.
    pub fn take(mut self) -> Vec<Enclosure> {
        self.all.sort_by_key(|enclosure| !enclosure.is_main());
        self.all
    }
}

impl Enclosure {
    /// Whether it may be the item itself: a medium, or any attachment that is not a picture. Media RSS also
    /// describes players and pages.
    pub fn is_main(&self) -> bool {
        match self.form() {
            Form::Sound | Form::Film | Form::Document | Form::Playlist | Form::Torrent => true,
            Form::Picture => false,
            Form::Page | Form::Text | Form::Player | Form::Other | Form::Unknown => !self.is_alternate,
        }
    }
}

/// Reads an RSS enclosure, an Atom link or a Media RSS element: `url` or `href`, `type` and `length`.
pub fn enclosure(element: &Element<'_, '_>, is_alternate: bool) -> Option<Enclosure> {
    let url = element.address("url").or_else(|| element.address("href")).or_else(|| element.address("src"));
    let number = |name: &str| element.attribute(name).and_then(|told| count(&told));
    Some(Enclosure {
        url: url.or_else(|| element.text_address())?,
        mime_type: element.attribute("type").and_then(|told| mime_type(&told)),
        bytes: number("length").or_else(|| number("fileSize")),
        duration_seconds: element.attribute("duration").and_then(|told| duration(&told)),
        is_default: element.attribute("isDefault").and_then(|told| flag(&told)).unwrap_or(false),
        medium: element.attribute("medium").map(|told| told.to_ascii_lowercase()),
        is_alternate,
    })
}

/// Normalises a MIME type to lower case; none if it is not one.
pub fn mime_type(told: &str) -> Option<String> {
    let told = told.trim().to_ascii_lowercase();
    (told.contains('/') && told.len() <= 200).then_some(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_address_is_one_enclosure() {
        let mut told = Enclosures::default();
        let one = Enclosure { url: "https://x.example/1.mp3".into(), ..Enclosure::default() };
        told.add(Enclosure { bytes: Some(5), ..one.clone() });
        told.add(Enclosure { bytes: Some(6), duration_seconds: Some(60), is_default: true, ..one });
        assert_eq!(
            (told.duration(), told.all[0].bytes, told.all[0].is_default, told.all.len()),
            (Some(60), Some(5), true, 1)
        );
    }

    #[test]
    fn what_an_item_is_about_stands_before_many_pictures() {
        let mut all = Enclosures::default();
        for n in 0..50 {
            all.add(Enclosure {
                url: format!("https://x.example/{n}.jpg"),
                is_alternate: true,
                ..Enclosure::default()
            });
        }
        for ending in ["html", "zip", "mp3"] {
            let url = format!("https://x.example/1.{ending}");
            all.add(Enclosure { url, is_alternate: ending != "zip", ..Enclosure::default() });
        }
        let urls: Vec<String> = all.take().into_iter().map(|told| told.url).collect();
        assert_eq!(
            (urls.len(), &urls[0], &urls[1]),
            (MAX_LIST + 2, &"https://x.example/1.zip".into(), &"https://x.example/1.mp3".into())
        );
    }

    #[test]
    fn pictures_and_pages_are_no_media() {
        let is_main = |url: &str, mime: Option<&str>| {
            Enclosure {
                url: url.into(),
                mime_type: mime.map(str::to_owned),
                is_alternate: true,
                ..Enclosure::default()
            }
            .is_main()
        };
        assert!(is_main("https://x.example/a", Some("video/mp4")));
        assert!(!is_main("https://x.example/a.jpg?x=1", None));
        assert!(!is_main("https://x.example/v/1", Some("application/x-shockwave-flash")));
    }
}
