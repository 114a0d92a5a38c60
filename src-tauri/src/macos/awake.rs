//! Sleep, naps and waking: nothing holds the machine awake but a job, and the watch looks again when it wakes.

use std::ptr::NonNull;

use block2::RcBlock;
use objc2::rc::Retained;
use objc2::runtime::{NSObjectProtocol, ProtocolObject};
use objc2_app_kit::{NSWorkspace, NSWorkspaceDidWakeNotification};
use objc2_foundation::{NSActivityOptions, NSNotification, NSProcessInfo, NSString};
use tauri::{AppHandle, Manager};

use crate::Caretaker;

/// Keeps the machine from sleeping and this program from being napped, for as long as it lives.
///
/// Without it the system may delay the watch by some seconds while nobody uses the Mac (App Nap), which a look every
/// half minute can bear; a backup cannot.
pub struct Activity(Retained<ProtocolObject<dyn NSObjectProtocol>>);

// SAFETY: the token is only kept and given back; NSProcessInfo takes it on any thread.
unsafe impl Send for Activity {}

impl Activity {
    /// Begins it, for a reason that `pmset -g assertions` shows.
    pub fn begin(reason: &str) -> Self {
        let options = NSActivityOptions::UserInitiated | NSActivityOptions::SuddenTerminationDisabled;
        Self(
            NSProcessInfo::processInfo()
                .beginActivityWithOptions_reason(options, &NSString::from_str(reason)),
        )
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        // SAFETY: the token is the one that `begin` got, and is given back once.
        unsafe { NSProcessInfo::processInfo().endActivity(&self.0) };
    }
}

/// Has the loop look at once when the Mac has woken, rather than at its next turn.
pub fn look_after_waking(app: &AppHandle) {
    let app = app.clone();
    let woken = RcBlock::new(move |_: NonNull<NSNotification>| {
        // The loop may be at work; nobody waits for it here.
        let app = app.clone();
        tauri::async_runtime::spawn_blocking(move || {
            let Some(caretaker) = app.try_state::<Caretaker>() else { return };
            for keeper in caretaker.keepers() {
                keeper.check_now();
            }
        });
    });
    // SAFETY: the name is a constant of AppKit, and the block takes what the center gives.
    let observer = unsafe {
        NSWorkspace::sharedWorkspace().notificationCenter().addObserverForName_object_queue_usingBlock(
            Some(NSWorkspaceDidWakeNotification),
            None,
            None,
            &woken,
        )
    };
    // It listens as long as the process lives.
    std::mem::forget(observer);
}
