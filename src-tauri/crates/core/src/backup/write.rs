//! A new archive: walked, packed under a temporary name, proven by reading it back, and only then given its name.

mod draft;

use std::path::{Path, PathBuf};

use self::draft::{Draft, Memory};
use super::archive::{Archive, Expected};
use super::gzip::{Effort, Packer, Part};
use super::id::ArchiveId;
use super::instant::{Cloner, Copies};
use super::manifest::{MEMBER, Manifest};
use super::pack::{Kept, PIECE, Sink, Source, Wanted, pack, part_of};
use super::plan::{Plan, plan};
use super::roots::{Roots, Stat};
use super::shelf::Shelf;
use super::sidecar;
use super::stream::Scribe;
use super::tree::{Entry, FileEntry, Flaw, FlawKind, TreePath, What};
use super::unpack::Proof;
use super::walk::walk;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::progress::Progress;

/// Up to this much content is packed in memory: most increments.
const IN_MEMORY: u64 = 4 << 20;
/// How often what did not hold still is tried again, all of it.
const ROUNDS: usize = 3;

/// What is to be backed up, and how.
pub struct Order<'a> {
    /// The ecosystem's root.
    pub root: &'a Path,
    /// The folders of it that are kept.
    pub tops: &'a [TreePath],
    /// The name of the archive.
    pub id: ArchiveId,
    /// Gives what it builds upon: a tree of the same ecosystem whose archives are all there. Asked for while the tree is
    /// walked; where there is none, everything is kept.
    pub parent: &'a (dyn Fn() -> Option<Manifest> + Sync),
    /// The present.
    pub now: Instant,
    /// How hard to press.
    pub effort: Effort,
    /// Makes the clones that are read.
    pub cloner: &'a dyn Cloner,
}

/// An archive that was written and proven.
#[derive(Debug)]
pub struct Written {
    /// Where it lies.
    pub path: PathBuf,
    /// What it lists.
    pub manifest: Manifest,
    /// What reading it back proved.
    pub proof: Proof,
}

/// Writes an archive onto the shelf; the caller holds the shelf's lock.
///
/// # Errors
/// When something cannot be read, written or proven, or a person cancelled: no archive has its name then, and what was
/// begun is removed.
pub fn write(shelf: &Shelf, order: &Order<'_>, progress: &dyn Progress) -> Result<Written> {
    shelf.prepare(order.id.kind())?;
    progress.step("Looking at what is there");
    let roots = Roots::open(order.root, order.tops)?;
    let (walked, parent) = std::thread::scope(|scope| {
        let parent = scope.spawn(|| (order.parent)());
        (walk(&roots, progress), parent.join().unwrap_or(None))
    });
    let mut plan = plan(&roots, walked?, parent.as_ref(), order)?;
    let builds_on = parent.as_ref().map(|parent| parent.id);
    drop(parent);
    room_for(shelf, &plan)?;
    let draft = Draft::begin(shelf.unfinished(order.id))?;
    let copies = Copies::take(&roots, &mut plan.wanted, shelf.folder(), order.cloner, progress)?;
    let scratch = shelf.folder_of(order.id.kind());
    let source = Source { roots: &roots, scratch: &scratch, effort: order.effort, copies: Some(&copies) };
    let (manifest, text) = fill(&draft, &source, plan, order, builds_on, progress)?;
    drop(copies);
    progress.step("Reading it back");
    let archive = Archive::written(draft.path(), manifest, text)?;
    let proof = archive.verify(Expected { archive: None, id: Some(order.id) }, progress)?;
    progress.go_on()?;
    let head = sidecar::head(&proof.archive, proof.size);
    fsio::create_new_atomic(&shelf.manifest(order.id), &[head.as_bytes(), archive.manifest_text()], 0o600)?;
    let path = shelf.archive(order.id);
    draft.finish(&path)?;
    Ok(Written { path, manifest: archive.into_manifest(), proof })
}

/// Less free space than the content may need is said before anything is written.
fn room_for(shelf: &Shelf, plan: &Plan) -> Result<()> {
    let folder = shelf.folder();
    let free = fsio::room(folder).map_err(|error| Error::io("look at", folder, error))?.free;
    // What is pressed takes a half or less of most trees; what it really takes is found out by writing.
    let needs = plan.bytes() / 4 + (plan.entries.len() as u64 + 64) * 256;
    if free < needs {
        let what = format!(
            "there is too little room for a backup in {}: {} MB free",
            folder.display(),
            free / 1_000_000
        );
        return Err(Error::new(ErrorKind::System, what)
            .at(folder)
            .hint("Make room, or name another folder in [backups] of the profile."));
    }
    Ok(())
}

fn fill(
    draft: &Draft,
    source: &Source<'_>,
    plan: Plan,
    order: &Order<'_>,
    builds_on: Option<ArchiveId>,
    progress: &dyn Progress,
) -> Result<(Manifest, Vec<u8>)> {
    progress.step("Packing");
    if plan.bytes() <= IN_MEMORY {
        let mut body = Memory::default();
        let manifest = body_of(source, plan, order, builds_on, &mut body, progress)?;
        let text = manifest.to_text();
        let mut members = manifest_members(&manifest, &text)?;
        members.push(body.0);
        draft.write(&members)?;
        return Ok((manifest, text));
    }
    // The manifest comes first and is known last: room is left for it.
    let room = reserve(&plan, order, builds_on)?;
    let mut body = draft.body_after(room);
    let manifest = body_of(source, plan, order, builds_on, &mut body, progress)?;
    let (text, length) = (manifest.to_text(), body.length());
    draft.put_manifest(&manifest_members(&manifest, &text)?, room, length)?;
    Ok((manifest, text))
}

