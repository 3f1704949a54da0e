use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf, Bytes};

/// How many frames go in one write.
const TOGETHER: usize = 64;
/// How many bytes are written before others have their turn: a peer that reads as fast as that would keep them waiting
/// until it has a long list.
const SHARE: usize = 256 << 10;
/// How many frames an outbox has room for that has nothing to do.
const IDLE: usize = 4;

/// Frames on their way out, in order.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    frames: VecDeque<Bytes>,
    unwritten: usize,
}

impl Outbox {
    pub(super) fn push(&mut self, frame: Bytes) {
        self.unwritten += frame.len();
        self.frames.push_back(frame);
    }

    /// How many frames there are.
    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    /// How many bytes are still to be written.
    pub(super) fn unwritten(&self) -> usize {
        self.unwritten
    }

    /// Writes until nothing is left, there is no room or the share is used up.
    pub(super) fn write(
        &mut self,
        mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let mut share = SHARE;
        while self.unwritten > 0 && share > 0 {
            let mut parts = [IoSlice::new(&[]); TOGETHER];
            let (mut count, mut left) = (0, share);
            for (part, frame) in parts.iter_mut().zip(&self.frames) {
                let piece = &frame[..frame.len().min(left)];
                *part = IoSlice::new(piece);
                count += 1;
                left -= piece.len();
                if left == 0 {
                    break;
                }
            }
            match write(&parts[..count]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    share -= written;
                    self.take(written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.frames.shrink_to(IDLE);
        Ok(())
    }

    fn take(&mut self, mut written: usize) {
        self.unwritten -= written;
        while let Some(first) = self.frames.front_mut() {
            if written < first.len() {
                first.advance(written);
                return;
            }
            written -= first.len();
            self.frames.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_out_in_pieces_arrives_in_order() {
        let mut outbox = Outbox::default();
        let mut arrived = Vec::new();
        let sent: Vec<u8> = (0..200u8)
            .flat_map(|byte| vec![byte; byte.into()])
            .collect();
        for byte in 0..200u8 {
            outbox.push(vec![byte; byte.into()].into());
        }
        let mut room = 1;
        while outbox.unwritten() > 0 {
            let mut left = room;
            outbox
                .write(|parts| {
                    let bytes: Vec<u8> = parts.iter().flat_map(|part| part.to_vec()).collect();
                    let taken = bytes.len().min(left);
                    left -= taken;
                    arrived.extend_from_slice(&bytes[..taken]);
                    match taken {
                        0 => Err(io::ErrorKind::WouldBlock.into()),
                        _ => Ok(taken),
                    }
                })
                .expect("it is only full");
            assert_eq!(arrived.len() + outbox.unwritten(), sent.len());
            room += 7;
        }
        assert_eq!(arrived, sent);
    }

    #[test]
    fn whoever_reads_fast_gets_a_share_at_a_time() {
        let mut outbox = Outbox::default();
        let frames = [SHARE / 2, 2 * SHARE, 1].map(|length| vec![7; length]);
        for frame in frames {
            outbox.push(frame.into());
        }
        let mut arrived = Vec::new();
        while outbox.unwritten() > 0 {
            let mut bytes = 0;
            outbox
                .write(|parts| {
                    bytes += parts.iter().map(|part| part.len()).sum::<usize>();
                    Ok(parts.iter().map(|part| part.len()).sum())
                })
                .expect("there is room");
            arrived.push(bytes);
        }
        assert_eq!(arrived, [SHARE, SHARE, SHARE / 2 + 1]);
    }

    #[test]
    fn a_peer_that_is_gone_is_noticed() {
        let mut outbox = Outbox::default();
        outbox.push(Bytes::from_static(b"frame"));
        let gone = |_: &[IoSlice<'_>]| Err(io::ErrorKind::ConnectionReset.into());
        let error = outbox.write(gone).expect_err("nobody is there");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        assert!(
            outbox.write(|_| Ok(0)).is_err(),
            "nothing goes out any more"
        );
    }
}
