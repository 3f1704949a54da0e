//! Devices in files: what is made, kept and found again, and what is left alone.

#![allow(missing_docs, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use sessionwire::{DeviceFile, DeviceFileError, DeviceIdentity};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gateway.device");
    (folder, path)
}

fn content(path: &Path) -> Value {
    let content = fs::read(path).expect("there is a file");
    serde_json::from_slice(&content).expect("it is JSON")
}

fn files(folder: &TempDir) -> usize {
    fs::read_dir(folder.path()).expect("a folder").count()
}

#[test]
fn a_device_is_made_once_and_found_again_with_its_token() {
    let (folder, path) = place();
    let device = DeviceFile::open(&path).unwrap();
    let known = device.load().unwrap();
    assert_eq!(known.token, None);
    device.keep(Some("first"));
    device.keep(Some("second"));

    let again = DeviceFile::open(&path).unwrap();
    let found = again.load().unwrap();
    assert_eq!(
        (&found.id, &found.public_key),
        (&known.id, &known.public_key)
    );
    assert_eq!(found.token.as_deref(), Some("second"));
    again.keep(None);
    assert_eq!(device.load().unwrap(), known, "both see one file");
    assert_eq!(files(&folder), 1, "nothing is left beside it");
}

#[test]
fn a_device_is_known_by_its_key_and_signs_with_it() {
    let (_folder, path) = place();
    let device = DeviceFile::open(&path).unwrap();
    let known = device.load().unwrap();
    let key = URL_SAFE_NO_PAD.decode(&known.public_key).unwrap();
    let hash: String = Sha256::digest(&key)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!((&known.id, device.id()), (&hash, hash.clone()));
    let key = VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap();
    let signature = URL_SAFE_NO_PAD.decode(device.sign("so be it").unwrap());
    let signature = Signature::from_slice(&signature.unwrap()).unwrap();
    key.verify_strict(b"so be it", &signature).unwrap();
    assert!(key.verify_strict(b"so be it!", &signature).is_err());
}

#[test]
fn a_file_of_the_npm_package_is_read_and_its_key_signs() {
    // A key of RFC 8032, and its signature of nothing.
    let written = json!({
        "version": 1,
        "deviceId": "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9",
        "publicKey": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "privateKey": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "token": "issued",
    });
    let signature =
        "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc-bRr0lv18FlbviRlUUFDjnoQCw";
    let (_folder, path) = place();
    fs::write(&path, written.to_string()).unwrap();
    let device = DeviceFile::open(&path).unwrap();
    assert_eq!(device.sign("").unwrap(), signature);
    assert_eq!(device.load().unwrap().token.as_deref(), Some("issued"));
    device.keep(Some("another"));
    let mut kept = written;
    kept["token"] = "another".into();
    assert_eq!(content(&path), kept);
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_only_also_where_others_could_read_it_before() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    let device = DeviceFile::open(&path).unwrap();
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    device.keep(Some("secret"));
    assert_eq!(mode(), 0o600);

    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    DeviceFile::open(&link).unwrap().keep(Some("other"));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(content(&path)["token"], "other");
}

#[test]
fn whoever_is_first_makes_the_device_of_all() {
    let (folder, path) = place();
    let ids: BTreeSet<_> = thread::scope(|scope| {
        let opening = || DeviceFile::open(&path).unwrap().id();
        let openings: Vec<_> = (0..16).map(|_| scope.spawn(opening)).collect();
        openings.into_iter().map(|id| id.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(files(&folder), 1);
}

#[test]
fn a_file_that_is_no_device_is_refused_and_left_alone() {
    let (_folder, path) = place();
    let (_other_folder, other) = place();
    DeviceFile::open(&path).unwrap();
    DeviceFile::open(&other).unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    let changed = |name: &str, value: &Value| {
        let mut content = content(&path);
        content[name] = value.clone();
        content.to_string()
    };
    let cases = [
        (String::new(), false),
        (whole[..whole.len() / 2].to_owned(), false),
        ("# a file of somebody else".to_owned(), false),
        (json!({"version": 1}).to_string(), false),
        (changed("privateKey", &json!("AAAA")), false),
        (changed("privateKey", &content(&other)["privateKey"]), false),
        (changed("deviceId", &content(&other)["deviceId"]), false),
        (changed("token", &json!(7)), false),
        (changed("version", &json!(2)), true),
    ];
    let device = DeviceFile::open(&path).unwrap();
    for (text, is_version) in cases {
        fs::write(&path, &text).unwrap();
        let error = DeviceFile::open(&path).unwrap_err();
        let as_expected = match is_version {
            true => matches!(error, DeviceFileError::Version { version: 2, .. }),
            false => matches!(error, DeviceFileError::Garbled { .. }),
        };
        assert!(as_expected, "{text}: {error}");
        let said = error.to_string();
        assert!(said.contains("gateway.device"), "{said}");
        assert!(device.load().is_err(), "{text}");
        device.keep(Some("lost"));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    fs::copy(&other, &path).unwrap();
    device.keep(Some("of another"));
    assert_eq!(content(&path), content(&other));
}

#[test]
fn a_file_that_cannot_be_had_says_why() {
    let (folder, path) = place();
    for path in [folder.path().to_owned(), path.join("below")] {
        let error = DeviceFile::open(&path).unwrap_err();
        assert!(matches!(&error, DeviceFileError::Inaccessible { .. }));
        assert!(error.to_string().contains(&path.display().to_string()));
    }
    let device = DeviceFile::open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(device.load().is_err());
    device.keep(Some("lost"));
    assert!(!path.exists(), "who removes the file forgets the device");
}
