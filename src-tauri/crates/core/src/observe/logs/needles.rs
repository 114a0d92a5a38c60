//! Looks for the names of error levels, the only bytes of a log that are searched for.

use aho_corasick::packed::Searcher;
use memchr::memmem;

/// Few names are faster looked for one after the other, more of them all at once.
#[derive(Debug, Clone)]
pub(super) enum Needles {
    Few(Vec<memmem::Finder<'static>>),
    Many(Searcher),
}

impl Needles {
    /// The names of the levels to look for.
    ///
    /// Python writes levels in capitals; other writers also `error` and `Error`.
    ///
    /// `None` where there are too many to look for at once: then every line is looked at.
    pub fn of(levels: &[Vec<u8>], as_written: bool) -> Option<Self> {
        let mut spellings: Vec<Vec<u8>> = Vec::new();
        for level in levels {
            spellings.push(level.clone());
            if !as_written {
                let mut capital = level.to_ascii_lowercase();
                capital[..1].make_ascii_uppercase();
                spellings.extend([level.to_ascii_lowercase(), level.to_ascii_uppercase(), capital]);
            }
        }
        spellings.sort();
        spellings.dedup();
        if spellings.len() <= FEW {
            return Some(Self::Few(spellings.iter().map(|s| memmem::Finder::new(s).into_owned()).collect()));
        }
        Searcher::new(spellings).map(Self::Many)
    }
}

/// Goes through one region and never looks at a byte twice for the same name.
pub(super) struct Search<'a> {
    needles: &'a Needles,
    region: &'a [u8],
    /// Where each of the few is next; the region's length where it is not.
    next: [usize; FEW],
}

/// Names up to which [`Needles::Few`] is used.
const FEW: usize = 3;

impl<'a> Search<'a> {
    pub fn new(needles: &'a Needles, region: &'a [u8]) -> Self {
        let mut search = Self { needles, region, next: [region.len(); FEW] };
        if let Needles::Few(finders) = needles {
            for (next, finder) in search.next.iter_mut().zip(finders) {
                *next = finder.find(region).unwrap_or(region.len());
            }
        }
        search
    }

    /// The first occurrence of any name at or behind `from`.
    pub fn from(&mut self, from: usize) -> Option<usize> {
        let first = match self.needles {
            Needles::Few(finders) => {
                for (next, finder) in self.next.iter_mut().zip(finders) {
                    if *next < from {
                        *next = finder.find(&self.region[from..]).map_or(self.region.len(), |at| from + at);
                    }
                }
                self.next.iter().copied().min()?
            }
            Needles::Many(set) => set.find_in(self.region, (from..self.region.len()).into())?.start(),
        };
        (first < self.region.len()).then_some(first)
    }
}
