//! Draws charts as SVG with the colours of the page, so that the browser needs neither a library nor a second
//! drawing for dark mode.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

type Drawn = Result<String, Box<dyn std::error::Error + Send + Sync>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Plane<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Size in units of the drawing, which is displayed at 0.8 to 1.3 times that size.
const SIZE: (u32, u32) = (400, 210);
const TEXT_SIZE: i32 = 15;
/// Maximum characters of a name beside a bar.
const MAX_NAME: usize = 17;

/// Meaning of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartTone {
    Hit,
    Fetched,
    Failed,
}

impl ChartTone {
    /// Class of its entry in a legend.
    pub fn class(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Fetched => "fetched",
            Self::Failed => "failed",
        }
    }

    fn color(self) -> RGBColor {
        match self {
            Self::Hit => HIT.0,
            Self::Fetched => FETCHED.0,
            Self::Failed => FAILED.0,
        }
    }
}

/// A placeholder colour for drawing, its form in the SVG, and the page's colour that replaces it.
type Ink = (RGBColor, &'static str, &'static str);
const WORDS: Ink = (RGBColor(0, 0, 1), "\"#000001\"", "\"var(--muted)\"");
const RULES: Ink = (RGBColor(0, 0, 2), "\"#000002\"", "\"var(--line)\"");
const HIT: Ink = (RGBColor(0, 0, 3), "\"#000003\"", "\"var(--hit)\"");
const FETCHED: Ink = (RGBColor(0, 0, 4), "\"#000004\"", "\"var(--fetched)\"");
const FAILED: Ink = (RGBColor(0, 0, 5), "\"#000005\"", "\"var(--failed)\"");

/// Stacked columns, one for each label, with the parts from the bottom up.
pub fn piles(labels: &[String], piles: &[Vec<(ChartTone, i64)>], words: fn(i64) -> String) -> Drawn {
    let highest = piles.iter().map(|parts| parts.iter().map(|part| part.1).sum::<i64>()).max();
    draw(|area| {
        let mut plane = over_labels(area, labels, highest.unwrap_or_default(), words)?;
        for (x, parts) in (0..).map(f64::from).zip(piles) {
            for (from, to, tone) in stacked(parts) {
                let bar = Rectangle::new([(x - 0.38, from), (x + 0.38, to)], tone.color().filled());
                plane.draw_series([bar])?;
            }
        }
        Ok(())
    })
}

/// A line chart with a dot for each value. Only adjacent values are connected; missing ones are not drawn.
pub fn line(labels: &[String], values: &[Option<i64>], words: fn(i64) -> String) -> Drawn {
    let highest = values.iter().flatten().max().copied();
    let at: Vec<_> = (0..).map(f64::from).zip(values).map(|(x, y)| y.map(|y| (x, y as f64))).collect();
    draw(|area| {
        let mut plane = over_labels(area, labels, highest.unwrap_or_default(), words)?;
        let style = ShapeStyle { stroke_width: 2, ..FETCHED.0.filled() };
        let joined = at.windows(2).filter_map(|pair| Some([pair[0]?, pair[1]?]));
        plane.draw_series(joined.map(|ends| PathElement::new(ends, style)))?;
        plane.draw_series(at.iter().flatten().map(|dot| Circle::new(*dot, 4, style)))?;
        Ok(())
    })
}

