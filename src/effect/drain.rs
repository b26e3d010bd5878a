//! The one that carries effects out: one in a repository at a time, many effects at once.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::Site;
use super::carry_out::{Settled, carry_out, is_open};
use super::course::{Course, News, Patience, Reins};
use super::delay;
use super::delivery;
use super::left_behind::{self, Fate};
use super::limits::Limits;
use super::queue::{Entry, LeftRunning, Queue};
use super::rules::Repeats;
use super::settings::Settings;
use crate::store::{CommandProcess, IntentState, StoreError};

/// What became of it.
#[derive(Debug)]
pub enum Drained {
    /// Somebody else is at it, who takes up what came meanwhile: in its own words.
    Busy(String),
    /// It was done.
    Done(Carried),
}

/// How many effects came to what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Carried {
    /// Carried out.
    pub sent: usize,
    /// Given up.
    pub dead: usize,
    /// Left to a person.
    pub parked: usize,
    /// Not begun, for something is missing here: why, once each.
    pub held: Vec<String>,
    /// Waiting, and not allowed.
    pub not_allowed: usize,
    /// The digests of the rules that these were recorded under, where that is known.
    pub unallowed: BTreeSet<String>,
    /// Waiting for their commit, which is not on its branch, or not pushed yet.
    pub off_branch: usize,
    /// Not through with, with a file that cannot be read.
    pub unreadable: usize,
    /// Waiting for their time.
    pub later: usize,
    /// When the first of them may be tried again, in milliseconds since 1970.
    pub earliest: Option<u64>,
}

impl Carried {
    fn note_left(&mut self, left_running: &[LeftRunning]) {
        if !left_running.is_empty() {
            self.held.push(LEFT_RUNNING.to_owned());
        }
    }

    fn note(&mut self, settled: &Settled) {
        match settled.standing.state {
            IntentState::Sent => self.sent += 1,
            IntentState::Dead => self.dead += 1,
            IntentState::Parked => self.parked += 1,
            _ if settled.is_held() && !self.held.contains(&settled.standing.reason) => {
                self.held.push(settled.standing.reason.clone());
            }
            // To be tried again: counted where the run ends.
            _ => {}
        }
    }
}

const LEFT_RUNNING: &str = "a command that a killed run has begun still runs: the next of its group waits for its end";

/// How soon to look again for a command that goes on by itself, in milliseconds.
const AGAIN: u64 = 1000;

/// How long a command that goes on by itself is waited for at once.
const MOMENT: Duration = Duration::from_secs(2);

/// How often somebody who waits looks whether something new was recorded.
const LOOK: Duration = Duration::from_millis(500);

