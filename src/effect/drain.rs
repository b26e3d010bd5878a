//! The one that carries effects out: one in a repository at a time, many effects at once.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::blot::blotted;
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
    /// Whether it is allowed no more.
    is_denied: bool,
    /// What it is; `None` where its files are gone.
    intent: Option<Intent>,
}

impl Settled {
    /// Whether it still waits, and not for its time.
    fn is_held(&self) -> bool {
        self.standing.state == IntentState::Waiting && self.standing.not_before.is_none() && !self.is_denied
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
    let latest = site.latest();
    let until = Instant::now() + latest.as_ref().map_or(Duration::ZERO, |rules| rules.longest(None));
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
            let recorded = site.outbox.last_recorded();
            let mut queue = Queue::of(site, held)?;
            tell(News::Queued(queue.count(held.len())));
            let count = latest.as_ref().map_or(1, |rules| rules.concurrent(None));
            work(site, &mut queue, (count, until, reins), &mut |settled: Settled| {
                carried.note(&settled);
                if settled.is_held() {
                    held.insert(settled.key.clone());
                }
                settled.tell(tell);
            })?;
            let seen = site.signs();
            let left = Queue::of(site, held)?;
            tell(News::Queued(left.count(held.len())));
            (carried.not_allowed, carried.later, carried.earliest) = (left.not_allowed, left.len(), left.earliest());
            carried.off_branch = left.off_branch;
            if Instant::now() >= until || reins.is_stopped() {
                return Ok(Drained::Done(carried));
            }
            if site.outbox.last_recorded() != recorded {
                continue;
            }
            match left.earliest() {
                // Somebody may have said meanwhile that one is to be tried at once.
                _ if patience == Patience::Stay && left.is_due(delay::now()) => {}
                Some(at) if patience == Patience::Stay => wait(site, seen, at, until, reins),
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

const INTERRUPTED: &str =
    "it was interrupted: whether it happened is not known, and a second attempt might do it twice";

/// Whether a delivery is still to be attempted.
fn is_open(standing: &Standing, part: usize) -> bool {
    !standing.done.contains(&part) && !standing.unknown.contains_key(&part) && !standing.refused.contains_key(&part)
}

/// What a run that was killed had begun. Nobody else can be at it: the turn is this run's.
fn interrupted(site: &Site) -> Result<Vec<Settled>, StoreError> {
    let mut settled = Vec::new();
    for (intent, mut standing) in site.outbox.list(&[IntentState::Running])? {
        let rules = site.rules(intent.config.as_ref());
        let deliveries = delivery::of(&intent);
        let begun = standing.part.and_then(|part| deliveries.get(part));
        let is_harmless = match (begun, &rules) {
            (Some(delivery), Some(rules)) => delivery.repeats(&rules.terms(&intent)) == Repeats::Harmless,
            // Between two deliveries.
            (None, _) => standing.part.is_none(),
            (Some(_), None) => false,
        };
        standing.not_before = None;
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
        settled.push(Settled {
            key: intent.key.clone(),
            group: None,
            standing,
            is_denied: false,
            intent: Some(intent),
        });
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
        return Ok(Settled { key, group, standing, is_denied: false, intent: None });
    };
    let settled = |intent, standing, is_denied| Settled { key, group, standing, is_denied, intent: Some(intent) };
    let Some(rules) = site.rules(intent.config.as_ref()) else {
        return Ok(settled(intent, standing, true));
    };
    let terms = rules.terms(&intent);
    if standing.state != IntentState::Waiting {
        return Ok(settled(intent, standing, false));
    }
    let deliveries = delivery::of(&intent);
    let attempts = standing.attempts;
    let mut end = End::default();
    // What may be repeated needs no note that outlasts a power cut: without it, it is repeated.
    let is_harmless = deliveries.iter().all(|delivery| delivery.repeats(&terms) == Repeats::Harmless);
    for (part, delivery) in deliveries.iter().enumerate() {
        if !is_open(&standing, part) {
            continue;
        }
        // It may have been denied while another delivery was under way.
        if site.rules(intent.config.as_ref()).is_none() {
            end.denied = true;
            break;
        }
        (standing.state, standing.part, standing.not_before) = (IntentState::Running, Some(part), None);
        standing.attempts = attempts + 1;
        "it is being carried out".clone_into(&mut standing.reason);
        let may_repeat = delivery.repeats(&terms) == Repeats::Harmless;
        if is_harmless {
            site.outbox.put_soon(&intent.key, &standing)?;
        } else {
            site.outbox.put(&intent.key, &standing)?;
        }
        let usual = if matches!(delivery, Delivery::Run { .. }) { run::USUAL_TIMEOUT } else { webhook::USUAL_TIMEOUT };
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        let Attempt { outcome, receipt } =
            attempt(site, &rules, &intent, part, delivery, terms.timeout.unwrap_or(usual).min(left));
        standing.receipts.insert(part.to_string(), receipt);
        let is_worth_it = standing.attempts <= delivery.retries(&terms);
        end.note(&mut standing, part, outcome, (may_repeat, is_worth_it));
    }
    standing.part = None;
    let is_denied = end.denied;
    end.settle(&mut standing, attempts, terms.delay);
    if is_harmless || deliveries.len() == 1 {
        site.outbox.put_soon(&intent.key, &standing)?;
    } else {
        site.outbox.put(&intent.key, &standing)?;
    }
    Ok(settled(intent, standing, is_denied))
}

/// What is still to be attempted of one effect; what is not, its standing has.
#[derive(Default)]
struct End {
    again: Option<(String, Option<Duration>)>,
    held: Option<String>,
    /// Whether the rest was not begun, for it is allowed no more.
    denied: bool,
}

impl End {
    fn note(
        &mut self,
        standing: &mut Standing,
        part: usize,
        outcome: Outcome,
        (may_repeat, is_worth_it): (bool, bool),
    ) {
        match outcome {
            Outcome::Sent => standing.done.push(part),
            Outcome::Unknown { why } if !may_repeat => {
                let why = format!("{why}: whether it happened is not known, and a second attempt might do it twice");
                standing.unknown.insert(part, why);
            }
            Outcome::Failed { why, after } if is_worth_it => self.again = Some((why, after)),
            Outcome::Unknown { why } if is_worth_it => self.again = Some((why, None)),
            Outcome::Failed { why, .. } | Outcome::Unknown { why } | Outcome::Refused { why } => {
                standing.refused.insert(part, why);
            }
            Outcome::Held { why } => self.held = Some(why),
        }
    }

    fn settle(self, standing: &mut Standing, attempts: u64, first: Duration) {
        let Self { again, held, denied } = self;
        (standing.state, standing.reason) = if let Some((why, after)) = again {
            let wait = delay::next(first, standing.attempts, after);
            let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            standing.not_before = Some(delay::now().saturating_add(millis));
            (IntentState::Waiting, why)
        } else if let Some(why) = held {
            // That nothing could be begun is no attempt.
            standing.attempts = attempts;
            (IntentState::Waiting, why)
        } else if denied {
            (IntentState::Waiting, "it is not allowed any more".to_owned())
        } else if let Some(why) = standing.unknown.values().next() {
            (IntentState::Parked, why.clone())
        } else if let Some(why) = standing.refused.values().next() {
            (IntentState::Dead, why.clone())
        } else {
            (IntentState::Sent, "it was carried out".to_owned())
        };
    }
}

fn attempt(
    site: &Site,
    rules: &Rules,
    intent: &Intent,
    part: usize,
    delivery: &Delivery,
    timeout: Duration,
) -> Attempt {
    // One key for each delivery: of several channels of one effect, too.
    let id = if part == 0 { intent.key.clone() } else { format!("{}.{part}", intent.key) };
    match delivery {
        Delivery::Run { command } => run::carry_out(site, intent, command, timeout),
        Delivery::Webhook { method, url, headers, secret, body, whose: _ } => {
            let wanted = webhook::Wanted { id, method, url, headers, secret: secret.as_deref(), body };
            let written = headers.iter().map(|(_, value)| value).chain([url]).chain(secret).map(String::as_str);
            blotted(webhook::carry_out(&site.client, &wanted, timeout), written)
        }
        Delivery::Slack { url, channel, text } => {
            let common = rules.endpoint(environment(intent), "slack_webhook");
            let url = url.as_deref().or(common.as_deref());
            blotted(slack::carry_out(&site.client, url, channel, text, timeout), url)
        }
        Delivery::Email { recipients, subject, text } => {
            let server = rules.endpoint(environment(intent), "email_service");
            let sender = rules.sender();
            let mail = email::Mail { id, server: server.as_deref(), sender, recipients, subject, text };
            blotted(email::carry_out(&mail, timeout), server.as_deref())
        }
        Delivery::Github { url, token, body } => {
            blotted(dispatch::carry_out(&site.client, url, token, body, timeout), [url.as_str(), token])
        }
        Delivery::Unknown { why } => Attempt::refused(why.clone()),
    }
}
