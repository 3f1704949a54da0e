use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sessionwire::{Device, DeviceFile, DeviceIdentity};

/// The device that this gateway is for its upstream, in the data folder. It is made when the upstream asks for one.
pub(super) struct OwnDevice {
    path: PathBuf,
    file: OnceLock<DeviceFile>,
}

impl OwnDevice {
    pub(super) fn new(data: &Path) -> Self {
        Self {
            path: data.join("upstream-device.json"),
            file: OnceLock::new(),
        }
    }

    fn file(&self) -> Result<&DeviceFile, String> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let opened = DeviceFile::open(&self.path).map_err(|error| error.to_string())?;
        Ok(self.file.get_or_init(|| opened))
    }
}

impl DeviceIdentity for OwnDevice {
    fn load(&self) -> Result<Device, String> {
        self.file()?.load()
    }

    fn sign(&self, statement: &str) -> Result<String, String> {
        self.file()?.sign(statement)
    }

    fn keep(&self, token: Option<&str>) {
        if let Ok(file) = self.file() {
            file.keep(token);
        }
    }
}
