//! The command-line programs to compare with.

use std::path::Path;

use tokio::process::Command;

use crate::measure::Watched;
use crate::origin::Origin;
use crate::{Figures, Task};

/// Programs for a task. curl with a hash is the fair comparison: unhashed files cannot be verified later.
pub fn programs(task: &Task) -> Vec<&'static str> {
    match task.name {
        // These programs have no users: fifty users of one file would be fifty fetches.
        "d" | "1" | "10" | "50" | "100" => vec![],
        "f" => vec!["curl", "aria2c", "aria2c, ranges"],
        "e" => vec!["curl", "aria2c", "wget"],
        _ => vec!["curl", "curl, sha256sum", "aria2c", "wget"],
    }
}

pub async fn run(name: &str, task: &Task, origin: &Origin, ground: &Path) -> Figures {
    let urls: Vec<_> = (0..task.files).map(|n| origin.url(task.bytes, n)).collect();
    std::fs::write(ground.join("urls"), urls.join("\n") + "\n").unwrap();
    let script = match name {
        "curl" => {
            "sed 's/.*/url = \"&\"\\nremote-name/' urls > config; \
                   curl -sfZ --parallel-max $N --retry 4 --retry-delay 1 --retry-all-errors -K config"
        }
        "curl, sha256sum" => {
            "xargs -P $N -I% sh -c 'curl -sf % | tee \"${1##*/}\" | sha256sum' _ % < urls > sums"
        }
        "aria2c" => "aria2c -q -i urls -j $N -x 1 --retry-wait=1 --file-allocation=none",
        "aria2c, ranges" => {
            "aria2c -q -i urls -x $N -s $N -k 8M --file-allocation=none && cat *.mp3 | sha256sum > sums"
        }
        "wget" => "xargs -P $N -n 1 wget -q --tries=5 --waitretry=1 --retry-on-http-error=503 < urls",
        other => panic!("{other} is unknown"),
    };
    let script = script.replace("$N", &task.at_once.to_string());
    // `read` keeps the shell alive until its children's CPU time has been read.
    let script = format!("({script}); echo done; read wait");
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .current_dir(ground)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let watched = Watched::new(child.id().unwrap());
    let mut said = child.stdout.take().unwrap();
    let (_, memory) = watched.during(tokio::io::AsyncReadExt::read(&mut said, &mut [0; 8])).await;
    let (wall, cpu) = (watched.wall(), watched.cpu());
    drop(child.stdin.take());
    child.wait().await.unwrap();
    let here = |n: &usize| {
        let file = ground.join(format!("{n}.mp3")).metadata();
        file.is_ok_and(|file| file.len() as usize == task.bytes)
    };
    let failed = task.files - (0..task.files).filter(here).count();
    Figures { wall, cpu, memory, wasted: 0, failed }
}
