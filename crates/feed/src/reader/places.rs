//! Locations: names or coordinates, from GeoRSS, GML, W3C basic geo and the podcast namespace.

use super::best::BestValue;
use super::podcasting::line;
use super::xml::Element;

/// A location while it is read; latitude and longitude may be separate elements.
#[derive(Debug, Clone, Default)]
pub struct LocationParts {
    told: BestValue<String>,
    latitude: Option<String>,
    longitude: Option<String>,
}

impl LocationParts {
    pub fn read(&mut self, rank: u8, element: &Element<'_, '_>) {
        let name = element.head.local().to_ascii_lowercase();
        match name.as_str() {
            "lat" | "latitude" => self.latitude = self.latitude.take().or_else(|| line(element)),
            "long" | "lon" | "longitude" => self.longitude = self.longitude.take().or_else(|| line(element)),
            "featurename" => self.told.offer(rank, line(element)),
            "location" if !element.has_elements() => {
                let told = element.attribute("geo");
                self.told.offer(rank, line(element).or_else(|| degrees(&told?)));
            }
            _ => self.told.offer(rank, degrees(&numbers_within(element))),
        }
    }

    pub fn take(self) -> Option<String> {
        let apart = || degrees(&format!("{} {}", self.latitude?, self.longitude?));
        self.told.take().or_else(apart)
    }
}

/// Coordinates of a point, or of the first leaf element of a shape.
fn numbers_within(element: &Element<'_, '_>) -> String {
    let part = |name: &str| element.child(name).map(|part| part.text());
    if let (Some(latitude), Some(longitude)) = (part("lat"), part("long").or_else(|| part("lon"))) {
        return format!("{latitude} {longitude}");
    }
    let mut innermost = *element;
    while let Some(child) = innermost.children().next() {
        innermost = child;
    }
    innermost.text().into_owned()
}

/// Latitude and longitude at the start of a text: separated by spaces or a comma, or a `geo:` URI (RFC 5870).
fn degrees(told: &str) -> Option<String> {
    let told = told.trim().trim_start_matches("geo:").split(';').next()?;
    let mut numbers = told.split(|c: char| c.is_whitespace() || c == ',').filter(|part| !part.is_empty());
    let mut next = |most: f64| {
        numbers.next()?.parse().ok().filter(|number: &f64| number.is_finite() && number.abs() <= most)
    };
    Some(format!("{}, {}", next(90.0)?, next(180.0)?))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{atom, rss, rss_item, some};

    fn place(told: &str) -> Option<String> {
        let geo = "xmlns:geo='http://www.w3.org/2003/01/geo/wgs84_pos#'";
        let item = rss_item(told).content.details.location;
        assert_eq!(rss(told).location, item, "{told}");
        assert_eq!(atom(&format!("<entry {geo}>{told}</entry>")).items[0].details.location, item, "{told}");
        item
    }

    #[test]
    fn a_place_has_a_name_or_degrees() {
        assert_eq!(place("<georss:point>45.256 -71.92</georss:point>"), some("45.256, -71.92"));
        let nested = "<georss:where><gml:Point><gml:pos>45.256 -71.92</gml:pos></gml:Point></georss:where>";
        assert_eq!(place(nested), some("45.256, -71.92"));
        assert_eq!(
            place("<geo:Point><geo:lat>1.5</geo:lat><geo:long>-2</geo:long></geo:Point>"),
            some("1.5, -2")
        );
        assert_eq!(
            place("<georss:point>1 2</georss:point><georss:featureName>Here</georss:featureName>"),
            some("Here")
        );
        assert_eq!(place("<georss:point>95 0</georss:point><georss:point>NaN inf</georss:point>"), None);
    }

    #[test]
    fn latitude_and_longitude_may_stand_apart() {
        assert_eq!(place("<geo:long>-71.92</geo:long><geo:lat>45.256</geo:lat>"), some("45.256, -71.92"));
        assert_eq!(
            place("<icbm:latitude>1.5</icbm:latitude><icbm:longitude>2</icbm:longitude>"),
            some("1.5, 2")
        );
        assert_eq!(place("<geo:lat_long>1.5,2</geo:lat_long>"), some("1.5, 2"));
        assert_eq!(place("<geo:lat>45.256</geo:lat>"), None);
        assert_eq!(
            place("<geo:lat>1</geo:lat><geo:long>2</geo:long><georss:featureName>Here</georss:featureName>"),
            some("Here")
        );
    }

    #[test]
    fn a_shape_is_where_it_begins() {
        for told in [
            "<georss:line>1.5 2 46.46 -109.48</georss:line>",
            "<georss:polygon>1.5 2 46.46 -109.48 43.84 -109.86</georss:polygon>",
            "<georss:box>1.5 2 43 -69</georss:box>",
            "<georss:circle>1.5 2 500</georss:circle>",
            "<gml:Point><gml:pos>1.5 2</gml:pos></gml:Point>",
            "<gml:pos>1.5 2</gml:pos>",
            "<georss:where><gml:Envelope><gml:lowerCorner>1.5 2</gml:lowerCorner><gml:upperCorner>43 -69</gml:upperCorner></gml:Envelope></georss:where>",
            "<media:location><georss:where><gml:Point><gml:pos>1.5 2</gml:pos></gml:Point></georss:where></media:location>",
        ] {
            assert_eq!(place(told), some("1.5, 2"), "{told}");
        }
    }

    #[test]
    fn a_podcast_may_tell_only_degrees() {
        assert_eq!(place("<podcast:location geo='geo:30.2672,97.7431;u=350'/>"), some("30.2672, 97.7431"));
        assert_eq!(
            place("<podcast:location geo='geo:1,2'>Austin, TX</podcast:location>"),
            some("Austin, TX")
        );
    }
}
