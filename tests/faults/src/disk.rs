//! Functions of the C library that write files and sync them, failing as they do on a broken disk.
//!
//! The environment variable `SESSIONWIRE_FAULTS` names a folder. As long as a file `full` is in it, no file
//! gets blocks but those that another file gave back; as long as a file `sync` is in it, nothing can be synced.

#![allow(
    unsafe_code,
    reason = "what the C library offers is unsafe to replace, and to call"
)]

use std::ffi::{c_int, c_void};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};

/// In what a disk gives room to files.
const BLOCK: i64 = 4096;

static FOLDER: LazyLock<Option<PathBuf>> =
    LazyLock::new(|| std::env::var_os("SESSIONWIRE_FAULTS").map(PathBuf::from));

/// How many bytes of blocks were given back on a full disk.
static FREE: AtomicI64 = AtomicI64::new(0);

fn fails(fault: &str) -> bool {
    FOLDER
        .as_deref()
        .is_some_and(|folder| folder.join(fault).exists())
}

#[unsafe(no_mangle)]
extern "C" fn fsync(file: c_int) -> c_int {
    sync(file, libc::SYS_fsync)
}

#[unsafe(no_mangle)]
extern "C" fn fdatasync(file: c_int) -> c_int {
    sync(file, libc::SYS_fdatasync)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn write(file: c_int, bytes: *const c_void, count: usize) -> isize {
    // SAFETY: moving by nothing changes nothing; sockets and pipes answer -1.
    let place = unsafe { libc::lseek(file, 0, libc::SEEK_CUR) };
    match room(file, place, count) {
        0 if count > 0 => failure(libc::ENOSPC),
        // SAFETY: of the bytes that the caller vouches for, no more are read.
        room => unsafe { libc::syscall(libc::SYS_write, file, bytes, room) as isize },
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(
    file: c_int,
    bytes: *const c_void,
    count: usize,
    place: i64,
) -> isize {
    match room(file, place, count) {
        0 if count > 0 => failure(libc::ENOSPC),
        // SAFETY: of the bytes that the caller vouches for, no more are read.
        room => unsafe { libc::syscall(libc::SYS_pwrite64, file, bytes, room, place) as isize },
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite(file: c_int, bytes: *const c_void, count: usize, place: i64) -> isize {
    // SAFETY: where pointers have 64 bits both are the same function.
    unsafe { pwrite64(file, bytes, count, place) }
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate64(file: c_int, size: i64) -> c_int {
    if let Some(before) = size_on_full_disk(file) {
        let given_back = whole_blocks(before) - whole_blocks(size);
        FREE.fetch_add(given_back.max(0), Ordering::Relaxed);
    }
    // SAFETY: it takes any numbers.
    unsafe { libc::syscall(libc::SYS_ftruncate, file, size) as c_int }
}

fn sync(file: c_int, call: libc::c_long) -> c_int {
    match fails("sync") {
        true => failure(libc::EIO) as c_int,
        // SAFETY: it takes any number for a file.
        false => unsafe { libc::syscall(call, file) as c_int },
    }
}

/// How many of `count` bytes can be written at `place`: on a full disk those in blocks that the file has or gets.
fn room(file: c_int, place: i64, count: usize) -> usize {
    let Some(size) = size_on_full_disk(file) else {
        return count;
    };
    let end = whole_blocks(size);
    let grows = whole_blocks(place + count as i64) - end;
    let taken = FREE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
        (free >= grows).then(|| free - grows.max(0))
    });
    match taken {
        Ok(_) => count,
        Err(_) => usize::try_from(end - place).map_or(0, |room| room.min(count)),
    }
}

/// The size of a file if the disk is full; sockets and pipes are on none.
fn size_on_full_disk(file: c_int) -> Option<i64> {
    if !fails("full") {
        return None;
    }
    // SAFETY: a `stat` may hold anything, zeros among it.
    let mut found: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `found` is written to while nothing else refers to it.
    let is_known = unsafe { libc::fstat(file, &raw mut found) } == 0;
    (is_known && found.st_mode & libc::S_IFMT == libc::S_IFREG).then_some(found.st_size)
}

fn whole_blocks(size: i64) -> i64 {
    (size + BLOCK - 1) / BLOCK * BLOCK
}

fn failure(error: c_int) -> isize {
    // SAFETY: every thread has an `errno` of its own.
    unsafe { *libc::__errno_location() = error };
    -1
}
