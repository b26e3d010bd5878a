//! Who may read and write what is made: as the user's umask has it, and as git shares the repository.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What new files and folders are not given; above the bits while it has not been asked for.
static MASK: AtomicU32 = AtomicU32::new(u32::MAX);

/// Whether git shares the repository with others than its owner.
static SHARED: AtomicBool = AtomicBool::new(false);

/// Whether git shares the repository with others than its owner.
pub(super) fn is_shared() -> bool {
    SHARED.load(Ordering::Relaxed)
}

/// The mode of a new file.
pub(super) fn file_mode() -> u32 {
    0o666 & !mask()
}

/// Gives new files and folders what `core.sharedRepository` says (git-config(1)), from here on, in this process and
/// those that it starts. Group and its inheritance are the folders' own.
pub(crate) fn share(setting: &str) {
    let old = mask();
    let new = match setting.to_ascii_lowercase().as_str() {
        "group" | "true" | "yes" | "on" | "1" => old & !0o070,
        "all" | "world" | "everybody" | "2" => old & !0o075,
        octal => match u32::from_str_radix(octal, 8) {
            // Who may read a file may look into its folder.
            Ok(mode @ 0o600..=0o666) => !(mode | ((mode & 0o444) >> 2)) & 0o777,
            _ => return,
        },
    };
    SHARED.store(true, Ordering::Relaxed);
    if new != old {
        set(new);
        MASK.store(new, Ordering::Relaxed);
    }
}

fn mask() -> u32 {
    let known = MASK.load(Ordering::Relaxed);
    if known <= 0o777 {
        return known;
    }
    // It can only be asked for by setting it.
    let found = set(0o077);
    set(found);
    MASK.store(found, Ordering::Relaxed);
    found
}

#[cfg(unix)]
#[expect(clippy::useless_conversion, reason = "modes are narrower elsewhere")]
fn set(mask: u32) -> u32 {
    let mask = rustix::fs::Mode::from_bits_truncate(mask.try_into().unwrap_or_default());
    rustix::process::umask(mask).bits().into()
}

#[cfg(not(unix))]
fn set(_: u32) -> u32 {
    0o022
}
