//! `run`: a command of the configuration's, in a process group of its own. Data of the event never stands in the
//! command's text: it comes by variables and by standard input.

use std::io::Write as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use super::delivery::at;
use super::output::Output;
use super::{Attempt, Outcome, Site, left_behind};
use crate::app::DEPTH_VARIABLE;
use crate::store::{CommandProcess, Intent};

/// How long a command may take where nothing says.
pub(super) const USUAL_TIMEOUT: Duration = Duration::from_mins(5);

/// As much of a value as a variable has, in bytes. Linux takes 128 KiB of one, and of all together 2 MiB as a rule.
const LONGEST_VALUE: usize = 32 * 1024;
/// As much as all of them together have.
const ROOM: usize = 256 * 1024;

/// A command begins when its process is noted, and never where this process was killed before that: the first line of its input
/// says so, of which a shell takes not a byte more (POSIX, `read`).
const BEGINNING: &str = "IFS= read -r go && exec sh -c \"$1\"";

/// Runs a command to its end, or to the end of its time; `note` is told of its process as soon as there is one.
pub(super) fn carry_out(
    site: &Site,
    intent: &Intent,
    command: &str,
    timeout: Duration,
    note: &mut dyn FnMut(CommandProcess),
) -> Attempt {
    let mut shell = Command::new("sh");
    shell.args(["-c", BEGINNING, "sh", command]).current_dir(&site.folder);
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in &site.git_variables {
        shell.env_remove(name);
    }
    let mut room = ROOM;
    for (name, value) in variables(intent) {
        let value = value.replace('\0', "");
        let value = value.get(..value.floor_char_boundary(LONGEST_VALUE.min(room))).unwrap_or_default();
        room = room.saturating_sub(name.len() + value.len());
        shell.env(name, value);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    let mut child = match shell.spawn() {
        Ok(child) => child,
        Err(error) => return Attempt::refused(format!("the shell cannot be run: {error}")),
    };
    note(left_behind::begun(child.id(), timeout));
    let (stdin, text) = (child.stdin.take(), format!("go\n{}\n", input(intent)));
    // Who does not read it has no need of it.
    std::thread::spawn(move || drop(stdin.map(|mut stdin| stdin.write_all(text.as_bytes()))));
    let stdout = child.stdout.take().map(Output::of);
    let stderr = child.stderr.take().map(Output::of);
    let ended = ended(&mut child, timeout);
    if matches!(ended, Ended::Killed) {
        left_behind::end_marked(&intent.key);
    }
    let printed = |output: Option<Output>| {
        output.map_or(Value::Null, |output| {
            let printed = output.printed();
            json!({ "last": printed.last, "bytes": printed.bytes })
        })
    };
    let code = if let Ended::By(status) = &ended { status.code() } else { None };
    let receipt = json!({ "exit": code, "stdout": printed(stdout), "stderr": printed(stderr) });
    Attempt { outcome: judged(&ended, timeout), receipt }
}

enum Ended {
    By(ExitStatus),
    Killed,
    Lost(std::io::Error),
}

fn judged(ended: &Ended, timeout: Duration) -> Outcome {
    let failed = |why: String| Outcome::Failed { why, after: None };
    match ended {
        Ended::By(status) if status.success() => Outcome::Sent,
        Ended::By(status) => match status.code() {
            // What the shell says of a command that is missing, or is none (POSIX, 2.8.2).
            Some(code @ (126 | 127)) => {
                Outcome::Refused { why: format!("the command cannot be run: exit code {code}") }
            }
            Some(code) => failed(format!("exit code {code}")),
            None => failed("a signal ended it".to_owned()),
        },
        Ended::Killed => failed(format!("it took longer than {} seconds, and was killed", timeout.as_secs())),
        Ended::Lost(error) => Outcome::Unknown { why: format!("its end was not seen: {error}") },
    }
}

/// Waits for the command. Then nothing of its group is left: neither what takes too long, nor what it has left behind.
fn ended(child: &mut Child, timeout: Duration) -> Ended {
    let is_over = over(child, timeout);
    // Its number is still its own: it was not asked for its exit code yet.
    kill_group(child);
    match child.wait() {
        Ok(status) if is_over => Ended::By(status),
        Ok(_) => Ended::Killed,
        Err(error) => Ended::Lost(error),
    }
}

#[cfg(unix)]
fn over(child: &Child, timeout: Duration) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return false };
    let (done, ended) = channel();
    std::thread::spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while waitid(WaitId::Pid(pid), options).is_err_and(|error| error == rustix::io::Errno::INTR) {}
        let _ = done.send(());
    });
    ended.recv_timeout(timeout).is_ok()
}

#[cfg(unix)]
fn kill_group(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // That there is nobody left is as good.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn over(child: &mut Child, timeout: Duration) -> bool {
    let began = std::time::Instant::now();
    while began.elapsed() < timeout {
        if child.try_wait().is_ok_and(|status| status.is_some()) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

#[cfg(not(unix))]
fn kill_group(child: &mut Child) {
    let _ = child.kill();
}

/// What a command may want to know of the event, as variables.
fn variables(intent: &Intent) -> Vec<(String, String)> {
    let event = at(&intent.data, "/event");
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let mut variables = vec![
        ("TASKMASTER_EVENT".to_owned(), plain(at(event, "/type"))),
        ("TASKMASTER_EVENT_ID".to_owned(), intent.event.clone()),
        ("TASKMASTER_EFFECT".to_owned(), intent.key.clone()),
        ("TASKMASTER_TRIGGER".to_owned(), intent.trigger.clone()),
        ("TASKMASTER_ACTION".to_owned(), intent.action.clone()),
        ("TASKMASTER_TASK".to_owned(), plain(at(event, "/task"))),
        ("TASKMASTER_TITLE".to_owned(), plain(at(event, "/title"))),
        ("TASKMASTER_OLD".to_owned(), plain(at(event, "/old"))),
        ("TASKMASTER_NEW".to_owned(), plain(at(event, "/new"))),
        ("TASKMASTER_COMMIT".to_owned(), intent.requires.clone()),
        (DEPTH_VARIABLE.to_owned(), (at(&intent.data, "/depth").as_u64().unwrap_or(0) + 1).to_string()),
    ];
    for (name, value) in at(event, "/run/with").as_object().into_iter().flatten() {
        let name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
        variables.push((format!("TASKMASTER_WITH_{name}"), plain(value)));
    }
    variables
}

/// The same as JSON, for standard input.
fn input(intent: &Intent) -> Value {
    let mut event = at(&intent.data, "/event").clone();
    let with = at(&event, "/run/with").clone();
    if let Some(event) = event.as_object_mut() {
        event.shift_remove("run");
    }
    json!({
        "schema": "taskmaster.run-input/1",
        "effect": intent.key,
        "event_id": intent.event,
        "trigger": intent.trigger,
        "action": intent.action,
        "commit": intent.requires,
        "environment": at(&intent.data, "/environment"),
        "event": event,
        "with": with,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Pid, WaitOptions, waitpid};

    use super::*;

    #[test]
    fn a_command_whose_end_was_not_seen_may_have_happened() {
        let mut child = Command::new("true").spawn().unwrap();
        // Somebody else of this process asks for its end first.
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        waitpid(pid, WaitOptions::empty()).unwrap();
        let (ended, timeout) = (ended(&mut child, USUAL_TIMEOUT), USUAL_TIMEOUT);
        let Outcome::Unknown { why } = judged(&ended, timeout) else { panic!("it is told as one that is known") };
        assert!(why.starts_with("its end was not seen: "), "{why}");
    }
}
