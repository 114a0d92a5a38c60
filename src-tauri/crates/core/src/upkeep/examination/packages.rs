//! What the code of Python needs from elsewhere, what it says it needs, and what an installed Python holds; no Python is run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::known::KnownOfIt;
pub(super) use super::python::Import;
use super::seen::Seen;
use super::walk::Found;
use crate::fsio;

/// Modules that come with Python, of all its versions since 3.6.
const ITS_OWN: &str = include_str!("packages/its-own.txt");
/// Packages that are imported under another name than they are asked for.
const OTHER_NAMES: [(&str, &str); 20] = [
    ("attr", "attrs"),
    ("bs4", "beautifulsoup4"),
    ("crypto", "pycryptodome"),
    ("cv2", "opencv-python"),
    ("dateutil", "python-dateutil"),
    ("docx", "python-docx"),
    ("dotenv", "python-dotenv"),
    ("faiss", "faiss-cpu"),
    ("fitz", "pymupdf"),
    ("git", "gitpython"),
    ("jose", "python-jose"),
    ("jwt", "pyjwt"),
    ("magic", "python-magic"),
    ("openssl", "pyopenssl"),
    ("pil", "pillow"),
    ("serial", "pyserial"),
    ("sklearn", "scikit-learn"),
    ("skimage", "scikit-image"),
    ("websocket", "websocket-client"),
    ("yaml", "pyyaml"),
];
/// Entries of a folder of packages that are looked at.
const MOST: usize = 20_000;
/// Bytes of a list of names in a package.
const LARGEST_LIST: u64 = 64 << 10;

/// Something that the code says it needs.
#[derive(Debug, Clone)]
pub(super) struct Requirement {
    pub path: String,
    pub line: Option<u64>,
    /// In lower case, with `-`.
    pub name: String,
    /// Whether it says which version.
    pub pinned: bool,
    /// Where it comes from, where that can be changed on the way.
    pub open_source: Option<String>,
}

/// Whether a module comes with Python.
pub(super) fn is_its_own(top: &str) -> bool {
    ITS_OWN.split_whitespace().any(|own| own == top) || (top.starts_with('_') && top != "_cffi_backend")
}

/// Looks whether a file says what the code needs.
pub(super) fn look_at_manifest(bytes: &[u8], found: &Found<'_>, seen: &mut Seen) {
    let name = String::from_utf8_lossy(found.name).to_lowercase();
    let (shown, text) = (found.shown, || String::from_utf8_lossy(bytes).into_owned());
    match name.as_str() {
        _ if name.starts_with("requirements") && name.ends_with(".txt") => {
            let found = (1..)
                .zip(text().lines())
                .filter_map(|(line, text)| requirement(text, shown, Some(line)))
                .collect::<Vec<_>>();
            seen.requirements.extend(found);
        }
        "pyproject.toml" => {
            let Ok(table) = toml::from_str::<toml::Table>(&text()) else { return };
            let list = table
                .get("project")
                .and_then(|project| project.get("dependencies"))
                .and_then(toml::Value::as_array);
            let named = list.into_iter().flatten().filter_map(toml::Value::as_str);
            seen.requirements.extend(named.filter_map(|text| requirement(text, shown, None)));
            let poetry = table
                .get("tool")
                .and_then(|tool| tool.get("poetry"))
                .and_then(|poetry| poetry.get("dependencies"));
            for (name, version) in poetry.and_then(toml::Value::as_table).into_iter().flatten() {
                let pinned = version.as_str().is_none_or(|version| version != "*");
                let requirement = Requirement {
                    path: shown.into(),
                    line: None,
                    name: plain(name),
                    pinned,
                    open_source: None,
                };
                seen.requirements.push(requirement);
            }
        }
        "pipfile" | "setup.py" | "setup.cfg" | "environment.yml" | "environment.yaml" | "poetry.lock"
        | "uv.lock" | "pipfile.lock" => {}
        _ => return,
    }
    seen.manifests.push(shown.to_owned());
}

/// A line of a list of requirements.
fn requirement(text: &str, path: &str, line: Option<u64>) -> Option<Requirement> {
    let text = text.split(" #").next().unwrap_or_default().trim();
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let lower = text.to_lowercase();
    let open_source = if lower.contains("http://") {
        Some("over a line that anybody may change: http")
    } else if lower.starts_with("--trusted-host") {
        Some("from a place that nobody proves")
    } else if lower.starts_with("--extra-index-url") {
        Some("a second list, on which somebody may put a package of the same name")
    } else if lower.contains("git+") && lower.rsplit_once(".git@").is_none_or(|(_, at)| at.len() < 7) {
        Some("from a branch, whatever it holds then")
    } else {
        None
    };
    let name: String = text.chars().take_while(|c| c.is_alphanumeric() || "._-".contains(*c)).collect();
    if text.starts_with('-') || name.is_empty() {
        let open_source = open_source?.to_owned();
        return Some(Requirement {
            path: path.into(),
            line,
            name: String::new(),
            pinned: true,
            open_source: Some(open_source),
        });
    }
    let rest = &text[name.len()..];
    let pinned = rest.contains(['=', '<', '>', '~', '@', '!']);
    Some(Requirement {
        path: path.into(),
        line,
        name: plain(&name),
        pinned,
        open_source: open_source.map(str::to_owned),
    })
}