/// Carries out what waits in the outbox, where it is allowed.
///
/// # Errors
/// When the outbox cannot be read or written.
pub fn drain(site: &Site, course: Course<'_>) -> Result<Drained, StoreError> {
    let Course { patience, who, reins, held, tell } = course;
    let mut carried = Carried::default();
    let limits = Limits::from_now(site.in_force().map(|(_, rules)| rules));
    let mut is_first = true;
    loop {
        let turn = match site.outbox.turn(who)? {
            Ok(turn) => turn,
            Err(holder) if is_first => return Ok(Drained::Busy(holder)),
            // Whoever has it now has what is new.
            Err(_) => return Ok(Drained::Done(carried)),
        };
        is_first = false;
        site.outbox.tidy()?;
        let mut left_running = interrupted(site, &mut |settled: Settled| {
            carried.note(&settled);
            settled.tell(tell);
        })?;
        loop {
            let recorded = site.outbox.last_recorded();
            let mut queue = Queue::of(site, held, &limits, &left_running)?;
            tell(News::Queued(queue.count(held.len())));
            work(site, &mut queue, (&limits, reins), &mut |settled: Settled| {
                carried.note(&settled);
                if settled.is_held() {
                    held.insert(settled.key.clone(), settled.standing.reason.clone());
                }
                settled.tell(tell);
            })?;
            let seen = site.signs();
            if !left_running.is_empty() {
                left_running = interrupted(site, &mut |settled: Settled| {
                    carried.note(&settled);
                    settled.tell(tell);
                })?;
            }
            let left = Queue::of(site, held, &limits, &left_running)?;
            let until = left.until();
            tell(News::Queued(left.count(held.len())));
            (carried.not_allowed, carried.later, carried.earliest) = (left.not_allowed, left.len(), left.earliest());
            (carried.off_branch, carried.unreadable) = (left.off_branch, left.unreadable);
            carried.unallowed.clone_from(&left.unallowed);
            if !left_running.is_empty() {
                let soon = delay::now().saturating_add(AGAIN);
                carried.earliest = Some(carried.earliest.map_or(soon, |at| at.min(soon)));
            }
            if Instant::now() >= until || reins.is_stopped() {
                carried.note_left(&left_running);
                return Ok(Drained::Done(carried));
            }
            if site.outbox.last_recorded() != recorded {
                continue;
            }
            match carried.earliest {
                // Somebody may have said meanwhile that one is to be tried at once.
                _ if patience == Patience::Stay && left.is_due(delay::now()) => {}
                Some(at) if patience == Patience::Stay => wait(site, seen, at, until, reins),
                _ => break,
            }
        }
        carried.note_left(&left_running);
        drop(turn);
        // Whoever has recorded something behind the last look, and found the turn taken, has left it to this run.
        if Queue::of(site, held, &limits, &left_running)?.take(delay::now()).is_none() {
            return Ok(Drained::Done(carried));
        }
    }
}

/// Waits for a moment, or until somebody records, decides, allows or denies something.
fn wait(site: &Site, seen: [Option<SystemTime>; 3], at: u64, until: Instant, reins: &Reins) {
    while site.signs() == seen && !reins.is_stopped() {
        let left = Duration::from_millis(at.saturating_sub(delay::now()));
        let left = left.min(until.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(LOOK));
    }
}

const UNDECIDED: &str =
    "it was interrupted, and its rules are not allowed any more: whether it may be repeated is decided once they are";

const INTERRUPTED: &str =
    "it was interrupted: whether it happened is not known, and a second attempt might do it twice";

/// What a run that was killed had begun, and how that ends: `tell` is told. Nobody else can be at it: the turn is this run's.
/// Gives what goes on by itself.
fn interrupted(site: &Site, tell: &mut dyn FnMut(Settled)) -> Result<Vec<LeftRunning>, StoreError> {
    let mut left_running = Vec::new();
    for (intent, mut standing) in site.outbox.list(&[IntentState::Running])? {
        let rules = site.rules(intent.config.as_ref());
        match standing.process.as_ref().map(|process| (process, moment(process))) {
            Some((_, Fate::Running)) => {
                let group = rules.as_ref().and_then(|rules| rules.terms(&intent).group);
                left_running.push(LeftRunning { key: intent.key, group });
                continue;
            }
            Some((process, Fate::Overdue)) => left_behind::end(process, &intent.key),
            Some((_, Fate::Gone)) | None => {}
        }
        let settings = rules.as_ref().map(|rules| Settings::of(site, &intent, rules));
        let deliveries = delivery::of(&intent, settings.as_ref());
        let begun = standing.part.and_then(|part| deliveries.get(part));
        let is_harmless = match (begun, &rules) {
            (Some(delivery), Some(rules)) => delivery.repeats(&rules.terms(&intent)) == Repeats::Harmless,
            // Between two deliveries.
            (None, _) => standing.part.is_none(),
            // Whether it may be repeated is for the rules to say, which are not allowed just now.
            (Some(_), None) => {
                // While another command is waited for, this is asked again and again.
                if standing.reason != UNDECIDED {
                    UNDECIDED.clone_into(&mut standing.reason);
                    standing.process = None;
                    site.outbox.put(&intent.key, &standing)?;
                }
                continue;
            }
        };
        (standing.not_before, standing.process) = (None, None);
        if let (false, Some(part)) = (is_harmless, standing.part) {
            standing.unknown.insert(part, INTERRUPTED.to_owned());
        }
        // What else it asks for goes on.
        if is_harmless || (0..deliveries.len()).any(|part| is_open(&standing, part)) {
            standing.state = IntentState::Waiting;
            standing.part = None;
            "it was interrupted, and is tried again under the same key".clone_into(&mut standing.reason);
            site.outbox.put(&intent.key, &standing)?;
            continue;
        }
        standing.state = IntentState::Parked;
        INTERRUPTED.clone_into(&mut standing.reason);
        site.outbox.put(&intent.key, &standing)?;
        tell(Settled {
            key: intent.key.clone(),
            group: None,
            environment: None,
            standing,
            is_denied: false,
            intent: Some(intent),
        });
    }
    Ok(left_running)
}

