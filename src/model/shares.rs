//! Work on many things at once, on as many threads as there are processors.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};

/// More threads than this wait for each other more than they work.
const MOST_THREADS: usize = 8;

/// Whether this process does with one thread what several would do sooner.
static ON_ONE_THREAD: AtomicBool = AtomicBool::new(false);

/// From now on this process does on one thread what several would do sooner. The allocator keeps for each thread what
/// that one has freed: in a process that runs for long, what several have read is never given back in full.
pub fn work_on_one_thread() {
    ON_ONE_THREAD.store(true, Ordering::Relaxed);
}

/// Whether this process does with one thread what several would do sooner.
#[must_use]
pub fn works_on_one_thread() -> bool {
    ON_ONE_THREAD.load(Ordering::Relaxed)
}

/// What `work` makes of the items, share by share, in their order: the first share on this thread, each other on one of its
/// own, where starting one is worth it for `least` items.
pub fn in_shares<T: Sync, R: Send>(items: &[T], least: usize, work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let (own, others) = items.split_at(share(items.len(), least).min(items.len()));
    if others.is_empty() {
        return vec![work(own)];
    }
    let work = &work;
    std::thread::scope(|scope| {
        let others: Vec<_> = others.chunks(own.len()).map(|items| scope.spawn(move || work(items))).collect();
        let joined =
            others.into_iter().map(|other| other.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault)));
        std::iter::once(work(own)).chain(joined).collect()
    })
}

/// How many of `all` items each thread takes.
fn share(all: usize, least: usize) -> usize {
    if works_on_one_thread() {
        return all;
    }
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
    all.div_ceil(threads).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_out_is_in_the_order_of_what_goes_in() {
        let items: Vec<usize> = (0..1_000).collect();
        for least in [1, 300, 999, 1_000, 5_000] {
            let shares = in_shares(&items, least, <[usize]>::to_vec);
            assert!(shares.iter().rev().skip(1).all(|share| share.len() >= least), "{least}");
            assert_eq!(shares.concat(), items, "{least}");
        }
        assert_eq!(in_shares(&[0; 0], 1, <[i32]>::len), [0]);
    }
}
