//! `--explain CODE`: what a kind of finding is, for the commands that list findings.

use clap::Args;

use super::Context;
use crate::app::AppError;
use crate::model::{Code, FINDINGS};
use crate::ui::Exit;
use crate::wire::{self, FindingKindJson};

#[derive(Debug, Args)]
pub(super) struct Explained {
    /// Say what the findings of that code are, and what to do about them; look at nothing
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,
}

impl Explained {
    /// Says it, where it is asked for.
    pub(super) fn say(&self, context: &Context) -> Option<Result<Exit, AppError>> {
        let name = self.explain.as_deref()?;
        let Some(finding) = Code::named(name).and_then(Code::finding) else {
            let distance = |known: &str| strsim::damerau_levenshtein(known, name);
            let names = FINDINGS.iter().map(|finding| finding.code.as_str());
            let suggestion = names.filter(|known| distance(known) <= 3).min_by_key(|known| distance(known));
            return Some(Err(AppError::UnknownCode { text: name.to_owned(), suggestion }));
        };
        if context.json {
            context.output.data(&wire::pretty(&FindingKindJson::of(finding)));
        } else {
            let severities: Vec<&str> = finding.severities.iter().map(|severity| severity.name()).collect();
            let (code, about, remedy) = (finding.code, finding.about, finding.remedy);
            context.output.data(&format!("{code} ({})\n{about}\nwhat to do: {remedy}\n", severities.join(" or ")));
        }
        Some(Ok(Exit::Success))
    }
}
