use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fmt, fs, io};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{SECRET_KEY_LENGTH, Signer, SigningKey};
use serde::{Deserialize, Serialize};
use sessionwire_client_core::Device;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::identity::DeviceIdentity;

/// A device identity in a file of its owner: an Ed25519 key, and the token that the gateway issued to it.
///
/// A file is for one gateway. Several clients of that gateway, also of several programs on one machine, may share it.
///
/// ```no_run
/// use sessionwire::{Client, DeviceFile};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let device = DeviceFile::open("gateway.device")?;
/// println!("this is device {}", device.id());
/// let client = Client::builder("ws://gateway.local:18789")
///     .token("TOKEN") // until the gateway has issued one to the device
///     .device(device)
///     .connect()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DeviceFile {
    path: PathBuf,
    key: SigningKey,
    /// Held while the file is replaced.
    writing: Mutex<()>,
}

/// Why a file is no device. It was left as it is.
#[derive(Debug)]
#[non_exhaustive]
pub enum DeviceFileError {
    /// It cannot be read or written.
    Inaccessible {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It is something else, or damaged.
    Garbled {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// It was written by a version of this library that writes other files.
    Version {
        /// The file.
        path: PathBuf,
        /// The version of the file.
        version: u64,
    },
}

/// What the file says, as JSON. The npm package's files for Node are the same.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    version: u64,
    device_id: String,
    public_key: String,
    private_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

const VERSION: u64 = 1;

impl DeviceFile {
    /// Reads the file, or makes it with a new key, for its owner only, where there is none. Its folder has to exist.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DeviceFileError> {
        let path = path.as_ref();
        if !path.try_exists().map_err(inaccessible(path))? {
            make(path)?;
        }
        // The file is replaced to be written; a link to it is not.
        let path = fs::canonicalize(path).map_err(inaccessible(path))?;
        let (key, _) = read(&path)?;
        Ok(Self {
            path,
            key,
            writing: Mutex::default(),
        })
    }

    /// Names the device: SHA-256 of the raw public key, in hexadecimal.
    pub fn id(&self) -> String {
        id(&self.key)
    }

    /// The token that is kept. Another client may have replaced the file, but not by another device.
    fn token(&self) -> Result<Option<String>, DeviceFileError> {
        let (key, token) = read(&self.path)?;
        match key == self.key {
            true => Ok(token),
            false => Err(garbled(&self.path)("it is another device meanwhile")),
        }
    }

    fn put(&self, token: Option<&str>) -> Result<(), DeviceFileError> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.token()?.as_deref() == token {
            return Ok(());
        }
        let path = &self.path;
        let replaced = written(path, &self.key, token)
            .and_then(|file| file.persist(path).map_err(|error| error.error));
        replaced.map(drop).map_err(inaccessible(path))
    }
}

impl DeviceIdentity for DeviceFile {
    fn load(&self) -> Result<Device, String> {
        let token = self.token().map_err(|error| error.to_string())?;
        Ok(Device {
            id: self.id(),
            public_key: URL_SAFE_NO_PAD.encode(self.key.verifying_key()),
            token,
        })
    }

    fn sign(&self, statement: &str) -> Result<String, String> {
        let signature = self.key.sign(statement.as_bytes());
        Ok(URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    fn keep(&self, token: Option<&str>) {
        if let Err(error) = self.put(token) {
            tracing::warn!(%error, "the token of the device is not kept");
        }
    }
}

impl fmt::Display for DeviceFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inaccessible { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Garbled { path, problem } => {
                write!(f, "{} is no device: {problem}", path.display())
            }
            Self::Version { path, version } => write!(
                f,
                "{} is of version {version}, and this program knows version {VERSION}",
                path.display()
            ),
        }
    }
}

impl std::error::Error for DeviceFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Inaccessible { error, .. } => Some(error),
            Self::Garbled { .. } | Self::Version { .. } => None,
        }
    }
}

fn make(path: &Path) -> Result<(), DeviceFileError> {
    let mut seed = [0; SECRET_KEY_LENGTH];
    let made = getrandom::fill(&mut seed)
        .map_err(io::Error::other)
        .and_then(|()| written(path, &SigningKey::from_bytes(&seed), None))
        .and_then(|file| file.persist_noclobber(path).map_err(|error| error.error));
    match made {
        // Another program was quicker, and its key is as good.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop).map_err(inaccessible(path)),
    }
}

/// A whole file beside the one whose place it is to take.
fn written(path: &Path, key: &SigningKey, token: Option<&str>) -> io::Result<NamedTempFile> {
    let content = Content {
        version: VERSION,
        device_id: id(key),
        public_key: URL_SAFE_NO_PAD.encode(key.verifying_key()),
        private_key: URL_SAFE_NO_PAD.encode(key.to_bytes()),
        token: token.map(str::to_owned),
    };
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    serde_json::to_writer_pretty(&mut file, &content)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn read(path: &Path) -> Result<(SigningKey, Option<String>), DeviceFileError> {
    let bytes = fs::read(path).map_err(inaccessible(path))?;
    let garbled = garbled(path);
    // Where in the text it went wrong is of no use, and what stands there may be secret.
    let Versioned { version } =
        serde_json::from_slice(&bytes).map_err(|_| garbled("it is not a file of this kind"))?;
    if version != VERSION {
        let path = path.to_owned();
        return Err(DeviceFileError::Version { path, version });
    }
    let content: Content =
        serde_json::from_slice(&bytes).map_err(|_| garbled("it is not a file of this kind"))?;
    let seed = URL_SAFE_NO_PAD.decode(&content.private_key).ok();
    let key = seed
        .and_then(|seed| <[u8; SECRET_KEY_LENGTH]>::try_from(seed).ok())
        .map(|seed| SigningKey::from_bytes(&seed))
        .ok_or_else(|| garbled("its key is none"))?;
    let public_key = URL_SAFE_NO_PAD.encode(key.verifying_key());
    match (content.device_id, content.public_key) == (id(&key), public_key) {
        true => Ok((key, content.token)),
        false => Err(garbled("its key is that of another device")),
    }
}

fn id(key: &SigningKey) -> String {
    let hash = Sha256::digest(key.verifying_key());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn inaccessible(path: &Path) -> impl Fn(io::Error) -> DeviceFileError {
    |error| DeviceFileError::Inaccessible {
        path: path.to_owned(),
        error,
    }
}

fn garbled(path: &Path) -> impl Fn(&str) -> DeviceFileError {
    |problem| DeviceFileError::Garbled {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}