/// Stacked horizontal bars, one for each name, the first on top.
pub fn bars(names: &[String], bars: &[Vec<(ChartTone, i64)>]) -> Drawn {
    let longest = bars.iter().map(|parts| parts.iter().map(|part| part.1).sum::<i64>()).max();
    let rows = names.len();
    draw(|area| {
        let name = |y: &f64| match place(*y, rows) {
            Some(at) => shortened(&names[rows - 1 - at]),
            None => String::new(),
        };
        let count = |x: &f64| if x.fract() == 0.0 { format!("{x:.0}") } else { String::new() };
        let most = longest.unwrap_or_default().max(1) as f64;
        let mut plane = ChartBuilder::on(area)
            .margin(8)
            .x_label_area_size(24)
            .y_label_area_size(136)
            .build_cartesian_2d(0.0..most * 1.04, -0.5..rows as f64 - 0.5)?;
        plane
            .configure_mesh()
            .disable_y_mesh()
            .x_labels(5)
            .y_labels(rows)
            .x_label_formatter(&count)
            .y_label_formatter(&name)
            .light_line_style(TRANSPARENT)
            .bold_line_style(RULES.0)
            .axis_style(RULES.0)
            .label_style(("sans-serif", TEXT_SIZE).into_font().color(&WORDS.0))
            .draw()?;
        // Few bars are no thicker than a quarter of the chart allows.
        let half = 0.3 * (rows as f64 / 4.0).min(1.0);
        for (row, parts) in bars.iter().enumerate() {
            let y = (rows - 1 - row) as f64;
            for (from, to, tone) in stacked(parts) {
                let bar = Rectangle::new([(from, y - half), (to, y + half)], tone.color().filled());
                plane.draw_series([bar])?;
            }
        }
        Ok(())
    })
}

fn over_labels<'a, 'b>(
    area: &'a Area<'b>,
    labels: &[String],
    highest: i64,
    words: fn(i64) -> String,
) -> Result<Plane<'a, 'b>, Box<dyn std::error::Error + Send + Sync>> {
    let label = |x: &f64| place(*x, labels.len()).map(|at| labels[at].clone()).unwrap_or_default();
    let mut plane = ChartBuilder::on(area)
        .margin(8)
        .x_label_area_size(24)
        .y_label_area_size(76)
        .build_cartesian_2d(-0.5..labels.len() as f64 - 0.5, 0.0..highest.max(1) as f64 * 1.04)?;
    plane
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(7)
        .y_labels(5)
        .x_label_formatter(&label)
        .y_label_formatter(&|y| words(*y as i64))
        .light_line_style(TRANSPARENT)
        .bold_line_style(RULES.0)
        .axis_style(RULES.0)
        .label_style(("sans-serif", TEXT_SIZE).into_font().color(&WORDS.0))
        .draw()?;
    Ok(plane)
}

fn draw(on: impl FnOnce(&Area<'_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>) -> Drawn {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    on(&area)?;
    area.present()?;
    drop(area);
    let inks = [WORDS, RULES, HIT, FETCHED, FAILED];
    Ok(inks.iter().fold(svg, |svg, (_, standing_in, color)| svg.replace(standing_in, color)))
}

/// Start and end of each part when stacked; empty parts are omitted.
fn stacked(parts: &[(ChartTone, i64)]) -> impl Iterator<Item = (f64, f64, ChartTone)> {
    let mut ground = 0.0;
    parts.iter().filter(|(_, value)| *value > 0).map(move |(tone, value)| {
        let from = ground;
        ground += *value as f64;
        (from, ground, *tone)
    })
}

/// Index of the label at a position of the axis.
fn place(at: f64, labels: usize) -> Option<usize> {
    let is_label = at.fract() == 0.0 && at >= 0.0 && at < labels as f64;
    is_label.then_some(at as usize)
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    name.chars().take(MAX_NAME - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_name_stays_text_and_takes_no_colour() {
        let name = "<b>\"#000003\"&".to_owned();
        let svg = bars(&[name], &[vec![(ChartTone::Hit, 2), (ChartTone::Failed, 1)]]).expect("a drawing");
        assert!(svg.contains("&lt;b&gt;&quot;#000003&quot;&amp;") && !svg.contains("<b>"), "{svg}");
    }

    #[test]
    fn every_colour_is_the_pages_own() {
        let days = ["11-20".to_owned(), "11-21".to_owned()];
        let piled =
            piles(&days, &[vec![(ChartTone::Hit, 5), (ChartTone::Fetched, 7)], vec![]], |n| n.to_string());
        let lined = line(&days, &[Some(5), None], |n| n.to_string());
        for svg in [piled, lined].map(|svg| svg.expect("a drawing")) {
            assert!(
                svg.contains("var(--fetched)") && svg.contains("11-21") && !svg.contains("#0000"),
                "{svg}"
            );
        }
    }
}
