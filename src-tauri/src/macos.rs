//! Everything that only macOS has: no Dock tile, a panel over full-screen windows, a status item that VoiceOver can name.
//!
//! The only `unsafe` of the app is here: messages to AppKit for which the bindings cannot check the types.

#![allow(unsafe_code, reason = "AppKit's targets, actions and subclasses cannot be had without")]

pub mod awake;
pub mod login;
pub mod notifications;

use std::cell::OnceCell;

use objc2::rc::Retained;
use objc2::runtime::{AnyObject, NSObject};
use objc2::{DefinedClass, MainThreadMarker, MainThreadOnly, define_class, msg_send, sel};
use objc2_app_kit::NSAccessibility;
use objc2_foundation::{NSObjectProtocol, NSString};
use tauri::plugin::TauriPlugin;
use tauri::tray::TrayIcon;
use tauri::{ActivationPolicy, App, AppHandle, LogicalPosition, WebviewWindow, Wry};
use tauri_nspanel::{CollectionBehavior, ManagerExt, PanelLevel, StyleMask, WebviewWindowExt};

use crate::macos::popover::Popover;

/// The panel's class; in a module of its own because the macro brings its own imports.
mod popover {
    use tauri_nspanel::tauri_panel;

    tauri_panel! {
        panel!(Popover {
            config: {
                can_become_key_window: true,
                is_floating_panel: true
            }
        })
    }
}

/// Keeps the panels that were made from windows.
pub fn panel_plugin() -> TauriPlugin<Wry> {
    tauri_nspanel::init()
}

/// Takes the tile out of the Dock, and has the watch look again when the Mac wakes.
pub fn become_menu_bar_app(app: &mut App) {
    // Said again although Info.plist says it: the system may have remembered another policy.
    app.set_activation_policy(ActivationPolicy::Accessory);
    awake::look_after_waking(app.handle());
}

/// Shows the panel over every space and full-screen window, at a place in points.
///
/// # Errors
/// When the window cannot be made a panel.
pub fn show_over_everything(window: &WebviewWindow<Wry>, x: f64, y: f64) -> tauri::Result<()> {
    let panel = window.to_panel::<Popover<Wry>>()?;
    panel.set_level(PanelLevel::PopUpMenu.value());
    panel.set_collection_behavior(
        CollectionBehavior::new().can_join_all_spaces().full_screen_auxiliary().ignores_cycle().value(),
    );
    if let Err(error) = panel.add_style_mask(StyleMask::empty().nonactivating_panel().value()) {
        tracing::warn!(%error, "the panel will take the focus from the program in front");
    }
    panel.set_hides_on_deactivate(false);
    panel.set_has_shadow(true);
    panel.set_corner_radius(10.0);
    panel.show_and_make_key();
    // Only a window that is shown can be moved to another screen.
    window.set_position(LogicalPosition::new(x, y))
}

/// Makes the panel a plain window again, which it must be before it is closed.
pub fn release_panel(app: &AppHandle) {
    if let Ok(panel) = app.get_webview_panel(crate::panel::LABEL) {
        drop(panel.to_window());
    }
}

/// Gives the status item a name for VoiceOver, a press for keyboard and VoiceOver, and a place that it keeps.
pub fn name_status_item(app: &AppHandle, icon: &TrayIcon<Wry>, sentence: &str) {
    let (app, label) = (app.clone(), format!("Caretaker: {sentence}"));
    let named = icon.with_inner_tray_icon(move |inner| {
        let (Some(item), Some(mtm)) = (inner.ns_status_item(), MainThreadMarker::new()) else { return };
        item.setAutosaveName(Some(&NSString::from_str("caretaker-light")));
        let Some(button) = item.button(mtm) else { return };
        button.setAccessibilityLabel(Some(&NSString::from_str(&label)));
        let target = press_target(&app, mtm);
        // SAFETY: the target answers `pressed:` with one object argument, and lives as long as the thread.
        unsafe {
            button.setTarget(Some(&target));
            button.setAction(Some(sel!(pressed:)));
        }
    });
    if let Err(error) = named {
        tracing::warn!(%error, "the icon has no name for VoiceOver");
    }
}

/// What the press target carries.
struct Reach {
    app: AppHandle,
}

define_class!(
    // SAFETY: NSObject asks nothing of its subclasses, and PressTarget does not implement Drop.
    #[unsafe(super(NSObject))]
    #[thread_kind = MainThreadOnly]
    #[name = "CaretakerPressTarget"]
    #[ivars = Reach]
    struct PressTarget;

    unsafe impl NSObjectProtocol for PressTarget {}

    impl PressTarget {
        #[unsafe(method(pressed:))]
        fn pressed(&self, _sender: Option<&AnyObject>) {
            crate::panel::toggle(&self.ivars().app);
        }
    }
);

/// The one target of the status item's button; a control does not keep its target alive.
fn press_target(app: &AppHandle, mtm: MainThreadMarker) -> Retained<PressTarget> {
    thread_local! {
        static TARGET: OnceCell<Retained<PressTarget>> = const { OnceCell::new() };
    }
    TARGET.with(|target| {
        target
            .get_or_init(|| {
                let new = PressTarget::alloc(mtm).set_ivars(Reach { app: app.clone() });
                // SAFETY: `init` of NSObject takes no arguments and gives the object back.
                unsafe { msg_send![super(new), init] }
            })
            .clone()
    })
}
