//! Sizes in which pictures of other servers are kept.

/// Pixels of the longer side of the kept files, the largest first. A picture is never enlarged.
pub const SIZES: [i64; 3] = [512, 128, 64];
/// The largest of them.
pub const LARGEST: i64 = 512;

/// Path of a kept picture on this server.
pub fn path(hash: &str, size: i64) -> String {
    format!("/covers/{hash}?size={size}")
}
