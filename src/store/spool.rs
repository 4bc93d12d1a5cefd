//! Records on disk that wait for the database to come back.
//!
//! One JSON file a record, named after its analysis, so that writing it twice changes nothing. A file is written under
//! another name, synced, then renamed: what has its name is whole. It holds the raw user id, which the history table
//! needs; therefore the directory is 0700, a file 0600, and it goes as soon as the database has the record.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::error::Error;
use super::migrations::make_private_dir;
use crate::telemetry::events;

/// More than one record takes (the longest label read so far made 30 KiB): with less than this left, the spool is full.
const ROOM_BYTES: u64 = 256 << 10;

const WHOLE: &str = "json";
const UNFINISHED: &str = "tmp";
const SET_ASIDE: &str = "bad";

/// A directory of waiting records, bounded in bytes.
#[derive(Clone)]
pub(super) struct Spool {
    dir: Arc<Path>,
    max_bytes: u64,
    used: Arc<Mutex<Used>>,
}

/// What waits.
#[derive(Debug, Clone, Copy)]
struct Used {
    records: u64,
    bytes: u64,
}

impl Spool {
    /// Opens the directory, making it if need be; what a crash left half written goes.
    pub(super) fn open(dir: PathBuf, max_bytes: u64) -> Result<Self, Error> {
        make_private_dir(&dir)?;
        for path in files(&dir, UNFINISHED).map_err(Error::Spool)? {
            fs::remove_file(path).map_err(Error::Spool)?;
        }
        let waiting = files(&dir, WHOLE).map_err(Error::Spool)?;
        let used = Used { records: waiting.len() as u64, bytes: waiting.iter().map(|path| size(path)).sum() };
        events::spool_changed(used.records, used.bytes, max_bytes);
        Ok(Self { dir: dir.into(), max_bytes, used: Arc::new(Mutex::new(used)) })
    }

    /// Whether a further record may find no room.
    pub(super) fn is_full(&self) -> bool {
        self.used().bytes + ROOM_BYTES > self.max_bytes
    }

    /// Keeps `record` under `name` until it is removed; returns once the disk has it.
    pub(super) async fn put(&self, name: String, record: Vec<u8>) -> Result<(), Error> {
        self.blocking(move |spool| spool.put_now(&name, &record)).await
    }

    /// Names of the waiting records, oldest first.
    pub(super) async fn names(&self) -> Result<Vec<String>, Error> {
        self.blocking(|spool| {
            let waiting = files(&spool.dir, WHOLE).map_err(Error::Spool)?;
            Ok(waiting.iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect())
        })
        .await
    }

    /// The record of that name, if it waits.
    pub(super) async fn get(&self, name: String) -> Result<Option<Vec<u8>>, Error> {
        self.blocking(move |spool| match fs::read(spool.path(&name, WHOLE)) {
            Ok(record) => Ok(Some(record)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::Spool(error)),
        })
        .await
    }

    /// Removes a record that the database has.
    pub(super) async fn remove(&self, name: String) -> Result<(), Error> {
        self.blocking(move |spool| spool.take_out(&name, |path| fs::remove_file(path))).await
    }

    /// Puts a record that can never be stored out of the way, for a person to look at.
    pub(super) async fn set_aside(&self, name: String) -> Result<(), Error> {
        self.blocking(move |spool| spool.take_out(&name, |path| fs::rename(path, path.with_extension(SET_ASIDE)))).await
    }

    /// Deletes what was set aside before a time in UTC milliseconds: it may hold user ids.
    pub(super) async fn purge_before(&self, before_ms: i64) -> Result<(), Error> {
        let before = SystemTime::UNIX_EPOCH + Duration::from_millis(before_ms.try_into().unwrap_or_default());
        self.blocking(move |spool| {
            for path in files(&spool.dir, SET_ASIDE).map_err(Error::Spool)? {
                if fs::metadata(&path).and_then(|file| file.modified()).map_err(Error::Spool)? < before {
                    fs::remove_file(path).map_err(Error::Spool)?;
                }
            }
            Ok(())
        })
        .await
    }

