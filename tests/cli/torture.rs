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

use faults::{Fault, Job, Stage, sample};

/// Tries a job at many points, and again while what was interrupted is ended.
fn torture(job: Job, few: usize) {
    let stage = Stage::new(job);
    let points = stage.points();
    assert!(points.len() > 100, "only {} system calls were seen", points.len());
    let mut tried = 0;
    for fault in Fault::ALL {
        // Killing is what matters most; a refusal that lasts is met at its first call of a kind.
        let share = if fault == Fault::Kill { few } else { few / 4 };
        for point in sample(&points, share) {
            // No volume refuses to close a folder for want of space, and the standard library panics if one did.
            if fault != Fault::Kill && point.is_close() {
                continue;
            }
            stage.try_at(fault, point);
            tried += 1;
        }
    }
    for point in sample(&points, few / 4) {
        tried += stage.try_recovery_after(point, few / 8 + 2);
    }
    eprintln!("{job:?}: {tried} points tried, no bad outcome");
}

#[test]
fn a_backup_is_there_wholly_or_not_at_all() {
    torture(Job::Full, 10);
}

#[test]
fn an_increment_is_there_wholly_or_not_at_all() {
    torture(Job::Increment, 8);
}

#[test]
fn a_restore_leaves_the_old_tree_or_the_new_one() {
    torture(Job::Restore, 12);
}

#[test]
fn an_undo_leaves_the_old_tree_or_the_new_one() {
    torture(Job::Undo, 8);
}

#[test]
fn pruning_removes_what_it_said_and_nothing_else() {
    torture(Job::Prune, 8);
}
