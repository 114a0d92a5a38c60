//! The command line that comes with the app: where it is, and a link to it where shells look.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use caretaker_core::error::{Error, ErrorKind, Result};

/// Its name.
const NAME: &str = "caretaker";

/// The command line beside `program`, the app.
pub fn beside(program: &Path) -> Option<PathBuf> {
    let tool = program.parent()?.join(NAME);
    tool.is_file().then_some(tool)
}

/// The command line that a shell would find; `path` is the shell's list of folders.
pub fn on_path(path: &str, link: Option<&Path>) -> Option<PathBuf> {
    let folders =
        path.split(':').filter(|folder| !folder.is_empty()).map(|folder| Path::new(folder).join(NAME));
    folders.chain(link.map(Path::to_owned)).find(|tool| tool.is_file())
}

/// Makes the link at `link` lead to `tool`, in place of a link that is there.
///
/// # Errors
/// When something else than a link is there, or it cannot be made.
pub fn install(tool: &Path, link: &Path) -> Result<()> {
    if link.symlink_metadata().is_ok_and(|is| !is.is_symlink()) {
        return Err(Error::new(
            ErrorKind::Denied,
            format!("{} is there and no link of Caretaker’s", link.display()),
        )
        .at(link)
        .hint("Move it elsewhere first; nothing was changed."));
    }
    let folder = link.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).map_err(|error| Error::io("create the folder", folder, error))?;
    let made = folder.join(format!(".{NAME}-{}", std::process::id()));
    let _ = std::fs::remove_file(&made);
    symlink(tool, &made).map_err(|error| Error::io("create the link", &made, error))?;
    std::fs::rename(&made, link).map_err(|error| Error::io("name", link, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_made_and_replaced_and_a_file_of_somebody_s_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (tool, link) = (dir.path().join("caretaker"), dir.path().join("bin/caretaker"));
        std::fs::write(&tool, "x").unwrap();
        assert_eq!(beside(&dir.path().join("caretaker-app")), Some(tool.clone()));
        install(&tool, &link).unwrap();
        install(&tool, &link).unwrap();
        assert_eq!(std::fs::read_link(&link).unwrap(), tool);
        let path = dir.path().join("bin").display().to_string();
        assert_eq!(on_path(&format!("/nowhere:{path}"), None), Some(link.clone()));
        assert_eq!(on_path("", Some(&link)), Some(link.clone()));
        std::fs::remove_file(&link).unwrap();
        std::fs::write(&link, "mine").unwrap();
        assert!(install(&tool, &link).unwrap_err().to_string().contains("no link of Caretaker"));
        assert_eq!(std::fs::read_to_string(&link).unwrap(), "mine");
    }
}
