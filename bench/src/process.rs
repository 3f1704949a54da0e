//! Servers in processes of their own, and what the operating system says that they cost.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// Where a server says that it listens: after `ws://`.
pub(crate) fn announced(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.split_once("ws://")?;
    let end = address.find(|c: char| c != '.' && c != ':' && !c.is_ascii_digit());
    address[..end.unwrap_or(address.len())].parse().ok()
}

/// The processor time that this process, the load, has used so far.
pub(crate) fn own_cpu() -> Result<Duration> {
    cpu_of(Path::new("/proc/self"))
}

/// Lets this process, and those that it starts, open as many files as the system allows without being asked.
pub(crate) fn allow_many_files() -> Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, all).context("cannot raise the limit of open files")
}

/// How many files a process may have open here, where there is a limit.
pub(crate) fn allowed_files() -> Option<usize> {
    let most = getrlimit(Resource::Nofile).maximum?;
    usize::try_from(most).ok()
}

/// Fails where so many connections are more than a process may have here.
pub(crate) fn demand_files(connections: usize) -> Result<()> {
    /// What is open beside connections.
    const OTHERS: usize = 100;
    let needed = connections + OTHERS;
    match allowed_files() {
        Some(most) if most < needed => bail!(
            "{connections} connections need {needed} open files, and a process may have {most} here: \
             raise the hard limit (ulimit -Hn)"
        ),
        _ => Ok(()),
    }
}

/// A server that runs. It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a program; `address` reads from a line of its output where it listens.
    pub(crate) async fn start(
        mut command: Command,
        address: impl Fn(&str) -> Option<SocketAddr>,
    ) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.as_std().get_program()))?;
        let output = child.stdout.take().context("its output is read")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(address) = address(&line) {
                // What it goes on to print must not fill the pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { child, address });
            }
        }
        bail!(
            "{:?} ended before it listened",
            command.as_std().get_program()
        )
    }

    /// The processor time that it has used so far, with that of its own processes.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let processes = self.processes()?;
        processes.iter().map(|process| cpu_of(process)).sum()
    }

    /// Waits until it has nothing to do any more, such as what it puts off at its start, or never seems to.
    pub(crate) async fn calm(&self) -> Result<()> {
        const MOMENT: Duration = Duration::from_millis(250);
        const BUSY: Duration = Duration::from_millis(12);
        const MOMENTS: usize = 120;
        for _ in 0..MOMENTS {
            let before = self.cpu()?;
            sleep(MOMENT).await;
            if self.cpu()? - before < BUSY {
                break;
            }
        }
        Ok(())
    }

    /// The memory that it holds, in bytes (resident, shared pages in part).
    pub(crate) fn memory(&self) -> Result<u64> {
        let mut bytes = 0;
        for process in self.processes()? {
            let text = fs::read_to_string(process.join("smaps_rollup"))?;
            let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
            let kib = line.and_then(|line| line.split_whitespace().next());
            bytes += kib.context("smaps_rollup has no Pss")?.parse::<u64>()? << 10;
        }
        Ok(bytes)
    }

    /// The folders in `/proc` of the process and all that it has started.
    fn processes(&self) -> Result<Vec<PathBuf>> {
        let mut left = vec![self.child.id().context("the server has ended")?];
        let mut found = Vec::new();
        while let Some(id) = left.pop() {
            let folder = PathBuf::from(format!("/proc/{id}"));
            for thread in fs::read_dir(folder.join("task"))? {
                let children = fs::read_to_string(thread?.path().join("children"));
                let children = children.unwrap_or_default();
                left.extend(
                    children
                        .split_whitespace()
                        .filter_map(|id| id.parse::<u32>().ok()),
                );
            }
            found.push(folder);
        }
        Ok(found)
    }
}

fn cpu_of(process: &Path) -> Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(process.join("task"))? {
        // A thread may end meanwhile.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else {
            continue;
        };
        let on_cpu = text
            .split_whitespace()
            .next()
            .context("schedstat is empty")?;
        nanoseconds += on_cpu.parse::<u64>().context("schedstat has numbers")?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
