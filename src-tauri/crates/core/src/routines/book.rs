//! All checklists: those that come with Caretaker, and a person's own, which replace them or are added.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::fsio;
use crate::routines::calendar::parse_slot;
use crate::routines::checklist::{self, Checklist};

/// The checklists of the manual, in the order in which they are shown.
pub const BUILT_IN: [(&str, &str); 6] = [
    ("morning.toml", include_str!("../../../../../config/checklists/morning.toml")),
    ("evening.toml", include_str!("../../../../../config/checklists/evening.toml")),
    ("night.toml", include_str!("../../../../../config/checklists/night.toml")),
    ("weekly.toml", include_str!("../../../../../config/checklists/weekly.toml")),
    ("monthly.toml", include_str!("../../../../../config/checklists/monthly.toml")),
    ("quarterly.toml", include_str!("../../../../../config/checklists/quarterly.toml")),
];

/// Files of a person that are read at most.
const MOST: usize = 100;
/// Bytes of one file that are read at most.
const LARGEST: u64 = 1_000_000;

/// The checklists in force.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// In the order in which they are shown; what comes with Caretaker is in memory once, however many books there are.
    pub checklists: Vec<Arc<Checklist>>,
    /// Mistakes, with file and line; what is without one is in force.
    pub problems: Vec<String>,
}

impl Book {
    /// Opens the book: what comes with Caretaker, and what lies in `folder`, where there is one.
    ///
    /// A file with a mistake is left out and named; the one that it would replace stays in force. `times` are the slots
    /// of single checklists where the profile says otherwise than their files, `left_out` those that nobody wants.
    pub fn open(folder: Option<&Path>, times: &[(String, String)], left_out: &[String]) -> Self {
        let mut book = Self::built_in().clone();
        if let Some(folder) = folder {
            book.add_own(folder);
        }
        for (id, when) in times {
            let Some(one) = book.checklists.iter_mut().find(|one| one.id == *id) else {
                book.problems.push(format!("the profile has a time for “{id}”, which is no checklist"));
                continue;
            };
            match parse_slot(when, one.open_for) {
                Ok(slot) => Arc::make_mut(one).slot = slot,
                Err(what) => book.problems.push(format!("the profile's time of “{id}”: {what}")),
            }
        }
        book.checklists.retain(|one| !left_out.contains(&one.id));
        book
    }

    /// What comes with Caretaker; read once, since a tick must cost next to nothing.
    fn built_in() -> &'static Self {
        static READ: OnceLock<Book> = OnceLock::new();
        READ.get_or_init(|| {
            let mut book = Self::default();
            for (name, text) in BUILT_IN {
                match checklist::read(text) {
                    Ok(one) => book.checklists.push(Arc::new(one)),
                    Err((line, what)) => book.problems.push(format!("{name}, line {line}: {what}")),
                }
            }
            book
        })
    }

    /// The checklist `id`.
    pub fn find(&self, id: &str) -> Option<&Checklist> {
        self.checklists.iter().find(|one| one.id == id).map(|one| &**one)
    }

    fn add_own(&mut self, folder: &Path) {
        let mut files: Vec<_> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                self.problems.push(format!("cannot look into {}: {error}", folder.display()));
                return;
            }
        };
        files.retain(|file| file.extension().is_some_and(|end| end == "toml"));
        files.sort();
        if files.len() > MOST {
            self.problems.push(format!("{} holds more than {MOST} checklists", folder.display()));
            files.truncate(MOST);
        }
        let mut own: Vec<String> = Vec::new();
        for file in files {
            let read =
                fsio::read_bounded(&file, LARGEST).map_err(|error| error.to_string()).and_then(|bytes| {
                    let text =
                        String::from_utf8(bytes).map_err(|_| format!("{}: is no text", file.display()))?;
                    checklist::read(&text)
                        .map_err(|(line, what)| format!("{}, line {line}: {what}", file.display()))
                });
            let one = match read {
                Ok(one) => one,
                Err(problem) => {
                    self.problems.push(problem);
                    continue;
                }
            };
            if own.contains(&one.id) {
                self.problems.push(format!(
                    "{}: another file of yours has the checklist “{}” already; this one is left out",
                    file.display(),
                    one.id
                ));
                continue;
            }
            own.push(one.id.clone());
            match self.checklists.iter_mut().find(|known| known.id == one.id) {
                Some(known) => *known = Arc::new(one),
                None => self.checklists.push(Arc::new(one)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_with_caretaker_has_no_mistake() {
        let book = Book::open(None, &[], &[]);
        assert_eq!(book.problems, [] as [&str; 0]);
        let ids: Vec<&str> = book.checklists.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["morning", "evening", "night", "weekly", "monthly", "quarterly"]);
    }

    #[test]
    fn files_of_ones_own_replace_and_add_and_a_mistake_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let mine = |id: &str, title: &str| {
            format!(
                "id = '{id}'\ntitle = '{title}'\ncadence = 'daily'\nwhen = '07:00'\nopen_for = '1h'\n\
                 [[items]]\nid = 'a'\nsection = 's'\ntext = 't'\n"
            )
        };
        write("a.toml", &mine("morning", "Mine"));
        write("b.toml", &mine("dogs", "Dogs"));
        write("c.toml", &mine("dogs", "Again"));
        write("d.toml", "id = 'evening'\ntitle = 3\n");
        write("e.txt", "no checklist");
        std::fs::create_dir(folder.path().join("f.toml")).unwrap();
        std::fs::write(folder.path().join("g.toml"), [0xff, 0xfe]).unwrap();
        let book = Book::open(Some(folder.path()), &[], &["night".into()]);
        let titles: Vec<&str> = book.checklists.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(
            titles,
            ["Mine", "Evening round", "Weekly round", "Monthly round", "Quarterly round", "Dogs"]
        );
        assert_eq!(book.problems.len(), 4, "{:?}", book.problems);
        assert!(book.problems[0].contains("c.toml") && book.problems[0].contains("dogs"));
        assert!(book.problems[1].contains("d.toml, line 2"), "{:?}", book.problems);
        assert!(book.problems[2].contains("f.toml") && book.problems[3].contains("g.toml"));
        assert_eq!(Book::open(Some(&folder.path().join("none")), &[], &[]).problems.len(), 0);
    }

    #[test]
    fn the_profile_may_move_a_round() {
        let other = |id: &str, when: &str| (id.to_owned(), when.to_owned());
        let book =
            Book::open(None, &[other("morning", "08:15"), other("noon", "12:00"), other("weekly", "x")], &[]);
        assert_eq!(book.problems.len(), 2, "{:?}", book.problems);
        let zone = crate::clock::Zone::Fixed(chrono::FixedOffset::east_opt(0).unwrap());
        let next = book.find("morning").unwrap().slot.next(&zone, crate::clock::Instant::UNIX_EPOCH).unwrap();
        assert_eq!(next.slot.time().to_string(), "08:15:00");
    }
}