/// A package's name as every list takes it.
fn plain(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

/// The imports of all code that come neither with Python nor from the ecosystem itself, by the file.
pub(super) fn from_elsewhere(seen: &Seen) -> Vec<(&str, &Import, &str)> {
    let mut local: BTreeSet<&str> = BTreeSet::new();
    for file in &seen.python {
        let path = file.path.strip_suffix(".py").unwrap_or(&file.path);
        local.extend(path.split('/'));
    }
    let imports = seen
        .python
        .iter()
        .flat_map(|file| file.imports.iter().map(move |import| (file.path.as_str(), import)));
    imports
        .filter(|(_, import)| import.dots == 0)
        .filter_map(|(path, import)| {
            let top = import.module.split('.').next().filter(|top| !top.is_empty())?;
            (!is_its_own(top) && !local.contains(top)).then_some((path, import, top))
        })
        .collect()
}

/// Whether a name that is imported is asked for by one of `names`.
pub(super) fn is_asked_for(top: &str, names: &BTreeSet<&str>, python: Option<&Installed>) -> bool {
    let lower = plain(top);
    let other = OTHER_NAMES.iter().find(|(name, _)| *name == lower).map(|(_, asked)| *asked);
    let package = python.and_then(|python| python.packages.get(top));
    names.contains(lower.as_str())
        || other.is_some_and(|other| names.contains(other))
        || package.is_some_and(|package| names.contains(package.as_str()))
        || names
            .iter()
            .any(|name| name.starts_with(&format!("{lower}-")) || *name == format!("python-{lower}"))
}

/// What an installed Python holds.
#[derive(Debug, Default)]
pub(super) struct Installed {
    /// Where its packages are.
    pub folders: Vec<PathBuf>,
    /// Which version, such as 3 and 11.
    pub version: Option<(u32, u32)>,
    /// What can be imported.
    pub names: BTreeSet<String>,
    /// From which package each comes, where it says so.
    pub packages: BTreeMap<String, String>,
}

/// The Python that runs the ecosystem: that of a virtual environment in it, else that of its process, else that which starts it.
///
/// # Errors
/// Why it cannot be told, in words.
pub(super) fn installed(seen: &Seen, known: &KnownOfIt<'_>) -> Result<Installed, String> {
    let root = &known.profile.root;
    let mut found = Installed::default();
    let mut environments: Vec<PathBuf> = seen.environments.iter().map(|one| root.join(one)).collect();
    environments.sort();
    let command = known.running().map(|tree| tree.command.as_slice()).unwrap_or_default();
    let starts = [command, known.profile.process.start.as_slice()];
    let programs = starts.iter().filter_map(|line| line.first()).map(|first| root.join(first));
    // One that it is started by comes before one that only lies there.
    let by_program = programs
        .filter_map(|program| Some(program.parent()?.parent()?.to_owned()))
        .find(|prefix| is_environment(prefix));
    if let Some(environment) = by_program.or_else(|| environments.into_iter().next()) {
        found.take_prefix(&environment);
        let settings = fsio::read_bounded(&environment.join("pyvenv.cfg"), LARGEST_LIST).unwrap_or_default();
        let settings = String::from_utf8_lossy(&settings).to_lowercase();
        let opens = settings.lines().any(|line| line.replace(' ', "") == "include-system-site-packages=true");
        let home = settings.lines().find_map(|line| {
            line.strip_prefix("home")?.trim().strip_prefix('=').map(str::trim).map(PathBuf::from)
        });
        if let Some(prefix) = home.as_deref().and_then(Path::parent).filter(|_| opens) {
            found.take_prefix(prefix);
        }
    } else if let Some(program) = program(known) {
        let real = program.canonicalize().map_err(|_| format!("{} is not there", program.display()))?;
        let name = real.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        found.version = version(name);
        if let Some(prefix) = real.parent().and_then(Path::parent) {
            found.take_prefix(prefix);
        }
        if let (Some((major, minor)), Some(home)) = (found.version, home_above(root)) {
            found.take_folder(&home.join(format!(".local/lib/python{major}.{minor}/site-packages")));
            found.take_folder(&home.join(format!("Library/Python/{major}.{minor}/lib/python/site-packages")));
        }
    } else {
        return Err("It is not known which Python runs it: no virtual environment lies here, and neither its process nor what starts it is one.".into());
    }
    if found.folders.is_empty() {
        return Err("The folder of packages of its Python was not found.".into());
    }
    Ok(found)
}

fn is_environment(prefix: &Path) -> bool {
    prefix.join("pyvenv.cfg").is_file()
}

/// The Python that runs it, or that starts it.
fn program(known: &KnownOfIt<'_>) -> Option<PathBuf> {
    let is_python = |path: &Path| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.to_lowercase().starts_with("python"))
    };
    if let Some(tree) = known.running() {
        let link = std::fs::read_link(format!("/proc/{}/exe", tree.pid)).ok().filter(|path| is_python(path));
        let first =
            tree.command.first().map(PathBuf::from).filter(|path| path.is_absolute() && is_python(path));
        if let Some(found) = link.or(first) {
            return Some(found);
        }
    }
    let first = PathBuf::from(known.profile.process.start.first()?);
    if !is_python(&first) {
        return None;
    }
    if first.is_absolute() {
        return Some(first);
    }
    // Whoever starts it may have another search path; these are the places of the system and of Homebrew.
    let places = ["/opt/homebrew/bin", "/usr/local/bin", "/usr/bin"];
    places.iter().map(|place| Path::new(place).join(&first)).find(|path| path.exists())
}

