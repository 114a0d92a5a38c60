//! Started at login: the login item of macOS 13 and later, which System Settings shows under the app's own name.

use caretaker_core::error::{Error, ErrorKind, Result};
use objc2_service_management::{SMAppService, SMAppServiceStatus};

use crate::at_login::AtLogin;

/// Whether the app is started at login.
pub fn state() -> AtLogin {
    // SAFETY: asks the system about the program that runs.
    let status = unsafe { SMAppService::mainAppService().status() };
    match status {
        SMAppServiceStatus::Enabled => AtLogin::On,
        SMAppServiceStatus::RequiresApproval => AtLogin::NeedsApproval,
        _ => AtLogin::Off,
    }
}

/// Has the system start it, or not any more.
///
/// # Errors
/// What the system says; with the way to its settings.
pub fn set(on: bool) -> Result<()> {
    // SAFETY: registers, or unregisters, the program that runs.
    let done = unsafe {
        let service = SMAppService::mainAppService();
        if on { service.registerAndReturnError() } else { service.unregisterAndReturnError() }
    };
    done.map_err(|error| {
        let what = format!("macOS did not change the login item: {}", error.localizedDescription());
        Error::new(ErrorKind::Denied, what).hint("See System Settings ▸ General ▸ Login Items.")
    })
}
