//! Cover of a source or an item: the picture that is kept on this server, or a tile with an initial.

use domain::picture;
use leptos::prelude::*;

/// A square of `size` CSS pixels. It is decoration: the name stands beside it.
#[component]
pub fn Cover(
    hash: Option<String>,
    /// Name of the source, for the tile.
    name: String,
    size: i64,
    /// Path of the shared page that shows it, under which a stranger may request the picture.
    #[prop(optional)]
    under: String,
) -> impl IntoView {
    match hash {
        Some(hash) => view! {
            <img
                class="cover"
                style=format!("--cover:{size}px")
                src=under + &picture::path(&hash, file_size(size))
                width=size
                height=size
                loading="lazy"
                decoding="async"
                alt=""
            />
        }
        .into_any(),
        None => view! {
            <span class="cover cover-tile" style=format!("--cover:{size}px;--hue:{}", hue(&name)) aria-hidden="true">
                {initial(&name)}
            </span>
        }
        .into_any(),
    }
}

/// The smallest file that is sharp on screens with two device pixels per CSS pixel.
fn file_size(size: i64) -> i64 {
    picture::SIZES.into_iter().rev().find(|pixels| *pixels >= 2 * size).unwrap_or(picture::LARGEST)
}

/// First letter or digit of a name, as a capital.
fn initial(name: &str) -> String {
    let first = name.chars().find(|c| c.is_alphanumeric());
    first.map_or_else(|| "•".to_owned(), |first| first.to_uppercase().take(1).collect())
}

/// Hue in degrees, always the same for a name (FNV-1a).
fn hue(name: &str) -> u32 {
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % 360
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_the_initial_of_the_name() {
        assert_eq!(
            ["the Long Platform", "“99 % Invisible”", "ße", "Ölfilm", "日本", "…", ""].map(initial),
            ["T", "9", "S", "Ö", "日", "•", "•"]
        );
    }

    #[test]
    fn a_name_has_one_hue_and_other_names_have_others() {
        let hues = ["Demo Station", "Night trains", "The Long Platform"].map(hue);
        assert_eq!(hue("Demo Station"), hues[0]);
        assert!(hues[0] != hues[1] && hues[1] != hues[2] && hues.iter().all(|hue| *hue < 360), "{hues:?}");
    }

    #[test]
    fn a_file_is_large_enough_for_a_sharp_screen() {
        assert_eq!([32, 56, 64, 112, 400].map(file_size), [64, 128, 128, 512, 512]);
    }
}
