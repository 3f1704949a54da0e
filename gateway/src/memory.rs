//! The memory of what is told.

use std::thread;

use bytes::Bytes;

/// What is longer costs the system so much to take back that who lets go of it last should not wait.
const LONG: usize = 4 << 20;

/// Bytes that several can hold.
pub fn shared(bytes: Vec<u8>) -> Bytes {
    match bytes.len() {
        ..LONG => bytes.into(),
        LONG.. => Bytes::from_owner(Long(bytes)),
    }
}

struct Long(Vec<u8>);

impl AsRef<[u8]> for Long {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Long {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0);
        // In pieces, as nobody else is given memory meanwhile. Where there is no thread to be had, it is done here.
        let _thread = thread::Builder::new().spawn(move || {
            while bytes.len() > LONG {
                bytes.truncate(bytes.len() - LONG);
                bytes.shrink_to_fit();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_their_length_bytes_are_the_same() {
        for length in [0, 1, LONG - 1, LONG, 3 * LONG + 1] {
            let bytes = shared(vec![7; length]);
            let end = bytes.slice(length / 2..);
            drop(bytes);
            assert_eq!(end.len(), length - length / 2);
            assert!(end.iter().all(|byte| *byte == 7));
        }
    }
}
