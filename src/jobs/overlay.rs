//! Keeps an operator's lexicon rows as their file says: read again on SIGHUP and when the file changes.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::ingredients::{Engine, Overlay};
use crate::telemetry::events;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Follows the file until `stop`; ends at once where there is none.
pub(super) async fn follow(engine: Engine, stop: CancellationToken) {
    let Some(overlay) = engine.overlay() else { return };
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => Some(hangup),
        Err(error) => {
            events::background_failed("listening for SIGHUP", &error);
            None
        }
    };
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = modified(&overlay).await;
    loop {
        let asked = tokio::select! {
            _ = tick.tick() => false,
            () = told(&mut hangup) => true,
            () = stop.cancelled() => return,
        };
        let now = modified(&overlay).await;
        // A file that is gone is not read again: what it said stays in force until there is another.
        if asked || (now.is_some() && now != seen) {
            seen = now;
            reload(engine.clone()).await;
        }
    }
}

async fn told(hangup: &mut Option<Signal>) {
    match hangup {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

async fn modified(overlay: &Overlay) -> Option<std::time::SystemTime> {
    let overlay = overlay.clone();
    tokio::task::spawn_blocking(move || overlay.modified()).await.ok().flatten()
}

/// Reading and indexing take tens of milliseconds: not on the reactor.
async fn reload(engine: Engine) {
    match tokio::task::spawn_blocking(move || engine.reload()).await {
        Ok(Ok(rows)) => events::lexicon_loaded(rows),
        Ok(Err(error)) => events::lexicon_refused(&error),
        Err(error) => events::background_failed("reading the lexicon overlay", &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Language, Status};
    use crate::ingredients::{Config, Policies};

    #[tokio::test]
    async fn a_changed_file_counts_within_seconds() {
        let path = std::env::temp_dir().join(format!("followed-{}.psv", std::process::id()));
        std::fs::write(&path, "zyx | plant | zyxört").unwrap();
        let config = Config { policies: Policies::default(), lexicon_overlay: Some(path.clone()) };
        let engine = Engine::open(&config).unwrap();
        let stop = CancellationToken::new();
        let following = tokio::spawn(follow(engine.clone(), stop.clone()));
        // Beyond the coarsest clock of a file system.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        std::fs::write(&path, "zyx | meat | zyxört").unwrap();
        let status = || engine.look_up("zyxört", Language::Sv).map(|entry| entry.status);
        let until = tokio::time::Instant::now() + Duration::from_secs(30);
        while status() != Some(Status::NonVegan) && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(status(), Some(Status::NonVegan));
        stop.cancel();
        following.await.unwrap();
        std::fs::remove_file(&path).unwrap();
    }
}
