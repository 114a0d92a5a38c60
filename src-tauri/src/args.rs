//! The few arguments of the app; everything else is the command line's business.

use std::ffi::OsString;
use std::path::PathBuf;

/// How the app was started.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Args {
    /// `--profile FILE`: the profile instead of the platform's.
    pub profile: Option<PathBuf>,
    /// `--state DIR`: the state folder instead of the platform's.
    pub state: Option<PathBuf>,
    /// `--panel`: opens the panel at once.
    pub panel: bool,
}

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
pub enum Ask {
    /// To run.
    Run(Args),
    /// To say something and end.
    Tell(String),
}

const USAGE: &str = "\
Caretaker in the menu bar.

Usage: caretaker-app [--panel] [--profile FILE] [--state DIR]

  --panel         opens the panel at once
  --profile FILE  watches what FILE describes (or set CARETAKER_PROFILE)
  --state DIR     keeps Caretaker's own data in DIR (or set CARETAKER_STATE)
  --version       prints the version

Without a window, use the command line: caretaker watch";

/// Reads the arguments after the program's name.
///
/// # Errors
/// A sentence about the argument that is not understood.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Ask, String> {
    let mut args = Args::default();
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        let text = argument.to_string_lossy();
        let (name, given) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(OsString::from(value))),
            _ => (&*text, None),
        };
        let mut path = || {
            given
                .clone()
                .or_else(|| rest.next())
                .map(PathBuf::from)
                .filter(|path| !path.as_os_str().is_empty())
        };
        match name {
            "--panel" => args.panel = true,
            "--profile" => args.profile = Some(path().ok_or("--profile needs a file")?),
            "--state" => args.state = Some(path().ok_or("--state needs a folder")?),
            "-h" | "--help" => return Ok(Ask::Tell(USAGE.to_owned())),
            "-V" | "--version" => {
                return Ok(Ask::Tell(format!("Caretaker {}", env!("CARGO_PKG_VERSION"))));
            }
            // Launch services of older systems add a process serial number.
            _ if name.starts_with("-psn_") => {}
            _ => return Err(format!("Caretaker does not know the argument “{text}”.\n\n{USAGE}")),
        }
    }
    Ok(Ask::Run(args))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Ask, String> {
        parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn paths_come_after_a_space_or_an_equals_sign() {
        let args = Args { profile: Some("a.toml".into()), state: Some("s".into()), panel: true };
        let spaced = read(&["--profile", "a.toml", "--panel", "--state", "s"]);
        assert_eq!(spaced, Ok(Ask::Run(args.clone())));
        assert_eq!(read(&["--profile=a.toml", "--state=s", "--panel"]), Ok(Ask::Run(args)));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert!(read(&["--pannel"]).unwrap_err().contains("“--pannel”"));
        assert_eq!(read(&["--profile"]).unwrap_err(), "--profile needs a file");
        assert_eq!(read(&["--state="]).unwrap_err(), "--state needs a folder");
    }

    #[test]
    fn the_finder_may_add_a_serial_number() {
        assert_eq!(read(&["-psn_0_1234"]), Ok(Ask::Run(Args::default())));
    }
}
