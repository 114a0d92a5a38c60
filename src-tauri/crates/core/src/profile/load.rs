//! Reading a profile from its file, which nobody but its owner may write: it names programs to run.

use std::fs::Metadata;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::findings::place;
use super::model::Profile;
use super::parse::parse;
use super::problem::{ProfileErrors, ProfileProblem, whole_file};
use crate::error::{Error, ErrorKind};
use crate::fsio::{self, Stamp};

/// A profile is some kilobytes; what is larger than this is something else.
const LARGEST: u64 = 1_000_000;

/// Loads and checks a profile.
///
/// # Errors
/// Every mistake with its line, a file that others could have written, or why it could not be read.
pub fn load(path: &Path, home: Option<&Path>) -> Result<Profile, ProfileErrors> {
    read(path, home).0
}

/// Loads a profile and tells the state of the file from which it came, where there is one.
pub(super) fn read(path: &Path, home: Option<&Path>) -> (Result<Profile, ProfileErrors>, Option<Stamp>) {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (file, metadata) = match fsio::open_regular(&absolute) {
        Ok(opened) => opened,
        Err(error) => return (Err(ProfileErrors::unread(&absolute, explained(error))), None),
    };
    let stamp = Some(Stamp::of(&metadata));
    let broken = |problem| Err(ProfileErrors::mistakes(&absolute, vec![problem]));
    if let Some(reason) = unsafe_place(&absolute, &metadata) {
        return (broken(whole_file(&absolute, reason)), stamp);
    }
    let mut bytes = Vec::new();
    if let Err(error) = file.take(LARGEST + 1).read_to_end(&mut bytes) {
        return (Err(ProfileErrors::unread(&absolute, Error::io("read", &absolute, error))), stamp);
    }
    if bytes.len() as u64 > LARGEST {
        let message = "is larger than 1 MB, so it is no profile; name another file".to_owned();
        return (broken(whole_file(&absolute, message)), stamp);
    }
    let parsed = match String::from_utf8(bytes) {
        Ok(text) => parse(&text, &absolute, home).map_err(|p| ProfileErrors::mistakes(&absolute, p)),
        Err(error) => broken(not_text(&absolute, &error)),
    };
    (parsed, stamp)
}

fn explained(error: Error) -> Error {
    match error.kind {
        ErrorKind::NotFound => {
            error.hint("Write one with `caretaker profile init --root DIR`, or name another with --profile.")
        }
        ErrorKind::Denied => error.hint("Give yourself the right to read it."),
        _ => error,
    }
}

fn not_text(path: &Path, error: &std::string::FromUtf8Error) -> ProfileProblem {
    let upto = error.utf8_error().valid_up_to();
    let good = String::from_utf8_lossy(&error.as_bytes()[..upto]);
    let (line, column) = place(&good, good.len());
    let message = "is not UTF-8 text from here on; save it as UTF-8".to_owned();
    ProfileProblem { line, column, ..whole_file(path, message) }
}

/// Who may write a file or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Guard {
    owner: u32,
    mode: u32,
}

impl Guard {
    fn of(metadata: &Metadata) -> Self {
        Self { owner: metadata.uid(), mode: metadata.mode() }
    }
}

/// Looks at the file and its folder; of a link, also at the folder in which the file itself lies.
fn unsafe_place(path: &Path, metadata: &Metadata) -> Option<String> {
    let me = rustix::process::geteuid().as_raw();
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(path.parent().map(Path::to_owned));
    if let Ok(real) = path.canonicalize() {
        folders.extend(real.parent().map(Path::to_owned));
    }
    folders.dedup();
    for folder in folders {
        match folder.metadata() {
            Ok(of_folder) => {
                if let Some(reason) = refusal(path, Guard::of(metadata), &folder, Guard::of(&of_folder), me) {
                    return Some(reason);
                }
            }
            Err(error) => return Some(format!("cannot look at its folder {}: {error}", folder.display())),
        }
    }
    None
}

/// Decides whether somebody other than `me` and root could have written the file; says what to do.
fn refusal(path: &Path, file: Guard, folder: &Path, of_folder: Guard, me: u32) -> Option<String> {
    const WHY: &str = "a profile names programs to run";
    let (file_name, folder_name) = (quoted(path), quoted(folder));
    if file.owner != me && file.owner != 0 {
        return Some(format!(
            "belongs to another user (number {}), and {WHY}; copy it to a file of your own",
            file.owner
        ));
    }
    if file.mode & 0o022 != 0 {
        return Some(format!("group or others can write it, and {WHY}; run: chmod go-w {file_name}"));
    }
    let sticky = of_folder.mode & 0o1000 != 0;
    if of_folder.mode & 0o002 != 0 && !sticky {
        return Some(format!(
            "everybody can replace it in its folder, and {WHY}; run: chmod o-w {folder_name}"
        ));
    }
    None
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+'));
    if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn decide(file: (u32, u32), folder: (u32, u32)) -> Option<String> {
        let guard = |(owner, mode)| Guard { owner, mode };
        refusal(Path::new("/home/me/c.toml"), guard(file), Path::new("/home/me"), guard(folder), 501)
    }

    #[test]
    fn what_others_can_write_is_refused() {
        assert_eq!(decide((501, 0o100_600), (501, 0o40_700)), None);
        assert_eq!(decide((501, 0o100_644), (501, 0o40_755)), None);
        assert_eq!(decide((0, 0o100_644), (0, 0o40_755)), None, "root's is as good as one's own");
        assert_eq!(decide((501, 0o100_600), (0, 0o41_777)), None, "the sticky bit protects it in /tmp");
        assert_eq!(decide((501, 0o100_600), (501, 0o40_775)), None);
        let says = |file, folder| decide(file, folder).unwrap_or_default();
        assert!(says((501, 0o100_664), (501, 0o40_755)).contains("chmod go-w /home/me/c.toml"));
        assert!(says((501, 0o100_602), (501, 0o40_755)).contains("chmod go-w /home/me/c.toml"));
        assert!(says((502, 0o100_600), (501, 0o40_755)).contains("another user"));
        assert!(says((501, 0o100_600), (501, 0o40_777)).contains("chmod o-w /home/me"));
    }

    #[test]
    fn a_path_in_a_command_is_quoted() {
        assert_eq!(quoted(Path::new("/a/It's mine/c.toml")), r"'/a/It'\''s mine/c.toml'");
    }

    #[test]
    fn a_file_that_the_group_can_write_is_refused_until_it_cannot() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("caretaker.toml");
        std::fs::write(&path, "[ecosystem]\nroot = \"/eco\"\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o664);
        let errors = load(&path, None).unwrap_err();
        assert!(errors.problems()[0].message.contains("chmod go-w"), "{errors}");
        mode(0o600);
        assert_eq!(load(&path, None).unwrap().root, Path::new("/eco"));
    }
}
