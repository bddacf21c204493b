//! Resource usage of a program, as the kernel counts it.

use std::time::{Duration, Instant};

pub fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// A running process and its descendants.
pub struct Watched {
    root: u32,
    start: Instant,
}

impl Watched {
    pub fn new(root: u32) -> Self {
        Self { root, start: Instant::now() }
    }

    /// Samples the memory during the work. Returns its result and the peak, in bytes.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> (T, u64) {
        let mut most = 0;
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return (done, most),
                () = tokio::time::sleep(Duration::from_millis(50)) => most = most.max(self.memory()),
            }
        }
    }

    pub fn wall(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// Resident bytes of the process and its descendants.
    pub fn memory(&self) -> u64 {
        family(self.root).into_iter().map(resident).sum()
    }

    /// CPU seconds of the process and of descendants it has waited for (proc(5), `stat`).
    pub fn cpu(&self) -> f64 {
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{}/stat", self.root)) else { return 0.0 };
        let after = stat.rsplit_once(')').map(|(_, after)| after).unwrap_or_default();
        let ticks = after.split_whitespace().skip(11).take(4).filter_map(|t| t.parse::<u64>().ok());
        ticks.sum::<u64>() as f64 / 100.0
    }
}

fn family(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let path = |pid: u32| format!("/proc/{pid}/task/{pid}/children");
    let mut at = 0;
    while let Some(pid) = all.get(at).copied() {
        let children = std::fs::read_to_string(path(pid)).unwrap_or_default();
        all.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        at += 1;
    }
    all
}

fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() * 1024
}
