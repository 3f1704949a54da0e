//! What a search finds the sessions by, laid out to be looked through.

use std::num::NonZero;
use std::sync::{Arc, OnceLock};
use std::thread;

use memchr::memmem::Finder;
use sessionwire_listing::Listed;

use super::chunks::Chunks;
use super::numbers::Numbers;
use super::rows::{Number, Rows};

/// The texts of all sessions in lower case, side by side in blocks. A search runs through them as fast as memory can be
/// read, which for a million sessions takes less than the lists of numbers of a trigram index would take to build and
/// hold. A block is made when it is first searched, for all copies that have the same sessions in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    blocks: Chunks<Arc<OnceLock<Block>>>,
}

/// The texts of the sessions with so many numbers in a row.
#[derive(Clone, Debug)]
struct Block {
    /// Each text ends with a byte that is in no text, so nothing is found across two of them.
    bytes: Vec<u8>,
    /// Where the texts of each session end.
    ends: Box<[u32; BLOCK]>,
}

const BLOCK: usize = 256;
const END: u8 = 0xff;
/// Fewer blocks are searched sooner than a thread starts.
const BLOCKS_OF_A_THREAD: usize = 128;

impl Texts {
    /// Those of the rows.
    pub(super) fn new(rows: &Rows) -> Self {
        let mut texts = Self::default();
        texts
            .blocks
            .fill(rows.bound().div_ceil(BLOCK), Arc::default);
        texts
    }

    /// Takes in that another session, or none, has a number.
    pub(super) fn change(&mut self, number: Number, rows: &Rows) {
        let (block, place) = (number as usize / BLOCK, number as usize % BLOCK);
        self.blocks.fill(block + 1, Arc::default);
        // One that is not made yet is made apart from now on, too: copies have other rows for it.
        let block = self.blocks.get_mut(block).map(Arc::make_mut);
        if let Some(block) = block.and_then(OnceLock::get_mut) {
            block.change(place, &text(number, rows));
        }
    }

    /// The sessions of which a text contains this one, which is in lower case already; only those that `takes` takes.
    pub(super) fn search(
        &self,
        text: &str,
        rows: &Rows,
        takes: &(impl Fn(Number) -> bool + Sync),
    ) -> Numbers {
        let finder = Finder::new(text);
        let mut found = Numbers::below(self.blocks.len() * BLOCK);
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = cores.min(self.blocks.len() / BLOCKS_OF_A_THREAD).max(1);
        let each = self.blocks.len().div_ceil(threads).max(1);
        let parts = found.parts(each * BLOCK);
        let mut parts: Vec<_> = (0..).step_by(each).zip(parts).collect();
        let own = parts.pop();
        let search = |first, part| self.search_part(&finder, first, part, rows, takes);
        thread::scope(|scope| {
            for (first, part) in parts {
                scope.spawn(move || search(first, part));
            }
            if let Some((first, part)) = own {
                search(first, part);
            }
        });
        found
    }

    fn search_part(
        &self,
        finder: &Finder<'_>,
        first: usize,
        part: &mut [u64],
        rows: &Rows,
        takes: &impl Fn(Number) -> bool,
    ) {
        let words = part.chunks_mut(BLOCK / 64);
        for (index, words) in (first..).zip(words) {
            let begin = index * BLOCK;
            let Some(block) = self.blocks.get(index) else {
                return;
            };
            let block = block.get_or_init(|| Block::new(begin, rows));
            block.search(finder, |place| {
                if takes((begin + place) as Number) {
                    words[place / 64] |= 1 << (place % 64);
                }
            });
        }
    }
}

impl Block {
    fn new(begin: usize, rows: &Rows) -> Self {
        let mut bytes = Vec::new();
        let ends = std::array::from_fn(|place| {
            write_text((begin + place) as Number, rows, &mut bytes);
            offset(bytes.len())
        });
        bytes.shrink_to_fit();
        Self {
            bytes,
            ends: Box::new(ends),
        }
    }

    fn change(&mut self, place: usize, text: &[u8]) {
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]) as usize;
        let end = self.ends[place] as usize;
        if self.bytes[begin..end] == *text {
            return;
        }
        self.bytes.splice(begin..end, text.iter().copied());
        for later in &mut self.ends[place..] {
            *later = offset(*later as usize + text.len() - (end - begin));
        }
    }

    /// Calls with the place of each session that is found, once.
    fn search(&self, finder: &Finder<'_>, mut found: impl FnMut(usize)) {
        let (mut place, mut from) = (0, 0);
        while let Some(at) = finder.find(&self.bytes[from..]) {
            let ends_before = |end: &u32| *end as usize <= from + at;
            place += self.ends[place..].partition_point(ends_before);
            found(place);
            from = self.ends[place] as usize;
            place += 1;
        }
    }
}

fn text(number: Number, rows: &Rows) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_text(number, rows, &mut bytes);
    bytes
}

fn write_text(number: Number, rows: &Rows, bytes: &mut Vec<u8>) {
    let Some(row) = rows.get(number) else { return };
    row.any_text(&mut |text| {
        match text.is_ascii() {
            true => bytes.extend(text.bytes().map(|byte| byte.to_ascii_lowercase())),
            false => bytes.extend(text.to_lowercase().bytes()),
        }
        bytes.push(END);
        false
    });
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("the texts of 256 sessions are shorter than 4 GB")
}
