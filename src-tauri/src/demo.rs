//! The demo ecosystem: made, started and watched with one click.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use caretaker_core::error::ErrorKind;
use caretaker_core::keeper::{Keeper, Overview};
use caretaker_demo::{Error, PROFILE, Scenario};

use crate::error::{AppError, AppResult};
use crate::notify;
use crate::place::Place;

/// Runs the demo's stand-in process if this program was started as one.
pub fn stand_in() -> Option<ExitCode> {
    caretaker_demo::stand_in_main()
}

/// Makes the demo ecosystem if it is not there, starts its process, and watches it if nothing else is watched.
///
/// # Errors
/// When its folder holds something else, or the system refuses.
pub fn start(keeper: &Keeper, place: &Place) -> AppResult<Overview> {
    let exe = std::env::current_exe()
        .map_err(|error| AppError::system(format!("Caretaker cannot find its own program: {error}")))?;
    let watched = keeper.overview().ecosystem.clone();
    let root = match &watched {
        Some(ecosystem) if ecosystem.demo => PathBuf::from(&ecosystem.root),
        _ => place.demo_dir(),
    };
    run(&exe, &root)?;
    let overview = match watched {
        None => {
            notify::ask_permission();
            keeper.use_profile(root.join(PROFILE))?
        }
        Some(_) => keeper.check_now(),
    };
    Ok(Overview::clone(&overview))
}

/// Makes and starts it, unless that is done already.
fn run(exe: &Path, root: &Path) -> Result<(), Error> {
    match caretaker_demo::create(root, chrono::Local::now().fixed_offset(), exe) {
        Ok(_) | Err(Error::Exists(_)) => {}
        Err(error) => return Err(error),
    }
    match caretaker_demo::start(exe, root, Scenario::Healthy, 1.0) {
        Ok(_) | Err(Error::Running(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        let (code, hint) = match &error {
            Error::Foreign(path) => (
                ErrorKind::Usage,
                Some(format!("Move what is in {} elsewhere, then start the demo again.", path.display())),
            ),
            Error::NotADemo(_) => (ErrorKind::NotFound, None),
            Error::Io { .. } | Error::Database(_) => (
                ErrorKind::System,
                Some("See that the disk has room and the folder can be written.".to_owned()),
            ),
            _ => (ErrorKind::Usage, None),
        };
        Self { code, message: error.to_string(), hint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_holds_something_else_is_left_alone_and_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("novel.txt"), "once").unwrap();
        let error = AppError::from(run(Path::new("/bin/true"), folder.path()).unwrap_err());
        assert_eq!(error.code, ErrorKind::Usage);
        assert!(error.message.contains("is not empty"), "{}", error.message);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
