//! Secrets sealed for the database, under a key that is stored beside it and never in it.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use super::{Error, Result};

/// Minimum and maximum number of bytes of a key file.
const MIN_KEY: usize = 32;
const MAX_KEY: u64 = 64 * 1024;
/// Prefix that distinguishes this format from later ones.
const VERSION: &str = "v1.";

/// Seals and opens secrets with ChaCha20-Poly1305 (RFC 8439), with a random nonce each.
pub struct SecretBox(LessSafeKey);

impl SecretBox {
    /// Opens the key in the data directory, created on the first start, or the one in
    /// the administrator's file.
    ///
    /// # Errors
    /// If the administrator's file cannot be read or is too short for a key.
    pub fn open(data_dir: &Path, file: Option<&PathBuf>) -> Result<Self> {
        let path = match file {
            Some(path) => path.clone(),
            None => {
                let path = data_dir.join("secret.key");
                make_key(&path)?;
                path
            }
        };
        let about = fs::metadata(&path).map_err(|error| {
            Error::fault(format!("the secret file {} cannot be read: {error}", path.display()))
        })?;
        if about.len() < MIN_KEY as u64 || about.len() > MAX_KEY {
            let why = format!("the secret file {} must have {MIN_KEY} bytes or more", path.display());
            return Err(Error::fault(why));
        }
        let mut hash = Sha256::new();
        hash.update(b"smartcache secrets v1\0");
        hash.update(fs::read(&path)?);
        let key = UnboundKey::new(&CHACHA20_POLY1305, &hash.finalize());
        Ok(Self(LessSafeKey::new(key.map_err(|_| Error::fault("no key"))?)))
    }

    /// Seals a secret for one context, as associated data. It cannot be opened in another context.
    pub fn seal(&self, secret: &[u8], context: &str) -> Result<String> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = secret.to_vec();
        let aad = Aad::from(context.as_bytes());
        let done = self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed);
        done.map_err(|_| Error::fault("a secret could not be sealed"))?;
        Ok(format!("{VERSION}{}{}", hex::encode(nonce), hex::encode(sealed)))
    }

    /// Opens a secret. `None` if it was sealed under another key or for another
    /// context, or was changed since.
    pub fn unseal(&self, sealed: &str, context: &str) -> Option<Vec<u8>> {
        let mut bytes = hex::decode(sealed.strip_prefix(VERSION)?).ok()?;
        let (nonce, secret) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.0.open_in_place(nonce, Aad::from(context.as_bytes()), secret).ok()?;
        Some(opened.to_vec())
    }
}

/// Creates a key that only this account can read, unless there is one. Of
/// concurrent processes one creates it.
fn make_key(path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let draft = path.with_extension(format!("{}.new", uuid::Uuid::new_v4().simple()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let key: [u8; MIN_KEY] = rand::random();
    file.write_all(&key)?;
    file.sync_all()?;
    // Unlike a rename, a hard link never replaces a file.
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    struct Directory(PathBuf);

    impl Directory {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("secrets_{}", uuid::Uuid::new_v4().simple()));
            fs::create_dir(&path).expect("a directory");
            Self(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_is_sealed_opens_again_after_a_restart_and_in_its_context_alone() {
        let directory = Directory::new();
        let open = || SecretBox::open(&directory.0, None).expect("a key");
        let sealed = open().seal("p!n#1 ä?".as_bytes(), "7 https://example.org").expect("sealed");
        assert!(
            !sealed.contains("p!n")
                && sealed != open().seal(b"p!n#1", "7 https://example.org").expect("sealed")
        );
        let opened = open().unseal(&sealed, "7 https://example.org");
        assert_eq!(opened.as_deref(), Some("p!n#1 ä?".as_bytes()));
        assert_eq!(open().unseal(&sealed, "8 https://example.org"), None);
        let mut broken = sealed.clone();
        broken.replace_range(10..11, if &sealed[10..11] == "0" { "1" } else { "0" });
        assert_eq!(open().unseal(&broken, "7 https://example.org"), None);
        for nonsense in ["", "v1.", "v1.00", "v2.0011"] {
            assert_eq!(open().unseal(nonsense, ""), None);
        }
    }

    #[test]
    fn the_key_is_for_nobody_else_and_another_one_opens_nothing() {
        let (one, other) = (Directory::new(), Directory::new());
        let sealed = SecretBox::open(&one.0, None).expect("a key").seal(b"x", "").expect("sealed");
        let mode = fs::metadata(one.0.join("secret.key")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(SecretBox::open(&other.0, None).expect("a key").unseal(&sealed, ""), None);
        assert_eq!(fs::read_dir(&one.0).expect("a directory").count(), 1);
    }

    #[test]
    fn the_operators_file_is_the_key_and_a_short_one_is_none() {
        let directory = Directory::new();
        let file = directory.0.join("given");
        fs::write(&file, [7; 40]).expect("written");
        let sealed =
            SecretBox::open(&directory.0, Some(&file)).expect("a key").seal(b"x", "").expect("sealed");
        let elsewhere = SecretBox::open(Path::new("/nowhere"), Some(&file)).expect("a key");
        assert_eq!(elsewhere.unseal(&sealed, "").as_deref(), Some(&b"x"[..]));
        fs::write(&file, [7; 31]).expect("written");
        assert!(SecretBox::open(&directory.0, Some(&file)).is_err());
        assert!(SecretBox::open(&directory.0, Some(&directory.0.join("none"))).is_err());
    }
}
