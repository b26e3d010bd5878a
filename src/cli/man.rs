use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;

use super::Context;
use crate::ui::Exit;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Write a page for each command into this folder, which is made where it is missing; not given, the
    /// page of taskmaster is printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Exit {
    let done = match &arguments.folder {
        Some(folder) => write_all(&context.directory.join(folder)),
        None => print(context),
    };
    match done {
        Ok(()) => Exit::Success,
        Err(error) => {
            context.output.error(&format!("the manual could not be written: {error}"), None);
            Exit::Failure
        }
    }
}

fn print(context: &Context) -> io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(super::command().disable_help_subcommand(true)).render(&mut page)?;
    context.output.data(&String::from_utf8_lossy(&page));
    Ok(())
}

fn write_all(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(super::command(), folder)
}
