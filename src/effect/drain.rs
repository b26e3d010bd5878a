//! The one that carries effects out: one in a repository at a time, many effects at once.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::course::{Course, News, Patience, Reins};
use super::delay;
use super::delivery::{self, Delivery};
use super::queue::{Entry, Queue};
use super::rules::{Repeats, environment};
use super::{Attempt, Outcome, Rules, Site, dispatch, email, run, slack, webhook};
use crate::store::{Intent, IntentState, Standing, StoreError};

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
    /// Waiting for their commit, which is on its branch no more.
    pub off_branch: usize,
    /// Waiting for their time.
    pub later: usize,
    /// When the first of them may be tried again, in milliseconds since 1970.
    pub earliest: Option<u64>,
}

impl Carried {
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

/// An effect that was taken up.
struct Settled {
    key: String,
    group: Option<String>,
    standing: Standing,
    /// What it is; `None` where its files are gone.
    intent: Option<Intent>,
}

impl Settled {
    /// Whether it still waits, and not for its time.
    fn is_held(&self) -> bool {
        self.standing.state == IntentState::Waiting && self.standing.not_before.is_none()
    }

    fn tell(self, tell: &mut dyn FnMut(News)) {
        if let Some(intent) = self.intent {
            tell(News::Settled(Box::new((intent, self.standing))));
        }
    }
}

/// How often somebody who waits looks whether something new was recorded.
const LOOK: Duration = Duration::from_millis(500);

/// Carries out what waits in the outbox, where it is allowed.
///
/// # Errors
/// When the outbox cannot be read or written.
pub fn drain(site: &Site, course: Course<'_>) -> Result<Drained, StoreError> {
    let Course { patience, who, reins, held, tell } = course;
    let mut carried = Carried::default();
    let latest = site.latest.as_ref().and_then(|hash| site.allowed.get(hash));
    let until = Instant::now() + latest.map_or(Duration::ZERO, |rules| rules.longest(None));
    let mut is_first = true;
    loop {
        let turn = match site.outbox.turn(who)? {
            Ok(turn) => turn,
            Err(holder) if is_first => return Ok(Drained::Busy(holder)),
            // Whoever has it now has what is new.
            Err(_) => return Ok(Drained::Done(carried)),
        };
        is_first = false;
        for settled in interrupted(site)? {
            carried.note(&settled);
            settled.tell(tell);
        }
        loop {
            let seen = site.outbox.last_recorded();
            let mut queue = Queue::of(site, held)?;
            tell(News::Queued(queue.count(held.len())));
            let count = latest.map_or(1, |rules| rules.concurrent(None));
            work(site, &mut queue, (count, until, reins), &mut |settled: Settled| {
                carried.note(&settled);
                if settled.is_held() {
                    held.insert(settled.key.clone());
                }
                settled.tell(tell);
            })?;
            let left = Queue::of(site, held)?;
            tell(News::Queued(left.count(held.len())));
            (carried.not_allowed, carried.later, carried.earliest) = (left.not_allowed, left.len(), left.earliest());
            carried.off_branch = left.off_branch;
            if Instant::now() >= until || reins.is_stopped() {
                return Ok(Drained::Done(carried));
            }
            if site.outbox.last_recorded() != seen {
                continue;
            }
            match left.earliest() {
                Some(at) if patience == Patience::Stay => wait(site, at, until, reins),
                _ => break,
            }
        }
        drop(turn);
        // Whoever has recorded something behind the last look, and found the turn taken, has left it to this run.
        if Queue::of(site, held)?.take(delay::now()).is_none() {
            return Ok(Drained::Done(carried));
        }
    }
}

/// Waits for a moment, or until something is recorded.
fn wait(site: &Site, at: u64, until: Instant, reins: &Reins) {
    let seen = site.outbox.last_recorded();
    while site.outbox.last_recorded() == seen && !reins.is_stopped() {
        let left = Duration::from_millis(at.saturating_sub(delay::now()));
        let left = left.min(until.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(LOOK));
    }
}

/// What a run that was killed had begun. Nobody else can be at it: the turn is this run's.
fn interrupted(site: &Site) -> Result<Vec<Settled>, StoreError> {
    let mut settled = Vec::new();
    for (intent, mut standing) in site.outbox.list(&[IntentState::Running])? {
        let rules = intent.config.as_ref().and_then(|hash| site.allowed.get(hash));
        let deliveries = delivery::of(&intent);
        let begun = standing.part.and_then(|part| deliveries.get(part));
        let is_harmless = match (begun, rules) {
            (Some(delivery), Some(rules)) => delivery.repeats(&rules.terms(&intent)) == Repeats::Harmless,
            // Between two deliveries.
            (None, _) => standing.part.is_none(),
            (Some(_), None) => false,
        };
        standing.not_before = None;
        if is_harmless {
            standing.state = IntentState::Waiting;
            "it was interrupted, and is tried again under the same key".clone_into(&mut standing.reason);
            site.outbox.put(&intent.key, &standing)?;
            continue;
        }
        standing.state = IntentState::Parked;
        "it was interrupted: whether it happened is not known, and a second attempt might do it twice"
            .clone_into(&mut standing.reason);
        site.outbox.put(&intent.key, &standing)?;
        settled.push(Settled { key: intent.key.clone(), group: None, standing, intent: Some(intent) });
    }
    Ok(settled)
}

/// Carries out what may begin, so many at once, until nothing may or the time is over.
fn work(
    site: &Site,
    queue: &mut Queue,
    (count, until, reins): (usize, Instant, &Reins),
    tell: &mut dyn FnMut(Settled),
) -> Result<(), StoreError> {
    let (give, jobs) = channel::<Entry>();
    let (report, reports) = channel();
    let jobs = Mutex::new(jobs);
    std::thread::scope(|scope| {
        let (note, notes) = channel::<String>();
        let keeper = scope.spawn(move || keep(site, &notes));
        for _ in 0..count.min(queue.len()) {
            let (jobs, report) = (&jobs, report.clone());
            scope.spawn(move || labour(site, until, jobs, &report));
        }
        drop(report);
        let mut under_way = 0;
        let mut broken = None;
        loop {
            let goes_on = || Instant::now() < until && !reins.is_stopped();
            while under_way < count && broken.is_none() && goes_on() {
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
                    queue.settle(settled.group.as_deref(), &settled.key, settled.standing.state);
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
fn labour(site: &Site, until: Instant, jobs: &Mutex<Receiver<Entry>>, report: &Sender<Result<Settled, StoreError>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(entry) = job else { return };
        if report.send(carry_out(site, entry, until)).is_err() {
            return;
        }
    }
}

/// Attempts what is left of one effect, and writes down what came of it.
fn carry_out(site: &Site, entry: Entry, until: Instant) -> Result<Settled, StoreError> {
    let Entry { key, group, .. } = entry;
    // Somebody may have thrown it away meanwhile.
    let Some((intent, mut standing)) = site.outbox.look(&key)? else {
        let standing = Standing::new(IntentState::Skipped, "its files are gone");
        return Ok(Settled { key, group, standing, intent: None });
    };
    let settled = |intent, standing| Settled { key, group, standing, intent: Some(intent) };
    let Some(rules) = intent.config.as_ref().and_then(|hash| site.allowed.get(hash)) else {
        return Ok(settled(intent, standing));
    };
    let terms = rules.terms(&intent);
    if standing.state != IntentState::Waiting {
        return Ok(settled(intent, standing));
    }
    let deliveries = delivery::of(&intent);
    let attempts = standing.attempts;
    let mut end = End::default();
    for (part, delivery) in deliveries.iter().enumerate() {
        if standing.done.contains(&part) {
            continue;
        }
        (standing.state, standing.part, standing.not_before) = (IntentState::Running, Some(part), None);
        standing.attempts = attempts + 1;
        "it is being carried out".clone_into(&mut standing.reason);
        // What may be repeated needs no note that outlasts a power cut: without it, it is repeated.
        let may_repeat = delivery.repeats(&terms) == Repeats::Harmless;
        if may_repeat {
            site.outbox.put_soon(&intent.key, &standing)?;
        } else {
            site.outbox.put(&intent.key, &standing)?;
        }
        let usual = if matches!(delivery, Delivery::Run { .. }) { run::USUAL_TIMEOUT } else { webhook::USUAL_TIMEOUT };
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        let Attempt { outcome, receipt } =
            attempt(site, &intent, part, delivery, terms.timeout.unwrap_or(usual).min(left));
        standing.receipts.insert(part.to_string(), receipt);
        if outcome == Outcome::Sent {
            standing.done.push(part);
        }
        end.note(outcome, may_repeat, standing.attempts <= delivery.retries(&terms));
    }
    standing.part = None;
    end.settle(&mut standing, attempts, terms.delay);
    site.outbox.put_soon(&intent.key, &standing)?;
    Ok(settled(intent, standing))
}

/// What the attempts at one effect's deliveries came to, the worst first.
#[derive(Default)]
struct End {
    unknown: Option<String>,
    again: Option<(String, Option<Duration>)>,
    refused: Option<String>,
    held: Option<String>,
}

impl End {
    fn note(&mut self, outcome: Outcome, may_repeat: bool, is_worth_it: bool) {
        match outcome {
            Outcome::Sent => {}
            Outcome::Unknown { why } if !may_repeat => {
                self.unknown =
                    Some(format!("{why}: whether it happened is not known, and a second attempt might do it twice"));
            }
            Outcome::Failed { why, after } if is_worth_it => self.again = Some((why, after)),
            Outcome::Unknown { why } if is_worth_it => self.again = Some((why, None)),
            Outcome::Failed { why, .. } | Outcome::Unknown { why } | Outcome::Refused { why } => {
                self.refused = Some(why);
            }
            Outcome::Held { why } => self.held = Some(why),
        }
    }

    fn settle(self, standing: &mut Standing, attempts: u64, first: Duration) {
        let Self { unknown, again, refused, held } = self;
        (standing.state, standing.reason) = if let Some((why, after)) = again {
            let wait = delay::next(first, standing.attempts, after);
            let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            standing.not_before = Some(delay::now().saturating_add(millis));
            (IntentState::Waiting, why)
        } else if let Some(why) = held {
            // That nothing could be begun is no attempt.
            standing.attempts = attempts;
            (IntentState::Waiting, why)
        } else if let Some(why) = unknown {
            (IntentState::Parked, why)
        } else if let Some(why) = refused {
            (IntentState::Dead, why)
        } else {
            (IntentState::Sent, "it was carried out".to_owned())
        };
    }
}

fn attempt(site: &Site, intent: &Intent, part: usize, delivery: &Delivery, timeout: Duration) -> Attempt {
    let rules = intent.config.as_ref().and_then(|hash| site.allowed.get(hash));
    // One key for each delivery: of several channels of one effect, too.
    let id = if part == 0 { intent.key.clone() } else { format!("{}.{part}", intent.key) };
    match delivery {
        Delivery::Run { command } => run::carry_out(site, intent, command, timeout),
        Delivery::Webhook { method, url, headers, secret, body, whose: _ } => {
            let wanted = webhook::Wanted { id, method, url, headers, secret: secret.as_deref(), body };
            webhook::carry_out(&site.client, &wanted, timeout)
        }
        Delivery::Slack { url, channel, text } => {
            let common = rules.and_then(|rules| rules.endpoint(environment(intent), "slack_webhook"));
            slack::carry_out(&site.client, url.as_deref().or(common.as_deref()), channel, text, timeout)
        }
        Delivery::Email { recipients, subject, text } => {
            let server = rules.and_then(|rules| rules.endpoint(environment(intent), "email_service"));
            let sender = rules.and_then(Rules::sender);
            let mail = email::Mail { id, server: server.as_deref(), sender, recipients, subject, text };
            email::carry_out(&mail, timeout)
        }
        Delivery::Github { url, token, body } => dispatch::carry_out(&site.client, url, token, body, timeout),
        Delivery::Unknown { why } => Attempt::refused(why.clone()),
    }
}
