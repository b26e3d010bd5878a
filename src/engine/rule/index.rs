use std::collections::HashMap;

use crate::format::workflow::Trigger;

/// The triggers of one workflow by the events they listen to, so that an event does not cost a look
/// at every trigger.
#[derive(Debug)]
pub struct Index<'a> {
    triggers: &'a [Trigger],
    exact: HashMap<&'a str, Vec<usize>>,
    /// By what stands before the `*`: `task.`, and nothing for every event.
    prefixes: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    /// Looks at each trigger once.
    #[must_use]
    pub fn new(triggers: &'a [Trigger]) -> Self {
        let mut index = Self { triggers, exact: HashMap::new(), prefixes: HashMap::new() };
        for (at, trigger) in triggers.iter().enumerate() {
            let pattern = trigger.event.as_str();
            match pattern.strip_suffix('*') {
                Some(stem) => index.prefixes.entry(stem).or_default().push(at),
                None => index.exact.entry(pattern).or_default().push(at),
            }
        }
        index
    }

    /// What [`listening`](super::listening) gives, in the same order.
    pub fn listening(&self, event_type: &str) -> impl Iterator<Item = &'a Trigger> {
        let stems = std::iter::once(0).chain(event_type.match_indices('.').map(|(at, _)| at + 1));
        let stems = stems.filter_map(|end| event_type.get(..end)).filter(|stem| stem.len() < event_type.len());
        let by_stem = stems.filter_map(|stem| self.prefixes.get(stem));
        let mut found: Vec<usize> = self.exact.get(event_type).into_iter().chain(by_stem).flatten().copied().collect();
        found.sort_unstable();
        found.into_iter().filter_map(|at| self.triggers.get(at))
    }
}
