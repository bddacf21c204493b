//! QR codes as SVG paths, which pages draw without a picture file.

use std::fmt::Write;

use qrcode::{Color, QrCode};
use smartcache::engine::Error;

use crate::error::ApiError;

/// Modules of the margin around a code (ISO/IEC 18004, 6.3.8).
const MARGIN: usize = 4;

/// Path of the dark modules of a text's QR code, and the view box with its margin.
pub fn qr_code(text: &str) -> Result<(String, String), ApiError> {
    let code = QrCode::new(text).map_err(|error| Error::fault(error.to_string()))?;
    let (width, mut path) = (code.width(), String::new());
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // Writing to a string does not fail.
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + MARGIN, at / width + MARGIN);
        }
    }
    let side = width + 2 * MARGIN;
    Ok((path, format!("0 0 {side} {side}")))
}

#[cfg(test)]
mod tests {
    use super::qr_code;

    #[test]
    fn the_corner_of_a_code_stands_within_its_margin() {
        let (path, view_box) =
            qr_code("otpauth://totp/SmartCache:ada?secret=JBSWY3DPEHPK3PXP").expect("a code");
        assert!(path.starts_with("M4 4h1v1h-1zM5 4h1v1h-1z"), "{path}");
        let side: usize = view_box.rsplit(' ').next().expect("a side").parse().expect("a number");
        assert_eq!((side - 8) % 4, 1, "a side of 17 + 4 × version modules");
    }
}
