use super::{Ailment, Check, Look, Patient};
use crate::git::git_version;

/// The first version that has all that is called: `git config --show-scope`.
const OLDEST: (u32, u32) = (2, 26);

pub(super) const CHECK: Check = Check {
    name: "git",
    about: "the `git` program does not start, or is older than 2.26",
    mends: "",
    look: Look::Plain(look),
};

fn look(_: &Patient<'_>) -> Vec<Ailment> {
    let hint = "install git 2.26 or newer, and have it on PATH";
    match git_version() {
        Ok(version) if version >= OLDEST => Vec::new(),
        Ok((major, minor)) => vec![Ailment::fault(format!("git {major}.{minor} is too old"), hint)],
        Err(error) => vec![Ailment::fault(error.to_string(), hint)],
    }
}
