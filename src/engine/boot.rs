//! Which boot of which machine this is.

/// The number of this boot of this machine, where the system tells. Processes with the same one share a kernel: its file
/// locks hold between them, and what one has written the others can read, even if it was killed.
pub fn id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}
