//! Article of a web page: extraction, sanitising, and detection of pages that ask for consent or a sign-in.

mod page;
pub mod pictures;
mod wall;

pub use page::{clean, clean_with_pictures, is_hostile, read};
pub use wall::{ItemText, is_wall};
