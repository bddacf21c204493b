//! Sizes in readable form. Integers only: formatting floats costs the browser 20 kB.

/// Formats a size in decimal units, as limits and vendors use them: "950 B", "12.3 MB", "1.5 GB".
pub fn size(bytes: i64) -> String {
    let bytes = bytes.max(0);
    let (unit, name) = match bytes {
        0..1_000 => return bytes.to_string() + " B",
        1_000..1_000_000 => (1_000, " kB"),
        1_000_000..1_000_000_000 => (1_000_000, " MB"),
        _ => (1_000_000_000, " GB"),
    };
    let tenths = bytes / (unit / 10);
    let mut text = (tenths / 10).to_string();
    // From a hundred on, tenths carry no information.
    if tenths < 1_000 && tenths % 10 > 0 {
        text.push('.');
        text.push_str(&(tenths % 10).to_string());
    }
    text.push_str(name);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_figures_at_the_most() {
        let said: Vec<_> = [0, 999, 1_000, 12_340_000, 500_000_000, 1_500_000_000, -5].map(size).into();
        assert_eq!(said, ["0 B", "999 B", "1 kB", "12.3 MB", "500 MB", "1.5 GB", "0 B"]);
    }
}
