//! Identity of the current boot of this machine.

/// Returns the kernel's boot id, if available. Processes with the same id share a kernel: file locks hold
/// between them, and data written by one process is readable by the others, even if the writer was killed.
pub fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}
