//! Headers of tar entries (POSIX.1-1988 ustar), in exactly one form.
//!
//! A reader compares headers with the one that a writer would make instead of parsing them. Links, devices,
//! PAX records, long names and odd modes therefore need no rules of their own: they are different bytes.

/// Bytes of a block: headers are one, contents are padded to a multiple of it.
pub const BLOCK: u64 = 512;
/// Bytes behind the last entry: two blocks of zeros.
pub const END: u64 = 2 * BLOCK;
/// The most that eleven octal digits hold.
pub const MAX_SIZE: u64 = 0o77_777_777_777;

pub type Block = [u8; BLOCK as usize];

const NAME: std::ops::Range<usize> = 0..100;
const SIZE: std::ops::Range<usize> = 124..136;
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// Header of a regular file, mode 0644, owner 0, time 0. `None` if the name or size does not fit.
pub fn block(name: &str, size: u64) -> Option<Block> {
    if name.is_empty() || name.len() > NAME.len() || size > MAX_SIZE {
        return None;
    }
    let mut block = [0; BLOCK as usize];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(NAME.start, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(SIZE.start, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(CHECKSUM.start, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    put(329, b"0000000\0");
    put(337, b"0000000\0");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Some(block)
}

/// Size field of a header, in its canonical spelling only.
pub fn size(block: &Block) -> Option<u64> {
    let (digits, end) = block[SIZE].split_at(SIZE.len() - 1);
    if end != [0] || !digits.iter().all(|digit| (b'0'..=b'7').contains(digit)) {
        return None;
    }
    Some(digits.iter().fold(0, |sum, digit| sum * 8 + u64::from(digit - b'0')))
}

/// Bytes of zeros behind a content of `size` bytes.
pub fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK) - size
}

/// Bytes of an entry: header, content and padding.
pub fn entry(size: u64) -> u64 {
    BLOCK + size + padding(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_header_is_read_back() {
        for bytes in [0, 1, 511, 4 << 30, MAX_SIZE] {
            assert_eq!(size(&block("header.json", bytes).expect("a header")), Some(bytes));
        }
        assert!(block("header.json", MAX_SIZE + 1).is_none());
        assert!(block(&"a".repeat(101), 1).is_none());
    }

    #[test]
    fn a_size_in_another_spelling_is_none() {
        let mut spaced = block("header.json", 8).expect("a header");
        spaced[SIZE.start] = b' ';
        let mut binary = block("header.json", 8).expect("a header");
        binary[SIZE.start] = 0x80;
        assert_eq!((size(&spaced), size(&binary)), (None, None));
    }
}
