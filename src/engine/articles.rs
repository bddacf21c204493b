//! Article of a web page: extraction, sanitising, and detection of pages that ask for consent or a sign-in.

mod page;
mod wall;

pub use page::{clean, is_hostile, read};
pub use wall::{ItemText, is_wall};
