//! Carrying effects out: what the outbox holds is run and sent, where this machine's user has allowed it. One file
//! for each kind of effect; only this module opens connections and runs the configuration's commands.

mod attempt;
mod blot;
mod carry_out;
mod companion;
mod course;
mod delay;
mod delivery;
mod dispatch;
mod drain;
mod email;
mod github;
mod http;
mod left_behind;
mod limits;
mod network;
mod output;
mod queue;
mod rules;
mod run;
mod settings;
mod signature;
mod site;
mod slack;
mod smtp;
mod webhook;

pub use attempt::{Attempt, Outcome};
pub use companion::Companion;
pub use course::{Course, Held, News, Patience, Queued, Reins};
pub use drain::{Carried, Drained, drain};
pub use github::{Github, GithubError, Proposal};
pub use network::{Network, is_private};
pub use rules::Rules;
pub use signature::{SecretError, sign};
pub use site::Site;
