//! Passwords known from breaches, in a local file. No other computer is asked about one.
//!
//! Each line of the file is a SHA-1 hash in hexadecimal or the first sixteen digits and more of it, with
//! anything after a colon, in ascending order: the form in which Have I Been Pwned publishes them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use sha1::{Digest, Sha1};

/// Minimum digits of a line: fewer would refuse passwords at random.
const MIN_DIGITS: usize = 16;
/// Bytes that are read in order, once the search has come so close.
const NEAR: u64 = 4_096;
/// Maximum bytes of a line.
const MAX_LINE: u64 = 128;

/// Whether a password is in the file. Reads about thirty places of it, however long it is.
///
/// # Errors
/// If the file cannot be read, or a line that is met is none of its form.
pub fn contains(path: &Path, password: &str) -> io::Result<bool> {
    let hash = hex::encode_upper(Sha1::digest(password));
    let mut file = HashFile(BufReader::new(File::open(path)?));
    let (mut low, mut high) = (0, file.0.get_ref().metadata()?.len());
    while high - low > NEAR {
        let middle = low + (high - low) / 2;
        match file.line_after(middle)? {
            Some((begin, known)) if begin < high && known <= hash => low = begin,
            _ => high = middle,
        }
    }
    file.0.seek(SeekFrom::Start(low))?;
    let mut closest = None;
    while let Some(known) = file.line()?.filter(|known| *known <= hash) {
        closest = Some(known);
    }
    Ok(closest.is_some_and(|known| hash.starts_with(&known)))
}

/// Checks that a file begins as it should.
pub fn check(path: &Path) -> io::Result<()> {
    HashFile(BufReader::new(File::open(path)?)).line().map(|_| ())
}

struct HashFile(BufReader<File>);

impl HashFile {
    /// The first line that begins after a position, with its own.
    fn line_after(&mut self, position: u64) -> io::Result<Option<(u64, String)>> {
        self.0.seek(SeekFrom::Start(position))?;
        let skipped = self.read_line(&mut Vec::new())?;
        Ok(self.line()?.map(|known| (position + skipped, known)))
    }

    /// Digits of the next line. None at the end of the file.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        if self.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let digits = line.iter().take_while(|sign| sign.is_ascii_hexdigit()).count();
        let ends_well = line.get(digits).is_none_or(|sign| b":\r\n".contains(sign));
        if !(MIN_DIGITS..=40).contains(&digits) || !ends_well {
            return Err(io::Error::other("a line is no SHA-1 hash in hexadecimal"));
        }
        Ok(Some(String::from_utf8_lossy(&line[..digits]).to_ascii_uppercase()))
    }

    fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<u64> {
        let read = io::Read::take(&mut self.0, MAX_LINE).read_until(b'\n', line)?;
        Ok(read as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A file that is deleted with the test.
    struct TestFile(PathBuf);

    impl TestFile {
        fn new(text: &str) -> Self {
            let path = std::env::temp_dir().join(format!("breached_{}", uuid::Uuid::new_v4().simple()));
            std::fs::write(&path, text).expect("written");
            Self(path)
        }

        /// 2,000 known passwords.
        fn of_hashes(digits: usize, end: &str) -> Self {
            let hash = |n: usize| hex::encode_upper(Sha1::digest(format!("known{n}")));
            let mut lines: Vec<_> = (0..2_000).map(|n| format!("{}{end}", &hash(n)[..digits])).collect();
            lines.sort();
            Self::new(&lines.concat())
        }
    }

    impl Drop for TestFile {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[test]
    fn every_known_password_is_found_and_no_other() {
        for (digits, end) in [(40, ":12\r\n"), (40, "\n"), (20, "\n")] {
            let file = TestFile::of_hashes(digits, end);
            for n in 0..2_000 {
                assert!(contains(&file.0, &format!("known{n}")).expect("read"), "{n} of {digits}");
                assert!(!contains(&file.0, &format!("other{n}")).expect("read"), "{n} of {digits}");
            }
        }
    }

    #[test]
    fn a_file_of_something_else_is_an_error() {
        let empty = TestFile::new("");
        assert!(check(&empty.0).is_ok() && !contains(&empty.0, "x").expect("read"));
        for text in ["password\n", "0123456789ABCDE\n", "0123456789ABCDEF0 \n"] {
            let file = TestFile::new(text);
            assert!(check(&file.0).is_err() && contains(&file.0, "x").is_err(), "{text}");
        }
        assert!(check(Path::new("/no/such/file")).is_err());
    }
}
