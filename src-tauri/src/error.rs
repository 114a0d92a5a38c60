//! What the page is told when something fails: a code to act on, a sentence, the next step.

use caretaker_core::error::{Error, ErrorKind};
use serde::Serialize;

/// An error as it crosses the border to the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppError {
    /// What the page can do about it: the core's kind, in kebab case.
    pub code: ErrorKind,
    /// One sentence that names the thing.
    pub message: String,
    /// The next step, where one is known.
    pub hint: Option<String>,
}

/// The result of every command.
pub type AppResult<T> = Result<T, AppError>;

impl AppError {
    /// A failure of the system or of the window toolkit, which is nobody's mistake.
    pub fn system(message: impl Into<String>) -> Self {
        Self { code: ErrorKind::System, message: message.into(), hint: None }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self { code: error.kind, message: error.to_string(), hint: error.hint }
    }
}

impl From<tauri::Error> for AppError {
    fn from(error: tauri::Error) -> Self {
        Self::system(error.to_string())
    }
}

impl From<tauri_plugin_opener::Error> for AppError {
    fn from(error: tauri_plugin_opener::Error) -> Self {
        Self::system(error.to_string()).hint("Open it by hand; the path is in the message.")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_page_gets_code_message_and_hint() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        let error = Error::io("read", Path::new("/no/where"), missing).hint("Choose another folder.");
        let sent = serde_json::to_value(AppError::from(error)).unwrap();
        assert_eq!(
            sent,
            serde_json::json!({
                "code": "not-found",
                "message": "cannot read /no/where: entity not found",
                "hint": "Choose another folder."
            })
        );
    }

    #[test]
    fn every_kind_has_its_own_code() {
        let codes: Vec<String> = [
            ErrorKind::Usage,
            ErrorKind::NotFound,
            ErrorKind::Denied,
            ErrorKind::Busy,
            ErrorKind::Damaged,
            ErrorKind::System,
        ]
        .into_iter()
        .map(|kind| serde_json::to_string(&AppError::from(Error::new(kind, "x")).code).unwrap())
        .collect();
        assert_eq!(
            codes,
            [r#""usage""#, r#""not-found""#, r#""denied""#, r#""busy""#, r#""damaged""#, r#""system""#]
        );
    }
}
