//! Which uploads are being worked on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::Key;

type Underway = Mutex<HashMap<Key, watch::Receiver<()>>>;

/// The uploads that are being worked on. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Flights(Arc<Underway>);

/// An upload that is being worked on; whoever waits for it goes on once it is dropped.
#[derive(Debug)]
pub struct Flight {
    underway: Arc<Underway>,
    key: Key,
    /// Its end is what the others wait for.
    _landing: watch::Sender<()>,
}

impl Flights {
    /// Begins work on `key`.
    ///
    /// # Errors
    /// What to wait on, if somebody works on it already: it changes, by an error, when they are done.
    pub fn board(&self, key: Key) -> Result<Flight, watch::Receiver<()>> {
        let mut underway = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = underway.get(&key) {
            return Err(other.clone());
        }
        let (landing, landed) = watch::channel(());
        underway.insert(key, landed);
        Ok(Flight { underway: Arc::clone(&self.0), key, _landing: landing })
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.underway.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
