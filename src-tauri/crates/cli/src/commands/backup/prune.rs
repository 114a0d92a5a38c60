//! `caretaker backup prune`: both places, looked at first.

use caretaker_core::backup::retain::Retention;
use caretaker_core::backup::{ArchiveId, Desk};
use caretaker_core::keeper::said_of_pruning;
use caretaker_core::store::Entered;
use serde::Serialize;

use super::Book;
use crate::args::Consent;
use crate::commands::consent::{Answer, ask};
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct PruneBody {
    #[serde(flatten)]
    first: Plan,
    removed: bool,
    /// The same of the second place; nothing where there is none, or its volume is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<Plan>,
}

#[derive(Serialize)]
struct Plan {
    remove: Vec<ArchiveId>,
    keep: Vec<Kept>,
}

#[derive(Serialize)]
struct Kept {
    id: ArchiveId,
    why: String,
}

impl From<Retention> for Plan {
    fn from(plan: Retention) -> Self {
        let keep = plan.keep.into_iter().map(|(id, why)| Kept { id, why }).collect();
        Self { remove: plan.remove, keep }
    }
}

/// Shows what would go and why everything else stays, asks, and removes.
pub fn prune(place: &Place, desk: &Desk, book: &Book, consent: Consent) -> anyhow::Result<Reply> {
    let now = place.clock.now();
    let plan = desk.prune_plan(now)?;
    let second = desk.second_plan(now)?;
    let mut lines = rows(&plan);
    if let Some((folder, there)) = desk.second_folder() {
        let says = if there { "In the second place" } else { "The second place is not there now" };
        lines.push(format!("{says}: {}", folder.display()));
    }
    lines.extend(second.iter().flat_map(rows));
    let goes = |plan: &Retention| !plan.remove.is_empty();
    let mut removed = false;
    if !goes(&plan) && !second.as_ref().is_some_and(goes) {
        lines.push("Nothing is to be removed.".into());
    } else if ask(consent, &lines.join("\n"), "Remove these for good?")? == Answer::Go {
        let mut gone = 0;
        if goes(&plan) {
            gone += desk.prune(&plan, now)?.len();
        }
        if let Some(second) = second.as_ref().filter(|plan| goes(plan)) {
            gone += desk.prune_second(second, now)?.len();
        }
        book.enter(Entered::Removal, said_of_pruning(gone), None);
        removed = true;
    }
    let body = PruneBody { first: plan.into(), removed, second: second.map(Plan::from) };
    Reply::new(&body, lines.join("\n"))
}

fn rows(plan: &Retention) -> Vec<String> {
    let keep = plan.keep.iter().map(|(id, why)| format!("keep    {id}  {why}"));
    keep.chain(plan.remove.iter().map(|id| format!("remove  {id}"))).collect()
}
