use std::num::NonZero;

/// More threads than this wait for each other more than they work.
const MOST_THREADS: usize = 8;

/// How many of `all` things each thread takes, where there are as many threads as processors and one of them is worth
/// starting for `least` things.
#[must_use]
pub fn share(all: usize, least: usize) -> usize {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
    all.div_ceil(threads).max(least)
}
