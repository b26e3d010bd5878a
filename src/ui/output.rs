use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice as Stream};

use super::safe;

/// Back to the beginning of the line, and nothing in it (ECMA-48 EL).
const CLEAR: &str = "\r\u{1b}[2K";

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// What a person needs.
    Normal,
    /// Each step.
    Verbose,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where results and talk go: data to standard output, talk to standard error.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// When colours are used.
    pub color: ColorChoice,
    /// How much is said.
    pub verbosity: Verbosity,
}

impl Output {
    /// Writes data. A reader that has gone away ends the program quietly, as it does every tool in a pipe.
    pub fn data(self, text: &str) {
        if self.stream_of_data(text).is_err() {
            std::process::exit(0);
        }
    }

    /// Writes data, for a program that has to finish something where its reader has gone away.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn stream_of_data(self, text: &str) -> io::Result<()> {
        let mut stream = AutoStream::new(io::stdout().lock(), self.stream(io::stdout().is_terminal()));
        stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
    }

    /// Writes a line of data; on a terminal above its foot.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn above_foot(self, line: &str) -> io::Result<()> {
        self.end_foot();
        self.stream_of_data(&format!("{line}\n"))
    }

    /// Replaces the line at the foot of the terminal; nothing where there is none.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn foot(self, line: &str) -> io::Result<()> {
        if !io::stdout().is_terminal() {
            return Ok(());
        }
        self.end_foot();
        let cut: String = line.chars().take(terminal_width().saturating_sub(1)).collect();
        let dim = anstyle::Style::new().dimmed();
        self.stream_of_data(&format!("{dim}{cut}{dim:#}"))
    }

    /// Takes the line at the foot of the terminal away.
    pub fn end_foot(self) {
        if io::stdout().is_terminal() {
            // Past what takes colours away, since this is none. A terminal that is gone is found by what follows.
            let _ = io::stdout().write_all(CLEAR.as_bytes());
        }
    }

    /// Says something to the person, unless told to be quiet.
    pub fn say(self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.talk(text);
        }
    }

    /// Says something that only explains, where that was asked for.
    pub fn explain(self, text: &str) {
        if self.verbosity > Verbosity::Normal {
            self.talk(text);
        }
    }

    /// Says what went wrong, whatever the verbosity, with what to do about it. Both may repeat what
    /// stands in files: they are made safe here.
    pub fn error(self, message: &str, hint: Option<&str>) {
        let message = safe(message);
        let style = anstyle::AnsiColor::Red.on_default().bold();
        self.talk(&format!("{style}error{style:#}: {message}"));
        if let Some(hint) = hint {
            let style = anstyle::AnsiColor::Cyan.on_default().bold();
            self.talk(&format!("{style}hint{style:#}: {}", safe(hint)));
        }
    }

    fn talk(self, text: &str) {
        let mut stream = AutoStream::new(io::stderr().lock(), self.stream(io::stderr().is_terminal()));
        // Nobody can be told that standard error is gone.
        let _ = writeln!(stream, "{text}");
    }

    fn stream(self, terminal: bool) -> Stream {
        let wished = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        match self.color {
            ColorChoice::Always => Stream::AlwaysAnsi,
            ColorChoice::Auto if terminal && wished => Stream::AlwaysAnsi,
            ColorChoice::Auto | ColorChoice::Never => Stream::Never,
        }
    }
}

/// How many columns the terminal has.
fn terminal_width() -> usize {
    const USUAL: usize = 80;
    #[cfg(unix)]
    let width = rustix::termios::tcgetwinsize(io::stdout()).map_or(USUAL, |size| usize::from(size.ws_col));
    #[cfg(not(unix))]
    let width = USUAL;
    if width == 0 { USUAL } else { width }
}
