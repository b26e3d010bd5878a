//! The outbox: how fast 10,000 requests are recorded, and carried out against a server on this machine; that none is
//! lost; and the memory it takes.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::json;
use taskmaster::store::{Intent, IntentState, Outbox};

use crate::measure::peak_memory_of;
use crate::tree::Place;
use crate::{Failure, PROGRAM, Report, Target};

/// How many effects there are.
const EFFECTS: usize = 10_000;

/// How many a commit asks for.
const EACH: usize = 10;

/// Records effects, and carries them out.
pub(crate) fn outbox(place: &Place, report: &mut Report) -> Result<(), Failure> {
    let server = Server::start()?;
    let rules = format!(
        "workflow_config:\n  mode: commit\n  git: {{canonical: main}}\n  actions:\n    tell: {{webhook: {{url: \"{}\"}}, \
         idempotent: true}}\n  triggers:\n    - {{name: done, event: task.status.updated, actions: [tell]}}\n",
        server.url
    );
    let repository = place.path("outbox");
    fs::create_dir_all(repository.join(".taskmaster/config"))?;
    fs::write(repository.join(".taskmaster/config/workflow.yaml"), &rules)?;
    place.git(&repository, &["init", "-q", "-b", "main"])?;
    place.git(&repository, &["config", "taskmaster.privateAddresses", "true"])?;
    place.git(&repository, &["add", "."])?;
    place.git(&repository, &["-c", "user.name=Speed", "-c", "user.email=s@example.com", "commit", "-qm", "Start"])?;
    let hash = taskmaster::store::Trust::hash(rules.as_bytes());
    if !place.command(&repository, PROGRAM, &["allow", &hash]).output()?.status.success() {
        return Err("the rules are not allowed".into());
    }
    let outbox = Outbox::new(&repository.join(".git/taskmaster"));
    let count = f64::from(u32::try_from(EFFECTS)?);
    let start = Instant::now();
    for first in (0..EFFECTS).step_by(EACH) {
        let group = first..(first + EACH).min(EFFECTS);
        for number in group.clone() {
            outbox.record_soon(&intent(number, &hash, &server.url), IntentState::Waiting, "it was not tried yet")?;
        }
        let keys: Vec<String> = group.map(key).collect();
        outbox.flush(keys.iter().map(String::as_str))?;
    }
    let each = start.elapsed().as_secs_f64() * 1000.0 / count;
    report.number("recording an effect", each, "ms", each < 2.0, "< 2 ms");
    let (took, peak) = drained(place, &repository)?;
    let rate = count / took;
    report.number("requests carried out in a second", rate, "/s", rate > 500.0, "> 500/s");
    report.memory("memory while they are", peak, Target::Memory(64.0));
    let asked = server.asked();
    let lost = (0..EFFECTS).filter(|number| !asked.contains_key(&key(*number))).count();
    let twice = asked.values().filter(|count| **count > 1).count();
    report.number("lost, or sent twice", f64::from(u32::try_from(lost + twice)?), "", lost + twice == 0, "0");
    Ok(())
}

/// How many seconds a run of the outbox takes, and how much memory.
fn drained(place: &Place, repository: &Path) -> Result<(f64, Option<f64>), Failure> {
    let mut command = place.command(repository, PROGRAM, &["outbox", "run"]);
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let mut peak = None;
    loop {
        // Its figures go with it.
        peak = peak_memory_of(child.id()).or(peak);
        if let Some(status) = child.try_wait()? {
            let took = start.elapsed().as_secs_f64();
            return if status.success() { Ok((took, peak)) } else { Err(format!("outbox run: {status}").into()) };
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

fn key(number: usize) -> String {
    format!("{number:064x}")
}

fn intent(number: usize, hash: &str, url: &str) -> Intent {
    let task = format!("{number}");
    let event = json!({ "schema": "taskmaster.webhook/1", "type": "task.status.updated", "task": task,
        "title": "What is to be done for one of many topics", "old": "pending", "new": "done",
        "webhook": { "method": "POST", "headers": {}, "terms": { "idempotent": true } } });
    Intent {
        schema: "taskmaster.intent/1".to_owned(),
        key: key(number),
        event: key(number),
        trigger: "done".to_owned(),
        action: "tell".to_owned(),
        task: Some(task),
        requires: String::new(),
        data: json!({ "kind": "webhook", "environment": null, "text": format!("POST {url}"), "event": event,
            "deliveries": [{ "channel": "webhook", "address": url, "subject": "", "url": url,
                "text": event.to_string() }] }),
        config: Some(hash.to_owned()),
        outside: None,
    }
}

/// A server that answers everything and counts keys.
struct Server {
    url: String,
    asked: Arc<Mutex<HashMap<String, usize>>>,
}

impl Server {
    fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/", listener.local_addr()?);
        let asked = Arc::new(Mutex::new(HashMap::new()));
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || answer(&stream, &kept));
            }
        });
        Ok(Self { url, asked })
    }

    fn asked(&self) -> HashMap<String, usize> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers all that comes on a connection; `None` where it ends.
fn answer(mut stream: &TcpStream, kept: &Mutex<HashMap<String, usize>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let (mut key, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                if line.trim_end().is_empty() {
                    break;
                }
                continue;
            };
            match name.to_ascii_lowercase().as_str() {
                "webhook-id" => value.clone_into(&mut key),
                "content-length" => length = value.parse().ok()?,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        *kept.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
        stream.write_all(b"HTTP/1.1 204 Done\r\n\r\n").ok()?;
    }
}
