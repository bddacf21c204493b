//! Resources of the process, under the names that all clients of Prometheus use.

use std::fs;

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage};
use nix::sys::time::TimeVal;

use crate::Scrape;

/// Resources as the operating system tells them. Memory and descriptors are known on Linux only.
#[derive(Debug, Default)]
struct ProcessUsage {
    cpu_seconds: Option<f64>,
    resident_bytes: Option<i64>,
    open_descriptors: Option<i64>,
    max_descriptors: Option<i64>,
}

/// Adds the resources, as far as they are known.
pub async fn add_to(scrape: &mut Scrape) {
    // A process with many connections has many descriptors to list.
    let usage = tokio::task::spawn_blocking(ProcessUsage::read).await.unwrap_or_default();
    if let Some(seconds) = usage.cpu_seconds {
        scrape.counter_f64("process_cpu_seconds", "CPU time, of users and of the system", seconds);
    }
    let gauges = [
        ("process_resident_memory_bytes", "Resident memory", usage.resident_bytes),
        ("process_open_fds", "Open file descriptors", usage.open_descriptors),
        ("process_max_fds", "Maximum number of open file descriptors", usage.max_descriptors),
    ];
    for (name, help, value) in gauges {
        if let Some(value) = value {
            scrape.gauge(name, help, value);
        }
    }
}

impl ProcessUsage {
    fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let usage = getrusage(UsageWho::RUSAGE_SELF).ok();
        // The listed directory is open itself.
        let descriptors = fs::read_dir("/proc/self/fd").ok().map(|entries| entries.count().saturating_sub(1));
        let limit = getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(soft, _)| soft);
        Self {
            cpu_seconds: usage.map(|usage| seconds(usage.user_time()) + seconds(usage.system_time())),
            resident_bytes: kilobytes(&status, "VmRSS:").map(|kilobytes| kilobytes * 1024),
            open_descriptors: descriptors.and_then(|number| i64::try_from(number).ok()),
            max_descriptors: limit.and_then(|limit| i64::try_from(limit).ok()),
        }
    }
}

fn seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}

/// Value of a line such as `VmRSS:     1234 kB`.
fn kilobytes(status: &str, name: &str) -> Option<i64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    rest.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_status_are_read() {
        let status = "Name:\tsmartcache\nVmRSS:\t  12345 kB\nThreads:\t7\n";
        assert_eq!(kilobytes(status, "VmRSS:"), Some(12_345));
        assert_eq!((kilobytes(status, "VmSwap:"), kilobytes(status, "Threads:")), (None, None));
    }

    #[test]
    fn a_process_uses_something() {
        let usage = ProcessUsage::read();
        assert!(usage.cpu_seconds.is_some_and(|seconds| seconds >= 0.0), "{usage:?}");
        assert!(usage.resident_bytes.is_some_and(|bytes| bytes > 100_000), "{usage:?}");
        assert!(usage.open_descriptors.is_some_and(|open| open >= 3), "{usage:?}");
    }
}
