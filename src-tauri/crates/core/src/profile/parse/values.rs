//! Paths and addresses of a profile: where they may point, and how they are completed.

use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

use super::super::reader::Section;
use super::super::units::shown;

/// The root as far as it is known: without one, paths are still checked.
pub(in super::super) struct Root {
    pub(in super::super) path: Option<PathBuf>,
}

impl Root {
    fn join(&self, relative: &Path) -> PathBuf {
        let clean: PathBuf = relative.components().filter(|c| !matches!(c, Component::CurDir)).collect();
        match &self.path {
            // `join("")` would leave a slash at the end.
            Some(root) if clean.as_os_str().is_empty() => root.clone(),
            Some(root) => root.join(clean),
            None => clean,
        }
    }
}

/// Reads `ecosystem.root` and makes it absolute.
pub(in super::super) fn root(section: &Section<'_>, profile: &Path, home: Option<&Path>) -> Root {
    let Some(text) = section.text("root") else { return Root { path: None } };
    let path = if text.trim().is_empty() {
        section.wrong("root", "is missing; name the folder of the ecosystem: root = \"/path/to/it\"");
        None
    } else if let Some(rest) = text.strip_prefix('~') {
        match (rest.strip_prefix('/').or((rest.is_empty()).then_some("")), home) {
            (None, _) => {
                section.wrong(
                    "root",
                    format!("{}: only ~/ is understood, not another user's folder", shown(&text)),
                );
                None
            }
            (Some(_), None) => {
                section.wrong("root", "starts with ~, but there is no home folder; write the whole path");
                None
            }
            (Some(rest), Some(home)) => Some(home.join(rest)),
        }
    } else {
        Some(profile.parent().unwrap_or(Path::new("")).join(&text))
    };
    let path = path.map(|p| p.components().filter(|c| !matches!(c, Component::CurDir)).collect::<PathBuf>());
    if let Some(path) = &path
        && !path.is_absolute()
    {
        section.wrong(
            "root",
            format!("{} is relative, but to what is not known; write the whole path", shown(&text)),
        );
        return Root { path: None };
    }
    Root { path }
}

/// Reads a path inside the root; `Some(None)` where it is empty, `None` where it is wrong, which is noted.
pub(in super::super) fn inside(
    section: &Section<'_>,
    key: &'static str,
    root: &Root,
) -> Option<Option<PathBuf>> {
    let text = section.text(key)?;
    if text.trim().is_empty() {
        return Some(None);
    }
    match within(&text, root) {
        Ok(path) => Some(Some(path)),
        Err(wrong) => {
            section.wrong(key, wrong);
            None
        }
    }
}

/// Completes a path that must stay inside the root.
pub(in super::super) fn within(text: &str, root: &Root) -> Result<PathBuf, String> {
    let path = Path::new(text);
    if path.components().any(|c| matches!(c, Component::ParentDir)) {
        return Err(format!("{} leaves the root with `..`; name a place inside it", shown(text)));
    }
    if text.starts_with("~/") || text == "~" {
        return Err(format!("{}: write it relative to the root, without ~", shown(text)));
    }
    if path.is_absolute() {
        return match &root.path {
            Some(root) if !path.starts_with(root) => Err(format!(
                "{} is not inside the root {}; write it relative to the root",
                shown(text),
                root.display()
            )),
            _ => Ok(path.to_owned()),
        };
    }
    Ok(root.join(path))
}

/// Reads a working directory: relative to the root, or absolute and anywhere; nothing is read there.
pub(in super::super) fn working_directory(
    section: &Section<'_>,
    key: &'static str,
    root: &Root,
) -> Option<Option<PathBuf>> {
    let text = section.text(key)?;
    if Path::new(&text).is_absolute() {
        return Some(Some(PathBuf::from(text)));
    }
    inside(section, key, root)
}

/// Accepts `http://` to this machine only; a host name other than `localhost` could point anywhere.
pub(in super::super) fn loopback(url: &str) -> Result<(), String> {
    let uri: Result<ureq::http::Uri, _> = url.parse();
    let here = uri.as_ref().is_ok_and(|uri| {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_here =
            host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        // Neither a user's name before the host nor a port that is none.
        let bare = uri.authority().is_some_and(|authority| {
            authority.as_str().len() == authority.host().len() || authority.port_u16().is_some()
        }) && !url.contains('@');
        uri.scheme_str() == Some("http") && is_here && bare
    });
    if here {
        return Ok(());
    }
    Err(format!(
        "{} is not on this machine; only http://127.0.0.1, http://[::1] and http://localhost are asked",
        shown(url)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_be_asked() {
        for url in
            ["http://127.0.0.1:8080/health", "http://localhost/", "http://[::1]:9000/x", "HTTP://127.9.9.9/"]
        {
            assert_eq!(loopback(url), Ok(()), "{url}");
        }
        for url in [
            "https://127.0.0.1/",
            "http://example.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost@example.com/",
            "http://user:word@localhost/",
            "http://0.0.0.0/",
            "file:///etc/passwd",
            "health",
            "http://",
            "http://127.0.0.1:99999999/",
        ] {
            assert!(loopback(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_path_stays_inside_the_root() {
        let root = Root { path: Some("/eco".into()) };
        assert_eq!(within("data/./x", &root), Ok("/eco/data/x".into()));
        assert_eq!(within(".", &root), Ok("/eco".into()));
        assert_eq!(within("/eco/data", &root), Ok("/eco/data".into()));
        for path in ["../x", "data/../../x", "/etc/passwd", "/ecosystem", "~/x", "/eco/../etc"] {
            assert!(within(path, &root).is_err(), "{path}");
        }
    }
}