/// Packs everything that is wanted, and what did not hold still once more.
fn body_of(
    source: &Source<'_>,
    mut plan: Plan,
    order: &Order<'_>,
    builds_on: Option<ArchiveId>,
    sink: &mut dyn Sink,
    progress: &dyn Progress,
) -> Result<Manifest> {
    let mut wanted = std::mem::take(&mut plan.wanted);
    // What was planned to be read and is not there any more is not in the list either.
    let mut there: Vec<bool> =
        plan.entries.iter().map(|entry| entry.file().is_none_or(|file| file.held.is_some())).collect();
    for round in 1..=ROUNDS {
        let last = round == ROUNDS;
        let mut again = Vec::new();
        let mut tell = |answer: Kept| {
            let Kept { index, read, here, flaw } = answer;
            let Wanted { found, known, entry } = &wanted[index];
            let unsteady = matches!(flaw, Some(FlawKind::Unstable)) && !here && !last;
            if unsteady && let Ok((_, stat)) = source.roots.open_file(&found.path) {
                let found = super::walk::Found { path: found.path.clone(), stat };
                again.push(Wanted { found, known: *known, entry: *entry });
                return;
            }
            plan.flaws.extend(flaw.map(|kind| Flaw { path: found.path.clone(), kind }));
            if let Some((stat, hash)) = read {
                let held = if here { None } else { plan.held.get(entry).copied() };
                let file = FileEntry { size: stat.size, hash, ctime: stat.ctime, inode: stat.inode, held };
                let listed = &mut plan.entries[*entry];
                (listed.mode, listed.mtime, listed.what) = (stat.mode(), stat.mtime, What::File(file));
                there[*entry] = true;
            }
        };
        pack(source, &wanted, last, sink, &mut tell, progress)?;
        if again.is_empty() {
            break;
        }
        wanted = again;
    }
    let mut end = Scribe::default();
    end.end();
    let mut bytes = Vec::new();
    Packer::new(order.effort).pack(&end.take(), Part::Whole, &mut bytes)?;
    sink.append(&bytes)?;
    let Plan { mut entries, gone, mut flaws, tops, .. } = plan;
    let mut there = there.into_iter();
    entries.retain(|_| there.next().unwrap_or(false));
    flaws.sort_by(|one, two| one.path.cmp(&two.path));
    Ok(Manifest {
        id: order.id,
        parent: builds_on,
        created: chrono::SubsecRound::trunc_subsecs(order.now, 0),
        root: order.root.to_owned(),
        tops,
        entries,
        gone,
        flaws,
    })
}

/// The manifest as members, the first of the archive.
///
/// That of an increment is mostly hashes of what did not change, which hardly press: it is stored, since an increment must
/// cost next to nothing.
fn manifest_members(manifest: &Manifest, text: &[u8]) -> Result<Vec<Vec<u8>>> {
    let effort = if manifest.parent.is_some() { Effort::None } else { Effort::Fast };
    let path = TreePath::new(MEMBER.as_bytes())
        .map_err(|wrong| Error::new(ErrorKind::System, format!("the manifest's name {wrong}")))?;
    let seconds = manifest.created.timestamp();
    let stat = Stat::for_file(0o600, seconds);
    let mut scribe = Scribe::default();
    scribe.begin_file(&path, &stat, text.len() as u64)?;
    // The text is large and is not copied: only its first piece, which follows the head, and its last, which is filled up.
    let (first, rest) = text.split_at(text.len().min(PIECE));
    scribe.content(first);
    if rest.is_empty() {
        scribe.end_file(text.len() as u64);
    }
    let head = scribe.take();
    let mut pieces: Vec<&[u8]> = vec![&head];
    pieces.extend(rest.chunks(PIECE));
    let tail = pieces.pop_if(|_| !rest.is_empty()).map(|last| {
        scribe.content(last);
        scribe.end_file(text.len() as u64);
        scribe.take()
    });
    pieces.extend(tail.as_deref());
    let count = pieces.len();
    let mut members = Vec::new();
    super::assembly::in_order(
        &pieces,
        || Packer::new(effort),
        |packer, index, piece| {
            let mut member = Vec::new();
            packer.pack(piece, part_of(index == 0, index + 1 == count), &mut member)?;
            Ok(member)
        },
        |_, member| {
            members.push(member);
            Ok(())
        },
    )?;
    Ok(members)
}

/// How many bytes the manifest will take at most: packed with hashes that look like any, and some more.
fn reserve(plan: &Plan, order: &Order<'_>, builds_on: Option<ArchiveId>) -> Result<u64> {
    let guess = |entry: &Entry| {
        let What::File(file) = &entry.what else { return entry.clone() };
        let hash = if file.held.is_some() { file.hash } else { super::assembly::hash(entry.path.bytes()) };
        Entry { what: What::File(FileEntry { hash, ..file.clone() }), ..entry.clone() }
    };
    let likely = Manifest {
        id: order.id,
        parent: builds_on,
        created: order.now,
        root: order.root.to_owned(),
        tops: plan.tops.clone(),
        entries: plan.entries.iter().map(guess).collect(),
        gone: plan.gone.clone(),
        flaws: plan.flaws.clone(),
    };
    let members = manifest_members(&likely, &likely.to_text())?;
    let packed: u64 = members.iter().map(|member| member.len() as u64).sum();
    Ok(packed + packed / 64 + 4_096)
}
