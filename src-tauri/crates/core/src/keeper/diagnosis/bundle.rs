//! The bundle: all parts masked, with a list of what is in it and what was taken out.

use std::io::{Cursor, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use zip::write::SimpleFileOptions;

use super::Diagnosis;
use super::members::{Content, Members, gather};
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::mask::{self, Known, Masked, Masker};
use crate::progress::Progress;

/// The list of what is in it.
const CONTENTS: &str = "contents.txt";

/// A bundle that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Bundled {
    /// Where it is.
    pub path: String,
    /// Its size.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// What is in it.
    pub members: Vec<BundleMember>,
    /// What is not in it, and why.
    pub left_out: Vec<String>,
    /// Secrets that were taken out, all members together.
    pub secrets: usize,
    /// Places where the home folder or the user's name was taken out.
    pub homes: usize,
}

/// A part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BundleMember {
    /// Its name in the archive.
    pub name: String,
    /// Its size before it was pressed.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    /// Secrets that were taken out of it.
    pub secrets: usize,
    /// Places where the home folder or the user's name was taken out.
    pub homes: usize,
}

pub(super) fn write(of: &Diagnosis, path: &Path, replace: bool, progress: &dyn Progress) -> Result<Bundled> {
    if !replace && path.symlink_metadata().is_ok() {
        return Err(Error::new(ErrorKind::Busy, format!("{} exists already", path.display()))
            .at(path)
            .hint("Choose another name, or say --yes to write over it."));
    }
    if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
        return Err(Error::new(ErrorKind::Denied, format!("{} is no file", path.display())).at(path));
    }
    progress.step("Looking");
    let page = of.page();
    progress.go_on()?;
    progress.step("Gathering");
    let members = gather(of, &page);
    progress.go_on()?;
    progress.step("Masking");
    let mut bundled = Bundled {
        path: path.display().to_string(),
        bytes: 0,
        members: Vec::new(),
        left_out: Vec::new(),
        secrets: 0,
        homes: 0,
    };
    let mut texts = masked(of, members, &mut bundled);
    texts.push((CONTENTS.to_owned(), contents(&bundled)));
    progress.go_on()?;
    let packed = pack(&texts)
        .map_err(|error| Error::new(ErrorKind::System, "the bundle cannot be packed").because(error))?;
    bundled.bytes = packed.len() as u64;
    if replace {
        fsio::write_atomic(path, &packed, 0o600)?;
    } else {
        fsio::create_new_atomic(path, &[&packed], 0o600)?;
    }
    Ok(bundled)
}

/// Every part as anybody may see it. What is known for a secret by one part is taken out of all of them.
fn masked(of: &Diagnosis, members: Members, bundled: &mut Bundled) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (_, content) in &members.parts {
        match content {
            Content::Text(text) => found.extend(secrets_in(text)),
            Content::Settings { text, secrets } => {
                found.extend(secrets.iter().cloned());
                found.extend(secrets_in(text));
            }
            Content::Json(value) => secrets_of(value, &mut found),
        }
    }
    let cover = Cover { masker: Masker::new(of.home.as_deref()), known: Known::new(found) };
    let mut texts = Vec::new();
    for (name, content) in members.parts {
        let mut sum = Masked::default();
        let text = match content {
            Content::Text(text) => cover.text(&text, &mut sum),
            Content::Settings { text, secrets } => {
                sum.secrets += secrets.len();
                cover.text(&text, &mut sum)
            }
            Content::Json(value) => {
                let value = cover.value(value, &mut sum);
                serde_json::to_string_pretty(&value).unwrap_or_default()
            }
        };
        // The name of a file may be as telling as what is in it.
        let name = cover.text(&name, &mut Masked::default());
        bundled.secrets += sum.secrets;
        bundled.homes += sum.homes;
        let (secrets, homes) = (sum.secrets, sum.homes);
        bundled.members.push(BundleMember { name: name.clone(), bytes: text.len() as u64, secrets, homes });
        texts.push((name, text));
    }
    bundled.left_out = members.left_out.iter().map(|text| cover.text(text, &mut Masked::default())).collect();
    texts
}

fn secrets_in(text: &str) -> Vec<String> {
    mask::find(text.as_bytes()).filter_map(|hit| text.get(hit.range).map(str::to_owned)).collect()
}

fn secrets_of(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.extend(secrets_in(text)),
        Value::Array(all) => all.iter().for_each(|one| secrets_of(one, found)),
        Value::Object(all) => all.values().for_each(|one| secrets_of(one, found)),
        _ => {}
    }
}

/// What is laid over every text.
struct Cover {
    masker: Masker,
    known: Known,
}

impl Cover {
    fn text(&self, text: &str, sum: &mut Masked) -> String {
        let masked = self.masker.mask(text);
        let (text, again) = self.known.out_of(&masked.text);
        sum.secrets += masked.secrets + again;
        sum.homes += masked.homes;
        text
    }

    fn value(&self, value: Value, sum: &mut Masked) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text, sum)),
            Value::Array(all) => Value::Array(all.into_iter().map(|one| self.value(one, sum)).collect()),
            Value::Object(all) => {
                let one = |(key, value): (String, Value)| (self.text(&key, sum), self.value(value, sum));
                Value::Object(all.into_iter().map(one).collect())
            }
            other => other,
        }
    }
}

fn contents(bundled: &Bundled) -> String {
    let mut lines = vec![
        "What is in this bundle. Secrets are replaced by their first four characters and …, or by … alone; the home folder by ~.".into(),
        "Look through it before you give it away: what no pattern knows for a secret is still in it.".to_owned(),
        String::new(),
    ];
    lines.extend(bundled.members.iter().map(|one| {
        format!(
            "{:<40} {:>9} bytes  {:>4} secrets, {:>4} paths masked",
            one.name, one.bytes, one.secrets, one.homes
        )
    }));
    lines.extend([
        String::new(),
        format!("{} secrets and {} paths were masked in all.", bundled.secrets, bundled.homes),
    ]);
    lines.extend(bundled.left_out.iter().map(|text| format!("Left out: {text}")));
    lines.join("\n") + "\n"
}

fn pack(texts: &[(String, String)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .unix_permissions(0o600);
    for (name, text) in texts {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}