/// `3.11` of `python3.11`.
fn version(name: &str) -> Option<(u32, u32)> {
    let (major, minor) = name
        .to_lowercase()
        .strip_prefix("python")?
        .split_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The home folder that the ecosystem lies in, by its path.
fn home_above(root: &Path) -> Option<PathBuf> {
    let mut parts = root.components();
    let first: PathBuf = parts.by_ref().take(2).collect();
    match first.to_str()? {
        "/home" | "/Users" => Some(first.join(parts.next()?)),
        "/root" => Some(first),
        _ => None,
    }
}

impl Installed {
    fn take_prefix(&mut self, prefix: &Path) {
        let Ok(entries) = std::fs::read_dir(prefix.join("lib")) else { return };
        let mut versions: Vec<((u32, u32), PathBuf)> = entries
            .take(MOST)
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((version(entry.file_name().to_str()?)?, entry.path()))
            })
            .filter(|(version, _)| self.version.is_none_or(|wanted| wanted == *version))
            .collect();
        versions.sort();
        if let Some((version, folder)) = versions.pop() {
            self.version = Some(version);
            self.take_folder(&folder.join("site-packages"));
            self.take_folder(&folder.join("dist-packages"));
            // Where Debian and Homebrew keep them.
            self.take_folder(&prefix.join("lib/python3/dist-packages"));
            let name = format!("python{}.{}", version.0, version.1);
            for more in ["/usr/local/lib", "/opt/homebrew/lib"] {
                if prefix == Path::new("/usr") || prefix.starts_with("/opt/homebrew") {
                    self.take_folder(&Path::new(more).join(&name).join("dist-packages"));
                    self.take_folder(&Path::new(more).join(&name).join("site-packages"));
                }
            }
        }
    }

    fn take_folder(&mut self, folder: &Path) {
        if self.folders.iter().any(|known| known == folder) {
            return;
        }
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        self.folders.push(folder.to_owned());
        for entry in entries.take(MOST).filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(package) = name.strip_suffix(".dist-info").or_else(|| name.strip_suffix(".egg-info"))
            {
                let package = plain(package.split('-').next().unwrap_or(package));
                let list =
                    fsio::read_bounded(&entry.path().join("top_level.txt"), LARGEST_LIST).unwrap_or_default();
                for top in String::from_utf8_lossy(&list).lines().map(str::trim).filter(|top| !top.is_empty())
                {
                    self.names.insert(top.to_owned());
                    self.packages.insert(top.to_owned(), package.clone());
                }
            } else if name.ends_with(".pth") || name.ends_with(".egg-link") {
                let list = fsio::read_bounded(&entry.path(), LARGEST_LIST).unwrap_or_default();
                let text = String::from_utf8_lossy(&list).into_owned();
                for path in text.lines().map(str::trim).filter(|line| line.starts_with('/')) {
                    self.take_names(Path::new(path));
                }
            } else {
                // `fast.cpython-311-darwin.so`, `six.py`, `yaml`.
                self.names.insert(name.split('.').next().unwrap_or(&name).to_owned());
            }
        }
    }

    fn take_names(&mut self, folder: &Path) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.take(MOST).filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            self.names.insert(name.split('.').next().unwrap_or(&name).to_owned());
        }
    }
}
