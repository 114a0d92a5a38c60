//! Asking before anything is changed.

use std::io::{BufRead, IsTerminal};

use caretaker_core::error::{Error, ErrorKind};

use crate::args::Consent;
use crate::render;

/// What a person said to a plan.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go ahead.
    Go,
    /// The plan was all that was wanted.
    OnlyShown,
}

/// Shows the plan and asks, unless that was answered on the command line.
///
/// # Errors
/// When nobody is there to ask, or the answer is no: nothing is changed then.
pub fn ask(consent: Consent, plan: &str, question: &str) -> anyhow::Result<Answer> {
    if consent.dry_run {
        return Ok(Answer::OnlyShown);
    }
    if consent.yes {
        return Ok(Answer::Go);
    }
    render::message(plan);
    if !std::io::stdin().is_terminal() {
        let refused =
            Error::new(ErrorKind::Denied, "nobody is there to agree to this plan; nothing was changed");
        return Err(refused.hint("Say --yes to go ahead, or --dry-run to see the plan only.").into());
    }
    render::message(&format!("{question} [y/N]"));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(Answer::Go);
    }
    Err(Error::new(ErrorKind::Denied, "it was not agreed to; nothing was changed").into())
}
