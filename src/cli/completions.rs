use clap::Args;
use clap_complete::Shell;

use super::Context;
use crate::ui::Exit;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Where to put it:
  bash        taskmaster completions bash > ~/.local/share/bash-completion/completions/taskmaster
  zsh         taskmaster completions zsh > DIR/_taskmaster, where DIR is in $fpath
  fish        taskmaster completions fish > ~/.config/fish/completions/taskmaster.fish
  elvish      eval (taskmaster completions elvish | slurp), in ~/.config/elvish/rc.elv
  powershell  taskmaster completions powershell | Out-String | Invoke-Expression, in $PROFILE")]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::command(), "taskmaster", &mut script);
    context.output.data(&String::from_utf8_lossy(&script));
    Exit::Success
}
