//! Bringing spooled records into the database.

use std::slice;

use super::record::Entry;
use super::{Error, Store};
use crate::telemetry::events;

impl Store {
    /// Stores the records that wait on disk, oldest first, until all are stored or the database is down (again).
    /// Returns how many were stored. A file that cannot be read, or that the database will never take, is set aside.
    ///
    /// # Errors
    /// [`Error::Spool`] when the spool directory cannot be used.
    pub async fn drain_spool(&self) -> Result<usize, Error> {
        let mut drained = 0;
        for name in self.spool.names().await? {
            match self.drain_one(&name).await {
                Ok(()) => {
                    self.spool.remove(name).await?;
                    drained += 1;
                }
                Err(error @ Error::Spool(_)) => return Err(error),
                Err(error) if error.try_later() => break,
                Err(error) => {
                    events::spool_file_set_aside(&name, &error);
                    self.spool.set_aside(name).await?;
                }
            }
        }
        Ok(drained)
    }

    async fn drain_one(&self, name: &str) -> Result<(), Error> {
        // Another process on the same directory (a new version starting up) may have stored it meanwhile.
        let Some(record) = self.spool.get(name.to_owned()).await? else { return Ok(()) };
        let entry: Entry<'static> = serde_json::from_slice(&record).map_err(Error::Corrupt)?;
        self.database.probe(self.insert_all(slice::from_ref(&entry))).await
    }
}
