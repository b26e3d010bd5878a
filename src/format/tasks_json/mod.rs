//! `tasks.json` as claude-task-master writes it, in every shape it is found in.
//!
//! [`read`] gives the records, [`edit`] the patch that changes one field of one of them, [`insert`] the one
//! that adds a task. All walk
//! the file [in one way](walk), so that what is edited is what was read. What a task id, a status
//! or a dependency means is not known here.

mod edit;
mod insert;
mod names;
mod nulls;
mod numbers;
mod print;
mod read;
mod rest;
mod style;
mod verify;
mod walk;
mod whole;

pub use edit::{edit, edit_all};
pub use insert::{insert, insert_value, take_out, without_field};
pub use names::{loose, names};
pub use nulls::nulls;
pub use numbers::{SpelledNumbers, with_numbers};
pub use read::read;
pub use rest::{first_other, rest};
pub use whole::{document, emptied, has_list, refilled, with_tag};

#[cfg(test)]
mod properties;