    fn put_now(&self, name: &str, record: &[u8]) -> Result<(), Error> {
        let path = self.path(name, WHOLE);
        let mut used = self.used();
        let bytes = used.bytes.saturating_sub(size(&path)) + record.len() as u64;
        if bytes > self.max_bytes {
            return Err(Error::SpoolFull);
        }
        let further = u64::from(!path.exists());
        write_durably(&self.path(name, UNFINISHED), &path, record).map_err(Error::Spool)?;
        let records = used.records + further;
        self.change(&mut used, Used { records, bytes });
        Ok(())
    }

    fn take_out(&self, name: &str, how: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Error> {
        let path = self.path(name, WHOLE);
        let mut used = self.used();
        let gone = u64::from(path.exists());
        let after = Used { records: used.records.saturating_sub(gone), bytes: used.bytes.saturating_sub(size(&path)) };
        self.change(&mut used, after);
        match how(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::Spool(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn change(&self, used: &mut Used, after: Used) {
        *used = after;
        events::spool_changed(after.records, after.bytes, self.max_bytes);
    }

    /// What is in use; whoever holds it is the only one who changes the directory.
    fn used(&self) -> std::sync::MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, name: &str, extension: &str) -> PathBuf {
        self.dir.join(format!("{name}.{extension}"))
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let spool = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&spool)).await;
        done.map_err(|stopped| Error::Spool(stopped.into()))?
    }
}

fn write_durably(unfinished: &Path, whole: &Path, record: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(unfinished)?;
    file.write_all(record)?;
    file.sync_all()?;
    fs::rename(unfinished, whole)?;
    File::open(whole.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// Files of one kind, by name: analyses' ids sort by time.
fn files(dir: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir)?.map(|entry| entry.map(|file| file.path())).collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<_> =
        entries.into_iter().filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort();
    Ok(paths)
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn spool(max_bytes: u64) -> (tempfile::TempDir, Spool) {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(dir.path().join("spool"), max_bytes).unwrap();
        (dir, spool)
    }

    #[tokio::test]
    async fn a_record_is_kept_for_its_owner_alone_and_read_back() {
        let (_dir, spool) = spool(1 << 20);
        spool.put("a".into(), b"one".to_vec()).await.unwrap();
        assert_eq!(spool.get("a".into()).await.unwrap().as_deref(), Some(&b"one"[..]));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&spool.dir), mode(&spool.path("a", WHOLE))), (0o700, 0o600));
    }

    #[tokio::test]
    async fn bytes_are_counted_through_overwriting_removal_and_reopening() {
        let (_dir, spool) = spool(600 << 10);
        spool.put("a".into(), vec![b' '; 300 << 10]).await.unwrap();
        spool.put("a".into(), vec![b' '; 350 << 10]).await.unwrap();
        assert!(spool.is_full());
        let refused = spool.put("b".into(), vec![b' '; 300 << 10]).await;
        assert!(matches!(refused, Err(Error::SpoolFull)), "{refused:?}");
        assert!(Spool::open(spool.dir.to_path_buf(), 600 << 10).unwrap().is_full());
        spool.remove("a".into()).await.unwrap();
        assert!(!spool.is_full());
    }

    #[tokio::test]
    async fn what_a_crash_left_half_written_is_gone_after_opening() {
        let (_dir, spool) = spool(1 << 20);
        fs::write(spool.path("a", UNFINISHED), b"{\"us").unwrap();
        let reopened = Spool::open(spool.dir.to_path_buf(), 1 << 20).unwrap();
        assert!(reopened.names().await.unwrap().is_empty());
        assert!(!spool.path("a", UNFINISHED).exists());
    }

    #[tokio::test]
    async fn what_was_set_aside_goes_with_retention() {
        let (_dir, spool) = spool(1 << 20);
        spool.put("a".into(), b"?".to_vec()).await.unwrap();
        spool.set_aside("a".into()).await.unwrap();
        spool.purge_before(0).await.unwrap();
        assert!(spool.path("a", SET_ASIDE).exists());
        spool.purge_before(i64::MAX / 2).await.unwrap();
        assert!(!spool.path("a", SET_ASIDE).exists());
    }
}
