//! Measuring: two commands in turn, so that a machine that is slow for a while is so for both.

use std::cmp::Ordering;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;

/// How often each command is measured.
const RUNS: usize = 9;

/// What was measured of two commands.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The median of the program's time.
    pub(crate) ours: Duration,
    /// The median of the yardstick's time.
    pub(crate) theirs: Duration,
    /// The median of what the program took in terms of the yardstick, run by run.
    pub(crate) ratio: f64,
}

/// Runs both commands in turn, after one run of each that does not count.
///
/// `prepare` is called with the number of the run before the program's, and is not measured.
pub(crate) fn pair(
    prepare: impl FnMut(usize) -> Result<(), Failure>,
    ours: impl Fn() -> Command,
    theirs: impl Fn() -> Command,
) -> Result<Pair, Failure> {
    pair_of(RUNS, prepare, ours, theirs)
}

/// The same with a number of runs of one's own: for what takes seconds.
pub(crate) fn pair_of(
    runs: usize,
    mut prepare: impl FnMut(usize) -> Result<(), Failure>,
    ours: impl Fn() -> Command,
    theirs: impl Fn() -> Command,
) -> Result<Pair, Failure> {
    let mut times = Vec::new();
    for run in 0..=runs {
        prepare(run)?;
        let their_time = time(theirs())?;
        let our_time = time(ours())?;
        if run > 0 {
            times.push((our_time, their_time));
        }
    }
    Ok(Pair::of(&times))
}

impl Pair {
    /// The medians of runs: the program's time and the yardstick's of each.
    pub(crate) fn of(times: &[(Duration, Duration)]) -> Self {
        let ratio = |(ours, theirs): &(Duration, Duration)| ours.as_secs_f64() / theirs.as_secs_f64().max(f64::EPSILON);
        let ratios: Vec<f64> = times.iter().map(ratio).collect();
        Self {
            ours: median(times.iter().map(|(ours, _)| *ours).collect(), Duration::cmp),
            theirs: median(times.iter().map(|(_, theirs)| *theirs).collect(), Duration::cmp),
            ratio: median(ratios, f64::total_cmp),
        }
    }
}

fn median<T: Copy + Default>(mut values: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> T {
    values.sort_by(order);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// How long a process takes from start to end; what it says is thrown away. A code of 1 is a finding
/// or a difference, anything above is a failure.
fn time(mut command: Command) -> Result<Duration, Failure> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let took = start.elapsed();
    match status.code() {
        Some(0 | 1) => Ok(took),
        _ => Err(format!("{command:?} ended with {status}").into()),
    }
}

/// The most memory a process has had, in MiB, when it has begun to write its result; `None` where
/// the system does not tell. It must write more than fits into a pipe: then it waits to be looked at.
pub(crate) fn peak_memory(mut command: Command) -> Result<Option<f64>, Failure> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut output = child.stdout.take().ok_or("no output")?;
    let mut first = [0];
    output.read_exact(&mut first)?;
    let peak = peak_memory_of(child.id());
    std::io::copy(&mut output, &mut std::io::sink())?;
    child.wait()?;
    Ok(peak)
}

/// The most memory a running process has had so far, in MiB; `None` where the system does not tell.
pub(crate) fn peak_memory_of(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    peak.map(|kilobytes: f64| kilobytes / 1024.0)
}

/// How long the threads that a process has now have been on a processor, to the nanosecond (proc(5), `schedstat`); `None` where the
/// system does not tell.
pub(crate) fn processor_time(process: u32) -> Option<Duration> {
    let mut nanoseconds: u64 = 0;
    for thread in std::fs::read_dir(format!("/proc/{process}/task")).ok()? {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split(' ').next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanoseconds))
}

/// Where times stand among each other.
#[derive(Debug)]
pub(crate) struct Spread {
    /// Half of them are no longer.
    pub(crate) median: Duration,
    /// 95 of a hundred are no longer.
    pub(crate) most: Duration,
    /// 99 of a hundred are no longer.
    pub(crate) nearly_all: Duration,
}

impl Spread {
    /// The spread of times: at each place the nearest rank.
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |of_hundred: usize| {
            let rank = (times.len() * of_hundred).div_ceil(100).saturating_sub(1);
            times.get(rank).copied().unwrap_or_default()
        };
        Self { median: at(50), most: at(95), nearly_all: at(99) }
    }
}
