//! One effect that was taken up: its deliveries one after another, and what is written down of each.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::blot::blotted;
use super::course::News;
use super::delay;
use super::delivery::{self, Delivery, at};
use super::limits::Limits;
use super::queue::Entry;
use super::rules::{Repeats, Terms};
use super::settings::Settings;
use super::{Attempt, Outcome, Site, dispatch, email, run, slack, webhook};
use crate::store::{CommandProcess, Intent, IntentState, Standing, StoreError};

/// An effect that was taken up.
pub(super) struct Settled {
    pub(super) key: String,
    pub(super) group: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) standing: Standing,
    /// Whether it is allowed no more.
    pub(super) is_denied: bool,
    /// What it is; `None` where its files are gone.
    pub(super) intent: Option<Intent>,
}

impl Settled {
    /// Whether it still waits, and not for its time.
    pub(super) fn is_held(&self) -> bool {
        self.standing.state == IntentState::Waiting && self.standing.not_before.is_none() && !self.is_denied
    }

    pub(super) fn tell(self, tell: &mut dyn FnMut(News)) {
        if let Some(intent) = self.intent {
            tell(News::Settled(Box::new((intent, self.standing))));
        }
    }
}

/// Whether a delivery is still to be attempted.
pub(super) fn is_open(standing: &Standing, part: usize) -> bool {
    !standing.done.contains(&part) && !standing.unknown.contains_key(&part) && !standing.refused.contains_key(&part)
}

