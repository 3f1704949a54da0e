use std::future::{pending, poll_fn};
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio::time::sleep_until;

use crate::address::Address;
use crate::identity::DeviceIdentity;
use crate::shared::{Deed, Shared};
use crate::transport::{Happening, Transport};

/// Lends the machine a task, a socket and a clock.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    address: Address,
    device: Option<Arc<dyn DeviceIdentity>>,
    transport: Transport,
    farewell: Option<JoinHandle<()>>,
}

impl Driver {
    pub(crate) fn new(
        shared: Arc<Shared>,
        address: Address,
        device: Option<Arc<dyn DeviceIdentity>>,
    ) -> Self {
        Self {
            shared,
            address,
            device,
            transport: Transport::None,
            farewell: None,
        }
    }

    /// Drives the client until it is closed.
    pub(crate) async fn run(mut self) {
        loop {
            while let Some(deed) = self.shared.next_deed() {
                self.carry_out(deed);
            }
            if self.shared.is_closed() {
                break;
            }
            self.wait().await;
        }
        if let Some(farewell) = self.farewell.take() {
            // It ends by itself within a second, and there is nothing to be done where it fails.
            let _ended = farewell.await;
        }
    }

    fn carry_out(&mut self, deed: Deed) {
        match deed {
            Deed::Open => self.transport = Transport::open(&self.address),
            Deed::Send(text) => self.transport.send(text),
            Deed::Close { code, reason } => {
                let transport = std::mem::take(&mut self.transport);
                self.farewell = Some(tokio::spawn(transport.close(code, reason)));
            }
            Deed::Identify => {
                let device = self.with_device(|device| device.load());
                self.shared.put(|core, _| core.state.identified(device));
            }
            Deed::Sign(statement) => {
                let signature = self.with_device(|device| device.sign(&statement));
                self.shared
                    .put(|core, _| core.state.signed(&statement, signature));
            }
            Deed::Keep(token) => {
                if let Some(device) = &self.device {
                    device.keep(&token);
                }
            }
            Deed::Forget(token) => {
                if let Some(device) = &self.device {
                    device.forget(&token);
                }
            }
        }
    }

    fn with_device<T>(
        &self,
        ask: impl FnOnce(&dyn DeviceIdentity) -> Result<T, String>,
    ) -> Result<T, String> {
        let device = self.device.as_deref();
        device.map_or_else(|| Err("the program has none".to_owned()), ask)
    }

    async fn wait(&mut self) {
        let deadline = self.shared.deadline();
        let timeout = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            happening = poll_fn(|context| self.transport.poll(context)) => self.report(happening),
            () = timeout => self.shared.put(|core, now| core.state.handle_timeout(now)),
            () = self.shared.woken() => {}
        }
    }

    fn report(&self, happening: Happening) {
        self.shared.put(|core, now| match happening {
            Happening::Opened => core.state.transport_opened(now),
            Happening::Frame(text) => core.state.frame_received(&text, now),
            Happening::Closed(close) => core.state.transport_closed(close, now),
            Happening::Failed(cause) => core.state.transport_failed(cause, now),
        });
    }
}

/// However the task ends, by a close, a panic or its runtime, nobody is left waiting for it.
impl Drop for Driver {
    fn drop(&mut self) {
        self.shared.end();
    }
}
