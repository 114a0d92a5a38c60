//! Dependencies: what the code needs from elsewhere, against what it says and what the machine has.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chrono::Datelike;

use crate::upkeep::examination::check::Severity::{High, Medium};
use crate::upkeep::examination::check::{Place, Sheet, ask};
use crate::upkeep::examination::packages::{self, Installed};
use crate::upkeep::examination::seen::Of;

/// Until which year and month each Python gets repairs, by https://devguide.python.org/versions.
const REPAIRED_UNTIL: [((u32, u32), (i32, u32)); 9] = [
    ((3, 6), (2021, 12)),
    ((3, 7), (2023, 6)),
    ((3, 8), (2024, 10)),
    ((3, 9), (2025, 10)),
    ((3, 10), (2026, 10)),
    ((3, 11), (2027, 10)),
    ((3, 12), (2028, 10)),
    ((3, 13), (2029, 10)),
    ((3, 14), (2030, 10)),
];

pub(super) fn checks(sheet: &mut Sheet<'_>) {
    let python = packages::installed(sheet.seen, sheet.known);
    installed(sheet, &python);
    declared(sheet, python.as_ref().ok());
    pinned(sheet);
    sources(sheet);
    version(sheet, &python);
    writable(sheet, &python);
}

fn installed(sheet: &mut Sheet<'_>, python: &Result<Installed, String>) {
    let asked = ask(
        "dependencies/installed",
        High,
        "Everything that the code imports is there.",
        "Install it into the Python that runs the ecosystem.",
    );
    let needed = packages::from_elsewhere(sheet.seen);
    let needed: Vec<_> = needed.into_iter().filter(|(_, import, _)| !import.is_optional).collect();
    if needed.is_empty() {
        let blind = sheet.seen.blind(Of::Code, asked.id);
        let ok = (blind.count() == 0).then_some(true);
        let evidence = "The code imports nothing but what comes with Python and itself.".into();
        return sheet.put(&asked, ok, evidence, &blind);
    }
    match python {
        Err(why) => {
            let names: BTreeSet<&str> = needed.iter().map(|(_, _, top)| *top).collect();
            let names: Vec<&str> = names.into_iter().take(12).collect();
            sheet.told(&asked, None, format!("{why} The code imports {}.", names.join(", ")));
        }
        Ok(python) => {
            let missing = needed.iter().filter(|(_, _, top)| !python.names.contains(*top));
            let places = missing
                .map(|(path, import, top)| {
                    Place::new(path, Some(import.line), format!("{top} is not installed"))
                })
                .collect();
            let folder = python.folders.first().map(|folder| folder.display().to_string());
            sheet.places(&asked, places, format!("All of it lies in {}.", folder.unwrap_or_default()));
        }
    }
}

fn declared(sheet: &mut Sheet<'_>, python: Option<&Installed>) {
    let asked = ask(
        "dependencies/declared",
        Medium,
        "The code says what it needs from elsewhere.",
        "Write requirements.txt, with a version for each.",
    );
    let needed = packages::from_elsewhere(sheet.seen);
    let manifests = sheet.seen.manifests.join(", ");
    if needed.is_empty() {
        return sheet.told(&asked, Some(true), "It needs nothing from elsewhere.");
    }
    if manifests.is_empty() {
        let place = |(path, import, top): &(&str, &packages::Import, &str)| {
            Place::new(path, Some(import.line), format!("{top} is on no list"))
        };
        let places = needed.iter().map(place).collect();
        return sheet.places(&asked, places, "");
    }
    let names: BTreeSet<&str> = sheet.seen.requirements.iter().map(|one| one.name.as_str()).collect();
    if names.is_empty() {
        return sheet.told(&asked, None, format!("{manifests} could not be read as a list."));
    }
    let places = needed
        .iter()
        .filter(|(_, import, top)| !import.is_optional && !packages::is_asked_for(top, &names, python))
        .map(|(path, import, top)| Place::new(path, Some(import.line), format!("{top} is not on the list")))
        .collect();
    sheet.places(&asked, places, format!("All of it is on the list of {manifests}."));
}

fn pinned(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "dependencies/pinned",
        Medium,
        "Every package is asked for in a version.",
        "Write the version behind it: name==1.2.3.",
    );
    if sheet.seen.requirements.is_empty() {
        return sheet.told(&asked, Some(true), "No list asks for packages.");
    }
    let locked = sheet.seen.manifests.iter().any(|path| path.ends_with(".lock"));
    let open = sheet.seen.requirements.iter().filter(|one| !one.pinned && !locked);
    let places = open.map(|one| Place::new(&one.path, one.line, format!("{} in any version", one.name)));
    let places = places.collect();
    sheet.places(&asked, places, "All of them are.");
}

fn sources(sheet: &mut Sheet<'_>) {
    let asked = ask(
        "dependencies/sources",
        High,
        "Packages come from places that are proven.",
        "Take them from the usual index over https, by version or checksum.",
    );
    let open = sheet.seen.requirements.iter().filter_map(|one| Some((one, one.open_source.as_ref()?)));
    let places = open.map(|(one, why)| Place::new(&one.path, one.line, why)).collect();
    sheet.places(&asked, places, "No list names another place.");
}

fn version(sheet: &mut Sheet<'_>, python: &Result<Installed, String>) {
    let asked = ask(
        "dependencies/python",
        Medium,
        "Its Python still gets repairs.",
        "Move to a Python that is still looked after.",
    );
    let version = match python {
        Err(why) => return sheet.told(&asked, None, why.clone()),
        Ok(python) => python.version,
    };
    let Some((major, minor)) = version else {
        return sheet.told(&asked, None, "Its version could not be told.");
    };
    let name = format!("Python {major}.{minor}");
    match REPAIRED_UNTIL.iter().find(|(one, _)| *one == (major, minor)) {
        Some((_, (year, month))) => {
            let today = sheet.known.zone.local(sheet.known.now).date();
            let ok = (today.year(), today.month()) <= (*year, *month);
            sheet.told(&asked, Some(ok), format!("{name} gets repairs until {year}-{month:02}."));
        }
        None if (major, minor) < (3, 6) => {
            sheet.told(&asked, Some(false), format!("{name} gets no repairs any more."));
        }
        None => sheet.told(&asked, None, format!("{name} is newer than what is known here.")),
    }
}

fn writable(sheet: &mut Sheet<'_>, python: &Result<Installed, String>) {
    let asked = ask(
        "dependencies/writable",
        High,
        "Nobody else may put packages into its Python.",
        "chmod o-w on that folder.",
    );
    let python = match python {
        Err(why) => return sheet.told(&asked, None, why.clone()),
        Ok(python) => python,
    };
    let open_mode = |folder: &Path| {
        let mode = folder.metadata().ok()?.permissions().mode() & 0o7777;
        (mode & 0o002 != 0).then_some(mode)
    };
    let open = python.folders.iter().filter_map(|folder| Some((folder, open_mode(folder)?)));
    let places = open
        .map(|(folder, mode)| Place::new(&folder.display().to_string(), None, format!("mode {mode:o}")))
        .collect();
    sheet.places(&asked, places, format!("Nobody may, in {} folders.", python.folders.len()));
}