/// Attempts what is left of one effect, and writes down what came of it.
pub(super) fn carry_out(site: &Site, entry: Entry, limits: &Limits) -> Result<Settled, StoreError> {
    let Entry { key, group, environment, .. } = entry;
    let place = environment.clone();
    // Somebody may have thrown it away meanwhile.
    let Some((intent, mut standing)) = site.outbox.look(&key)? else {
        let standing = Standing::new(IntentState::Skipped, "its files are gone");
        return Ok(Settled { key, group, environment, standing, is_denied: false, intent: None });
    };
    let settled =
        |intent, standing, is_denied| Settled { key, group, environment, standing, is_denied, intent: Some(intent) };
    let Some(rules) = site.rules(intent.config.as_ref()) else {
        return Ok(settled(intent, standing, true));
    };
    let terms = rules.terms(&intent);
    if standing.state != IntentState::Waiting {
        return Ok(settled(intent, standing, false));
    }
    let settings = Settings::of(site, &intent, &rules);
    let deliveries = delivery::of(&intent, Some(&settings));
    let attempts = standing.attempts;
    let until = limits.until(place.as_deref());
    let longest = longest_attempt(&terms, &intent);
    let whole = limits.whole(place.as_deref());
    // What no run has time for never gets more than nearly all of one.
    let fair = longest.min(whole / 10 * 9);
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
        if !limits.has_time(place.as_deref(), longest) {
            end.late = true;
            break;
        }
        (standing.state, standing.part, standing.not_before) = (IntentState::Running, Some(part), None);
        standing.awaits = None;
        standing.attempts = attempts + 1;
        "it is being carried out".clone_into(&mut standing.reason);
        let may_repeat = delivery.repeats(&terms) == Repeats::Harmless;
        if is_harmless {
            site.outbox.put_soon(&intent.key, &standing)?;
        } else {
            site.outbox.put(&intent.key, &standing)?;
        }
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        let earlier = standing.receipts.get(&part.to_string()).cloned().unwrap_or_default();
        let mut noted = Ok(());
        let mut note = |process| {
            standing.process = Some(process);
            noted = site.outbox.put_soon(&intent.key, &standing);
        };
        let timeout = longest.min(left);
        let began = Instant::now();
        let Attempt { mut outcome, receipt } =
            attempt(site, &settings, &intent, (part, delivery, &earlier), timeout, &mut note);
        if timeout < longest && began.elapsed() >= timeout {
            say_limits(&mut outcome, longest, whole);
        }
        noted?;
        standing.process = None;
        standing.receipts.insert(part.to_string(), receipt);
        // What was cut short by the end of the run had no fair attempt.
        end.cut |= timeout < fair && may_repeat && matches!(outcome, Outcome::Failed { .. } | Outcome::Unknown { .. });
        let is_worth_it = end.cut || standing.attempts <= delivery.retries(&terms);
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

/// How long one attempt at it may take.
pub(super) fn longest_attempt(terms: &Terms, intent: &Intent) -> Duration {
    let is_command = at(&intent.data, "/kind").as_str() == Some("run");
    terms.timeout.unwrap_or(if is_command { run::USUAL_TIMEOUT } else { webhook::USUAL_TIMEOUT })
}

/// Says of an attempt that was cut short by the end of the run which limits there are.
fn say_limits(outcome: &mut Outcome, longest: Duration, whole: Duration) {
    let (Outcome::Failed { why, .. } | Outcome::Refused { why } | Outcome::Unknown { why }) = outcome else { return };
    let (longest, whole) = (longest.as_secs(), whole.as_secs());
    *why = format!(
        "{why}; an attempt at it may take {longest} seconds, and was cut to what was left of the {whole} seconds of \
         `execution.workflow_timeout`"
    );
}

/// What is still to be attempted of one effect; what is not, its standing has.
#[derive(Default)]
struct End {
    again: Option<(String, Option<Duration>)>,
    held: Option<String>,
    /// Whether the rest was not begun, for it is allowed no more.
    denied: bool,
    /// Whether the rest was not begun, for the time of the run is nearly over.
    late: bool,
    /// Whether an attempt had less time than is its own.
    cut: bool,
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
        let Self { again, held, denied, late, cut } = self;
        if cut || (late && again.is_none()) {
            standing.attempts = attempts;
        }
        (standing.state, standing.reason) = if let Some((why, after)) = again {
            let wait = delay::next(first, standing.attempts, after);
            let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            standing.not_before = Some(delay::now().saturating_add(millis));
            match after.filter(|after| *after > delay::LONGEST_ASKED) {
                Some(after) => {
                    let hours = after.as_secs() / 3600;
                    (IntentState::Waiting, format!("{why}; it asks for {hours} hours, of which 24 are waited"))
                }
                None => (IntentState::Waiting, why),
            }
        } else if let Some(why) = held {
            // That nothing could be begun is no attempt.
            standing.attempts = attempts;
            (IntentState::Waiting, why)
        } else if denied {
            (IntentState::Waiting, "it is not allowed any more".to_owned())
        } else if late {
            // Not held back: the next run begins it.
            standing.not_before = Some(delay::now());
            (IntentState::Waiting, "the time of the run was nearly over".to_owned())
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
    settings: &Settings,
    intent: &Intent,
    (part, delivery, earlier): (usize, &Delivery, &Value),
    timeout: Duration,
    note: &mut dyn FnMut(CommandProcess),
) -> Attempt {
    // One key for each delivery: of several channels of one effect, too.
    let id = if part == 0 { intent.key.clone() } else { format!("{}.{part}", intent.key) };
    match delivery {
        Delivery::Run { command } => run::carry_out(site, intent, command, timeout, note),
        Delivery::Webhook { method, url, headers, secret, body, whose: _ } => {
            let wanted = webhook::Wanted { id, method, url, headers, secret: secret.as_deref(), body };
            let written = headers.iter().map(|(_, value)| value).chain([url]).chain(secret).map(String::as_str);
            blotted(webhook::carry_out(&site.client, &wanted, timeout), written)
        }
        Delivery::Slack { url, channel, text } => {
            let common = settings.endpoint("slack_webhook");
            let url = url.as_deref().or(common.as_deref());
            blotted(slack::carry_out(&site.client, url, channel, text, timeout), url)
        }
        Delivery::Email { recipients, subject, text } => {
            let server = settings.endpoint("email_service");
            let sender = settings.sender();
            let mail = email::Mail { id, server: server.as_deref(), sender, recipients, subject, text, earlier };
            blotted(email::carry_out(&mail, timeout), server.as_deref())
        }
        Delivery::Github { url, token, body } => {
            blotted(dispatch::carry_out(&site.client, url, token, body, timeout), [url.as_str(), token])
        }
        Delivery::Unknown { why } => Attempt::refused(why.clone()),
    }
}
