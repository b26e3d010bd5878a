//! A run of the outbox is killed again and again, at any of its steps and while a request is on its way. What comes of
//! it: everything arrives, nothing twice without its key, and what may not come twice is left to a person.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use taskmaster::store::{Intent, IntentState, Outbox};

use super::super::safety::dice::{Dice, times};
use super::super::sandbox::{Repo, Sandbox, sealed};
use super::server::Server;
use super::{acting, allow, beside, drain, fire};

/// Who is killed by a request, and when.
#[derive(Default)]
struct Trap {
    process: Option<i32>,
    /// How many requests are let through.
    after: usize,
    answers: bool,
}

impl Trap {
    /// Kills, where it is time; whether the request is answered all the same.
    fn spring(trap: &Mutex<Self>) -> bool {
        let mut trap = trap.lock().unwrap();
        let Some(process) = trap.process else { return true };
        if trap.after > 0 {
            trap.after -= 1;
            return true;
        }
        trap.process = None;
        let is_answered = trap.answers;
        kill_process(Pid::from_raw(process).unwrap(), Signal::KILL).unwrap();
        is_answered
    }
}

/// The effects that rules of their own ask for, and as many of each as are wanted.
struct Effects {
    outbox: Outbox,
    patterns: Vec<Intent>,
    made: usize,
}

impl Effects {
    fn of(repo: &Repo<'_>) -> Self {
        let outbox = Outbox::new(&repo.path.join(".git/taskmaster"));
        let waiting = outbox.list(&[IntentState::Waiting]).unwrap();
        let patterns: Vec<Intent> = waiting.into_iter().map(|(intent, _)| intent).collect();
        for pattern in &patterns {
            outbox.settle(&pattern.key, IntentState::Skipped, "a pattern").unwrap();
        }
        Self { outbox, patterns, made: 0 }
    }

    fn record(&mut self, count: usize) {
        for _ in 0..count {
            let mut intent = self.patterns[self.made % self.patterns.len()].clone();
            intent.key = format!("{:064x}", self.made + 1);
            // Each says something that no other one says.
            intent.data["deliveries"][0]["text"] = format!("effect {}", self.made + 1).into();
            self.outbox.record(&intent, IntentState::Waiting, "it was not tried yet").unwrap();
            self.made += 1;
        }
    }
}

#[test]
fn invariant_08_kills_at_random_lose_nothing_and_repeat_nothing_unsaid() {
    let kills = times(25, 1_000);
    let trap = Arc::new(Mutex::new(Trap::default()));
    let shared = Arc::clone(&trap);
    let server = Server::with(move |_, stream| {
        if Trap::spring(&shared) {
            let _ = write!(stream, "HTTP/1.1 204 Done\r\n\r\n");
        }
    });
    let sandbox = Sandbox::new();
    let url = &server.url;
    let actions = format!(
        "    again: {{webhook: {{url: \"{url}\"}}, idempotent: true, retries: 1000}}\n    once: {{webhook: {{url: \"{url}\"}}}}"
    );
    let repo = acting(&sandbox, &actions, "again, once", "");
    fire(&repo);
    allow(&repo);
    let mut effects = Effects::of(&repo);
    assert_eq!(effects.patterns.len(), 2);
    let mut dice = Dice::new(8);
    let mut killed = 0;
    while killed < kills {
        effects.record(4);
        let trace = beside(&repo, "trace");
        let _ = fs::remove_file(&trace);
        let at = (dice.below(40) + 1).to_string();
        let is_step = dice.below(2) == 0;
        let environment = [("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap()), ("TASKMASTER_CRASH_AT", &at)];
        let environment = if is_step { &environment[..] } else { &[] };
        let program = env!("CARGO_BIN_EXE_taskmaster");
        let mut command =
            sealed(sandbox.path(), &repo.path, program, &["outbox", "run"], "1760000000 +0000", environment);
        // Nothing is sent before the trap is set.
        let mut set = trap.lock().unwrap();
        let mut run = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let process = (!is_step).then(|| i32::try_from(run.id()).unwrap());
        *set = Trap { process, after: dice.below(4), answers: dice.below(2) == 0 };
        drop(set);
        let code = run.wait().unwrap().code();
        trap.lock().unwrap().process = None;
        killed += usize::from(code.is_none());
    }
    drain(&repo);
    judge(&effects, &server);
}

/// Looks at what arrived, and at what the outbox says of it.
fn judge(effects: &Effects, server: &Server) {
    let mut arrived: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for asked in server.asked() {
        arrived.entry(asked.header("webhook-id").unwrap().to_owned()).or_default().push(asked.body);
    }
    let bodies: BTreeSet<&String> = arrived.values().flatten().collect();
    assert_eq!(bodies.len(), arrived.len(), "something came under two keys, or under one two things");
    let (mut repeated, mut parked) = (0, 0);
    let all = effects.outbox.list(&IntentState::ALL).unwrap();
    assert_eq!(all.len(), effects.made + effects.patterns.len());
    for (intent, standing) in all {
        let count = arrived.get(&intent.key).map_or(0, Vec::len);
        let (key, reason) = (&intent.key, &standing.reason);
        match (intent.action.as_str(), standing.state) {
            ("again", IntentState::Sent) => {
                assert!(count >= 1, "{key} is lost");
                repeated += usize::from(count > 1);
            }
            ("once", IntentState::Sent) => assert_eq!(count, 1, "{key}"),
            ("once", IntentState::Parked) => {
                assert!(count <= 1 && reason.contains("might do it twice"), "{key}: {count} {reason}");
                parked += 1;
            }
            (_, IntentState::Skipped) => assert_eq!(count, 0, "{key}"),
            (action, state) => panic!("{key} {action}: {state:?} {reason}"),
        }
    }
    assert!(repeated > 0 && parked > 0, "no kill came while something was on its way");
}
