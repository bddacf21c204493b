//! Proof that a worker's process is alive: a locked file. The system releases the lock when the process ends,
//! however it ends, so that other processes on the machine need not wait for its leases to expire.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::boot_id;

/// Retention of files from other boots, or from other machines that share the directory.
const KEEP: Duration = Duration::from_secs(30 * 24 * 3600);

/// Name under which a process holds leases, unique per process, and the proof that it is alive.
#[derive(Debug)]
pub struct Presence {
    /// Name of the process, unique.
    pub owner: String,
    proof: Option<Proof>,
}

#[derive(Debug)]
struct Proof {
    directory: PathBuf,
    boot: String,
    /// Locked while it is open.
    _file: File,
}

/// A process of this machine that has ended. No other process takes over from it while this exists.
#[derive(Debug)]
pub struct DeadWorker {
    pub owner: String,
    path: PathBuf,
    _file: File,
}

impl Presence {
    /// Creates a name without proof: others must wait for the leases to expire.
    pub fn unproven() -> Self {
        Self { owner: uuid::Uuid::new_v4().to_string(), proof: None }
    }

    /// Proves to processes with the same directory on the same machine that this one is alive.
    pub fn prove(directory: &Path) -> io::Result<Self> {
        let mut this = Self::unproven();
        // Locks need not hold between kernels.
        let Some(boot) = boot_id() else { return Ok(this) };
        fs::create_dir_all(directory)?;
        // Locked before it gets the name by which others find it.
        let unfinished = directory.join(format!("{}.new", this.owner));
        let file = File::create(&unfinished)?;
        let locked = file.try_lock().map_err(io::Error::from);
        let named = locked.and_then(|()| fs::rename(&unfinished, directory.join(name(&boot, &this.owner))));
        if let Err(error) = named {
            fs::remove_file(&unfinished).ok();
            return Err(error);
        }
        this.proof = Some(Proof { directory: directory.to_owned(), boot, _file: file });
        Ok(this)
    }

    /// Processes of this machine that have ended and were not yet taken over from. Those of other boots are
    /// left to their leases.
    pub fn dead_workers(&self) -> io::Result<Vec<DeadWorker>> {
        let Some(proof) = &self.proof else { return Ok(Vec::new()) };
        let own = name(&proof.boot, &self.owner);
        let mut dead_workers = Vec::new();
        for entry in fs::read_dir(&proof.directory)? {
            let entry = entry?;
            let Ok(file_name) = entry.file_name().into_string() else { continue };
            if file_name == own {
                continue;
            }
            match owner(&file_name, &proof.boot) {
                Some(owner) => dead_workers.extend(DeadWorker::at(owner, entry.path())?),
                None => forget_old(&entry),
            }
        }
        Ok(dead_workers)
    }
}

impl DeadWorker {
    /// None if the process is alive, or another process is taking over from it.
    fn at(owner: &str, path: PathBuf) -> io::Result<Option<Self>> {
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { owner: owner.to_owned(), path, _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Deletes the file, after everything was taken over.
    pub fn forget(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

fn name(boot: &str, owner: &str) -> String {
    format!("{boot}.{owner}.lock")
}

/// Owner of a file from this boot; None for other files.
fn owner<'a>(name: &'a str, boot: &str) -> Option<&'a str> {
    name.strip_prefix(boot)?.strip_prefix('.')?.strip_suffix(".lock")
}

fn forget_old(entry: &fs::DirEntry) {
    let age = entry.metadata().and_then(|about| about.modified()).map(|at| at.elapsed().unwrap_or_default());
    if age.is_ok_and(|age| age > KEEP) {
        fs::remove_file(entry.path()).ok();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    struct Place(PathBuf);

    impl Place {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("smartcache-presence-{}", uuid::Uuid::new_v4())))
        }

        fn files(&self) -> usize {
            fs::read_dir(&self.0).expect("is there").count()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    /// A child process of another test may hold inherited files open for a moment.
    fn soon_departed(here: &Presence) -> Vec<DeadWorker> {
        let looks = std::iter::repeat_with(|| {
            std::thread::sleep(Duration::from_millis(5));
            here.dead_workers().expect("looks")
        });
        looks.take(1_000).find(|dead_workers| !dead_workers.is_empty()).expect("somebody has ended")
    }

    #[test]
    fn whoever_has_ended_is_seen_once_and_whoever_lives_is_not() {
        let place = Place::new();
        let (one, other) = (Presence::prove(&place.0), Presence::prove(&place.0));
        let (one, other) = (one.expect("is proven"), other.expect("is proven"));
        assert!(
            one.dead_workers().expect("looks").is_empty() && other.dead_workers().expect("looks").is_empty()
        );
        let ended = other.owner.clone();
        drop(other);
        let mut dead_workers = soon_departed(&one);
        assert_eq!(dead_workers.iter().map(|it| &it.owner).collect::<Vec<_>>(), [&ended]);
        let third = Presence::prove(&place.0).expect("is proven");
        assert!(third.dead_workers().expect("looks").is_empty(), "one relieves it at a time");
        dead_workers.pop().expect("one").forget().expect("is forgotten");
        assert!(third.dead_workers().expect("looks").is_empty());
        assert_eq!(place.files(), 2);
    }

    #[test]
    fn whoever_relieves_and_dies_is_relieved_of_it() {
        let place = Place::new();
        let here = Presence::prove(&place.0).expect("is proven");
        drop(Presence::prove(&place.0).expect("is proven"));
        drop(soon_departed(&here));
        assert_eq!(soon_departed(&here).len(), 1);
    }

    #[test]
    fn another_boot_or_machine_is_left_to_its_leases() {
        let place = Place::new();
        let here = Presence::prove(&place.0).expect("is proven");
        fs::write(place.0.join(name("another-boot", "somebody")), "").expect("is written");
        fs::write(place.0.join("half-made.new"), "").expect("is written");
        assert!(here.dead_workers().expect("looks").is_empty());
        assert_eq!(place.files(), 3, "and its file stays");
    }

    #[test]
    fn without_proof_nobody_is_relieved() {
        assert!(Presence::unproven().dead_workers().expect("looks").is_empty());
    }
}
