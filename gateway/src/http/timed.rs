//! A stream that is not written to for ever.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::patience::Patience;

/// A stream that breaks when the peer takes nothing of what is written for so long.
pub(super) struct Timed<S> {
    stream: S,
    patience: Patience,
    /// What is done to a stream that breaks.
    cut: fn(&S),
}

impl<S> Timed<S> {
    pub(super) fn new(stream: S, limit: Duration, cut: fn(&S)) -> Self {
        Self {
            stream,
            patience: Patience::new(limit),
            cut,
        }
    }

    /// The stream, which has all the time there is.
    pub(super) fn into_inner(self) -> S {
        self.stream
    }

    fn in_time<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.patience.restore();
            return written;
        }
        ready!(self.patience.poll_end(context));
        (self.cut)(&self.stream);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.in_time(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.in_time(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.in_time(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.in_time(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::sleep;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(300);

    fn timed(room: usize) -> (Timed<DuplexStream>, DuplexStream) {
        let (stream, peer) = duplex(room);
        (Timed::new(stream, PATIENCE, |_| ()), peer)
    }

    #[tokio::test]
    async fn who_takes_nothing_is_not_waited_for() {
        let (mut stream, _peer) = timed(4);
        let written = stream.write_all(b"12345").await;
        let error = written.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_takes_a_little_each_time_is_waited_for() {
        let (mut stream, mut peer) = timed(1);
        for byte in *b"slow" {
            stream.write_all(&[byte]).await.expect("there is room");
            assert!(stream.write(b"more").now_or_never().is_none(), "it is full");
            sleep(PATIENCE).await;
            assert_eq!(peer.read_u8().await.expect("it was written"), byte);
        }
    }

    #[tokio::test]
    async fn who_has_taken_all_may_be_silent() {
        let (mut stream, mut peer) = timed(1);
        stream.write_all(b"1").await.expect("there is room");
        assert!(stream.write(b"2").now_or_never().is_none(), "it is full");
        peer.read_u8().await.expect("it was written");
        stream.write_all(b"2").await.expect("there is room");
        sleep(PATIENCE).await;
        peer.read_u8().await.expect("it was written");
        stream.write_all(b"3").await.expect("there is room");
        stream.flush().await.expect("nothing is left");
    }
}