/// What has become of a command; one that ends in a moment is waited for.
fn moment(process: &CommandProcess) -> Fate {
    let began = Instant::now();
    loop {
        match left_behind::fate(process) {
            Fate::Running if began.elapsed() < MOMENT => std::thread::sleep(MOMENT / 100),
            fate => return fate,
        }
    }
}

/// Carries out what may begin, so many at once, until nothing may or the time is over.
fn work(
    site: &Site,
    queue: &mut Queue,
    (limits, reins): (&Limits, &Reins),
    tell: &mut dyn FnMut(Settled),
) -> Result<(), StoreError> {
    let (give, jobs) = channel::<Entry>();
    let (report, reports) = channel();
    let jobs = Mutex::new(jobs);
    std::thread::scope(|scope| {
        let (note, notes) = channel::<String>();
        let keeper = scope.spawn(move || keep(site, &notes));
        let count = queue.most_at_once();
        for _ in 0..count.min(queue.len()) {
            let (jobs, report) = (&jobs, report.clone());
            scope.spawn(move || labour(site, limits, jobs, &report));
        }
        drop(report);
        let mut under_way = 0;
        let mut broken = None;
        loop {
            while under_way < count && broken.is_none() && !reins.is_stopped() {
                let Some(entry) = queue.take(delay::now()) else { break };
                if give.send(entry).is_err() {
                    break;
                }
                under_way += 1;
            }
            reins.note_under_way(under_way);
            if under_way == 0 {
                drop((give, note));
                let kept = keeper.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault));
                return broken.map_or(kept, Err);
            }
            under_way -= 1;
            match reports.recv() {
                Ok(Ok(settled)) => {
                    let settled: Settled = settled;
                    // Whoever keeps them ends with an error alone, which is told at the end.
                    let _ = note.send(settled.key.clone());
                    let place = (settled.group.as_deref(), settled.environment.as_deref());
                    queue.settle(place, &settled.key, settled.standing.state);
                    tell(settled);
                }
                Ok(Err(error)) => broken = Some(error),
                Err(_) => under_way = 0,
            }
        }
    })
}

/// Brings to the disk what came of effects, as many at a time as there are by then.
fn keep(site: &Site, notes: &Receiver<String>) -> Result<(), StoreError> {
    while let Ok(first) = notes.recv() {
        let keys: Vec<String> = std::iter::once(first).chain(notes.try_iter()).collect();
        site.outbox.flush_states(keys.iter().map(String::as_str))?;
    }
    Ok(())
}

/// One of those who work: takes effects up one after another.
fn labour(site: &Site, limits: &Limits, jobs: &Mutex<Receiver<Entry>>, report: &Sender<Result<Settled, StoreError>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(entry) = job else { return };
        if report.send(carry_out(site, entry, limits)).is_err() {
            return;
        }
    }
}
