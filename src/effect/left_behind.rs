//! A command whose run of the outbox was killed goes on by itself: the next run sees it, and waits until it is through before
//! anything else of its group begins.

use std::time::Duration;

use super::delay;
use crate::store::CommandProcess;

/// What has become of a command's process group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing of it is left.
    Gone,
    /// It goes on.
    Running,
    /// It goes on, and its time is over.
    Overdue,
}

/// What is to be known of a command that has just begun, and that leads a process group of its own.
pub(super) fn begun(process: u32, timeout: Duration) -> CommandProcess {
    let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    CommandProcess { group: process, started: start_of(process), until: delay::now().saturating_add(millis) }
}

/// What has become of it. A number that another program has by now is not it.
pub(super) fn fate(command: &CommandProcess) -> Fate {
    let now = start_of(command.group);
    let is_another = now.is_some() && now != command.started;
    if is_another || !is_alive(command.group) {
        return Fate::Gone;
    }
    if delay::now() < command.until { Fate::Running } else { Fate::Overdue }
}

/// Ends the whole group, where it is certain that it is this one: whoever leads it still does. With it ends what has left the
/// group, and is still known by the effect's key.
pub(super) fn end(command: &CommandProcess, key: &str) {
    end_marked(key);
    #[cfg(unix)]
    if command.started.is_some()
        && start_of(command.group) == command.started
        && let Some(group) = i32::try_from(command.group).ok().and_then(rustix::process::Pid::from_raw)
    {
        // That there is nobody left is as good.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// Ends what a command of an effect has started, in whichever group and session it is by now: it has the variable with the
/// effect's key from the command. What it starts at this very moment is found at the next look.
#[cfg(target_os = "linux")]
pub(super) fn end_marked(key: &str) {
    use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};
    const LOOKS: usize = 10;
    let mark = format!("TASKMASTER_EFFECT={key}");
    let own = getpid();
    for _ in 0..LOOKS {
        let mut found = false;
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let number = entry.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
            let Some(process) = number.filter(|process| *process != own) else { continue };
            // What is held here stays this process, whoever gets its number.
            let Ok(held) = pidfd_open(process, PidfdFlags::empty()) else { continue };
            let Ok(variables) = std::fs::read(entry.path().join("environ")) else { continue };
            if variables.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()) {
                found |= pidfd_send_signal(&held, Signal::KILL).is_ok();
            }
        }
        if !found {
            return;
        }
    }
}

/// Elsewhere a process does not tell its variables.
#[cfg(not(target_os = "linux"))]
pub(super) fn end_marked(_: &str) {}

/// When a process has started, in ticks since the system did: with its number that tells it from all others (proc(5)).
#[cfg(target_os = "linux")]
fn start_of(process: u32) -> Option<String> {
    stat(process)?.get(19).cloned()
}

/// Whether a group has a process that has not ended; one that only waits to be asked for its end has.
#[cfg(target_os = "linux")]
fn is_alive(group: u32) -> bool {
    let group = group.to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.any(|process| {
        let Some(stat) = stat(process) else { return false };
        stat.get(2) == Some(&group) && !matches!(stat.first().map(String::as_str), Some("Z" | "X"))
    })
}

/// What the system says of a process, behind its name: state, parent, group and so on.
#[cfg(target_os = "linux")]
fn stat(process: u32) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(ToOwned::to_owned).collect())
}

/// Elsewhere only the number is known.
#[cfg(not(target_os = "linux"))]
fn start_of(_: u32) -> Option<String> {
    None
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_alive(group: u32) -> bool {
    let group = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw);
    group.is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
}

#[cfg(not(unix))]
fn is_alive(_: u32) -> bool {
    false
}
