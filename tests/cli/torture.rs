//! Killed, and refused by the system, at every system call: no half archive counts, no tree is half old and half new.
//!
//! A sample is tried in every run; `make torture` tries all (`CARETAKER_TORTURE=all`, or so many of each kind of fault) and
//! prints how many.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it tried"
)]

#[path = "../support/faults.rs"]
mod faults;
#[path = "../support/volume.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod volume;

use faults::{Fault, Job, Stage, sample};

/// Tries a job at many points, and again while what was interrupted is ended.
///
/// Alone where that can be: a restore looks at every process, and the points should not be those of this machine.
fn torture(test: &str, job: Job, few: usize) {
    if volume::alone(test) == Some(false) {
        return;
    }
    let stage = Stage::new(job);
    let points = stage.points();
    assert!(points.len() > 100, "only {} system calls were seen", points.len());
    let mut tried = 0;
    for fault in Fault::ALL {
        // Killing is what matters most; a refusal that lasts is met at its first call of a kind.
        let share = if fault == Fault::Kill { few } else { few / 4 };
        for point in sample(&points, share) {
            if fault != Fault::Kill && point.is_never_refused() {
                continue;
            }
            stage.try_at(fault, point);
            tried += 1;
        }
    }
    // Each of these is eight more: of all points every eighth.
    let again = sample(&points, few / 4);
    let step = (again.len() / points.len().div_ceil(8)).max(1);
    for point in again.into_iter().step_by(step) {
        tried += stage.try_recovery_after(point, few / 8 + 2);
    }
    eprintln!("{job:?}: {tried} points tried, no bad outcome");
}

#[test]
fn a_backup_is_there_wholly_or_not_at_all() {
    torture("a_backup_is_there_wholly_or_not_at_all", Job::Full, 10);
}

#[test]
fn an_increment_is_there_wholly_or_not_at_all() {
    torture("an_increment_is_there_wholly_or_not_at_all", Job::Increment, 8);
}

#[test]
fn a_restore_leaves_the_old_tree_or_the_new_one() {
    torture("a_restore_leaves_the_old_tree_or_the_new_one", Job::Restore, 12);
}

#[test]
fn an_undo_leaves_the_old_tree_or_the_new_one() {
    torture("an_undo_leaves_the_old_tree_or_the_new_one", Job::Undo, 8);
}

#[test]
fn pruning_removes_what_it_said_and_nothing_else() {
    torture("pruning_removes_what_it_said_and_nothing_else", Job::Prune, 8);
}
