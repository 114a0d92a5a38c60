//! Whether the app is started at login, and switching that: a login item on macOS, an autostart entry elsewhere.

use std::path::Path;

use caretaker_core::error::Result;
#[cfg(not(target_os = "macos"))]
use caretaker_core::{
    error::{Error, ErrorKind},
    fsio,
};
use serde::Serialize;

/// Whether the app is started at login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtLogin {
    /// It is.
    On,
    /// It is not.
    Off,
    /// It was asked for, and the person has yet to agree in the system's settings.
    #[cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "only macOS asks"))]
    NeedsApproval,
    /// It cannot be told, or not be done from here.
    Unavailable,
}

/// Whether `program` is started at login; `entry` is where that is written down.
pub fn state(entry: Option<&Path>, program: &Path) -> AtLogin {
    #[cfg(target_os = "macos")]
    {
        let _ = entry;
        if crate::notify::in_bundle(program).is_err() {
            AtLogin::Unavailable
        } else {
            crate::macos::login::state()
        }
    }
    #[cfg(not(target_os = "macos"))]
    match entry.map(std::fs::read_to_string) {
        None => AtLogin::Unavailable,
        // Another copy of the app that starts there is not this one.
        Some(Ok(text)) if text.lines().any(|line| line == exec(program)) && !text.contains("Hidden=true") => {
            AtLogin::On
        }
        Some(_) => AtLogin::Off,
    }
}

/// Has `program` started at login, or not any more.
///
/// # Errors
/// When it cannot be written down, or the system refuses.
pub fn set(entry: Option<&Path>, program: &Path, on: bool) -> Result<()> {
    #[cfg(target_os = "macos")]
    {
        let _ = entry;
        crate::notify::in_bundle(program)?;
        crate::macos::login::set(on)
    }
    #[cfg(not(target_os = "macos"))]
    {
        let entry =
            entry.ok_or_else(|| Error::new(ErrorKind::NotFound, "there is no home folder to note it in"))?;
        if on {
            if let Some(folder) = entry.parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|error| Error::io("create the folder", folder, error))?;
            }
            return fsio::write_atomic(entry, written(program).as_bytes(), 0o644);
        }
        match std::fs::remove_file(entry) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("remove", entry, error))
            }
            _ => Ok(()),
        }
    }
}

/// The entry, as freedesktop.org's rules for it say.
#[cfg(not(target_os = "macos"))]
fn written(program: &Path) -> String {
    format!(
        "[Desktop Entry]\nType=Application\nName=Caretaker\nComment=Watches the ecosystem from the menu bar\n{}\n\
         Icon=caretaker-app\nX-GNOME-Autostart-enabled=true\n",
        exec(program)
    )
}

/// The line that starts `program`: quoted, and each character that the quotes do not cover escaped.
#[cfg(not(target_os = "macos"))]
fn exec(program: &Path) -> String {
    let mut quoted = String::new();
    for c in program.to_string_lossy().chars() {
        match c {
            '"' | '`' | '$' | '\\' => quoted.extend(['\\', '\\', c]),
            '%' => quoted.push_str("%%"),
            c => quoted.push(c),
        }
    }
    format!("Exec=\"{quoted}\"")
}

#[cfg(all(test, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_written_read_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let entry = dir.path().join("autostart/caretaker.desktop");
        let program = Path::new("/opt/My \"Apps\"/100%/caretaker-app");
        assert_eq!(state(Some(&entry), program), AtLogin::Off);
        set(Some(&entry), program, true).unwrap();
        let text = std::fs::read_to_string(&entry).unwrap();
        assert!(text.contains(r#"Exec="/opt/My \\"Apps\\"/100%%/caretaker-app""#), "{text}");
        assert_eq!(state(Some(&entry), program), AtLogin::On);
        assert_eq!(state(Some(&entry), Path::new("/elsewhere/caretaker-app")), AtLogin::Off);
        set(Some(&entry), program, false).unwrap();
        set(Some(&entry), program, false).unwrap();
        assert_eq!(state(Some(&entry), program), AtLogin::Off);
        assert_eq!(state(None, program), AtLogin::Unavailable);
    }
}
