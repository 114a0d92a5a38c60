//! `caretaker diagnose`: everything on one page, and as a bundle for whoever helps.

use std::path::Path;

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::judge::words;
use caretaker_core::keeper::{Bundled, Diagnosis, DiagnosisPage};
use caretaker_core::profile;
use caretaker_core::progress::Unwatched;
use serde::Serialize;

use crate::args::Consent;
use crate::commands::consent::ask;
use crate::place::Place;
use crate::render::{Reply, exit};

#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    page: &'a DiagnosisPage,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<&'a Bundled>,
}

/// Shows the page; with `bundle`, writes what belongs to it into that file. A broken profile is part of the page.
pub fn run(place: &Place, bundle: Option<&Path>, yes: bool) -> anyhow::Result<Reply> {
    let broken = match profile::load(&place.profile, place.home.as_deref()) {
        Ok(_) => false,
        Err(errors) => {
            let error = Error::from(errors);
            if error.kind == ErrorKind::NotFound {
                // Nothing is there to be diagnosed: the answer is how one is made.
                place.load_profile()?;
            }
            true
        }
    };
    let clock = std::sync::Arc::clone(&place.clock);
    let diagnosis = Diagnosis::new(&place.profile, &place.state, place.home.as_deref(), clock, place.zone);
    let written = match bundle {
        None => None,
        Some(path) => {
            let there = path.symlink_metadata().is_ok();
            if there {
                let consent = Consent { yes, dry_run: false };
                ask(consent, &format!("{} exists already.", path.display()), "Write over it?")?;
            }
            Some(diagnosis.bundle(path, there, &Unwatched)?)
        }
    };
    let page = diagnosis.page();
    let text = match &written {
        None => page.text(),
        Some(bundled) => said(bundled),
    };
    let reply = Reply::new(&Body { page: &page, bundle: written.as_ref() }, text)?;
    Ok(if broken { reply.exit(exit::USAGE) } else { reply })
}

fn said(bundled: &Bundled) -> String {
    let mut lines = vec![format!(
        "{}, {}: {} secrets and {} paths were masked.",
        bundled.path,
        words::bytes(bundled.bytes),
        bundled.secrets,
        bundled.homes
    )];
    lines
        .extend(bundled.members.iter().map(|one| format!("  {:>10}  {}", words::bytes(one.bytes), one.name)));
    lines.extend(bundled.left_out.iter().map(|text| format!("  left out    {text}")));
    lines.push(
        "Look through it before you give it away: what no pattern knows for a secret is still in it.".into(),
    );
    lines.join("\n")
}
