//! What is wrong with a profile: every mistake with its place and its remedy.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, ErrorKind};

/// One mistake in a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProfileProblem {
    /// The profile's file.
    pub path: String,
    /// The line, counting from 1.
    pub line: u32,
    /// The column in characters, counting from 1.
    pub column: u32,
    /// The key concerned, such as `alerts.samples` or `logs[2].format` (counting from 1); empty for the file as a whole.
    pub key: String,
    /// What is wrong and how to mend it, one line.
    pub message: String,
}

impl fmt::Display for ProfileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.path, self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Why a profile cannot be used: its mistakes, or why it could not be read at all.
#[derive(Debug)]
pub struct ProfileErrors {
    path: PathBuf,
    problems: Vec<ProfileProblem>,
    /// Boxed: an error is large, and this travels as the lesser half of a result.
    unread: Option<Box<Error>>,
}

impl ProfileErrors {
    /// Every mistake in the order of the file; empty where the file could not be read.
    pub fn problems(&self) -> &[ProfileProblem] {
        &self.problems
    }

    /// The profile's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The mistakes, or the one reason why the file could not be read in the shape of a mistake.
    pub fn into_problems(self) -> Vec<ProfileProblem> {
        match self.unread {
            None => self.problems,
            Some(error) => {
                let hint = error.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
                vec![whole_file(&self.path, format!("{error}{hint}"))]
            }
        }
    }

    pub(super) fn mistakes(path: &Path, problems: Vec<ProfileProblem>) -> Self {
        Self { path: path.to_owned(), problems, unread: None }
    }

    pub(super) fn unread(path: &Path, error: Error) -> Self {
        Self { path: path.to_owned(), problems: Vec::new(), unread: Some(Box::new(error)) }
    }
}

/// A mistake of the file as a whole.
pub(super) fn whole_file(path: &Path, message: String) -> ProfileProblem {
    ProfileProblem { path: path.display().to_string(), line: 1, column: 1, key: String::new(), message }
}

impl fmt::Display for ProfileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = &self.unread {
            return error.fmt(f);
        }
        match self.problems.as_slice() {
            [] => write!(f, "{} cannot be used", self.path.display()),
            [only] => only.fmt(f),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
        }
    }
}

impl std::error::Error for ProfileErrors {}

impl From<ProfileErrors> for Error {
    fn from(errors: ProfileErrors) -> Self {
        let message = errors.to_string();
        match errors.unread {
            Some(error) => *error,
            None => Error::new(ErrorKind::Usage, message)
                .at(errors.path)
                .hint("Mend the profile; `caretaker profile check` lists every mistake."),
        }
    }
}
