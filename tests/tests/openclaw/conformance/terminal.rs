use std::num::NonZero;
use std::time::Duration;

use pty_process::{Command, OwnedWritePty, Size};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Child;
use tokio::sync::watch;
use tokio::time::timeout;
use vt100::Parser;

const ROWS: NonZero<u16> = NonZero::new(40).expect("it is more than nothing");
const COLUMNS: NonZero<u16> = NonZero::new(160).expect("it is more than nothing");
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A program in a terminal: what its screen shows, and a keyboard.
pub(crate) struct Terminal {
    screen: watch::Receiver<String>,
    keyboard: OwnedWritePty,
    child: Child,
}

impl Terminal {
    pub(crate) fn start(command: Command) -> Self {
        let (pty, terminal) = pty_process::open().expect("there is a terminal");
        pty.resize(Size::new(ROWS.get(), COLUMNS.get()))
            .expect("it takes any size");
        let child = command.kill_on_drop(true).spawn(terminal);
        let (mut output, keyboard) = pty.into_split();
        let (shown, screen) = watch::channel(String::new());
        tokio::spawn(async move {
            let mut parser = Parser::new(ROWS, COLUMNS, 0);
            let mut bytes = [0; 4096];
            // When the program ends, its terminal cannot be read any more.
            while let Ok(length @ 1..) = output.read(&mut bytes).await {
                parser.process(&bytes[..length]);
                shown.send_replace(parser.screen().contents());
            }
        });
        Self {
            screen,
            keyboard,
            child: child.expect("the program starts"),
        }
    }

    /// Waits until the screen shows this.
    pub(crate) async fn shows(&mut self, text: &str) {
        self.until(text, |screen| screen.contains(text)).await;
    }

    /// Waits until the screen does not show this.
    pub(crate) async fn hides(&mut self, text: &str) {
        self.until(text, |screen| !screen.contains(text)).await;
    }

    /// Types a line, and enters it once it stands there.
    pub(crate) async fn enter(&mut self, line: &str) {
        self.press(line).await;
        self.shows(line).await;
        self.press("\r").await;
    }

    /// Waits for the program to end well.
    pub(crate) async fn ends(mut self) {
        let status = timeout(PATIENCE, self.child.wait()).await;
        let status = status.expect("it ends in time").expect("it ends");
        assert!(status.success(), "{status}");
    }

    async fn press(&mut self, keys: &str) {
        let pressed = self.keyboard.write_all(keys.as_bytes()).await;
        pressed.expect("the program runs");
    }

    async fn until(&mut self, text: &str, is_so: impl Fn(&str) -> bool) {
        let waiting = self.screen.wait_for(|screen| is_so(screen));
        let so = matches!(timeout(PATIENCE, waiting).await, Ok(Ok(_)));
        let screen = self.screen.borrow();
        assert!(so, "waited for {text:?} on this screen:\n{}", *screen);
    }
}
