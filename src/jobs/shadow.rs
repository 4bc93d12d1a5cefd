//! Shows pictures to the other arm of an experiment, one at a time, when nobody waits for an analysis: after the answer
//! has left, within its own budget, and never when that is in doubt.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::pipeline::{Pipeline, Waiting};
use crate::store::Store;
use crate::telemetry::events;

/// An answer has left by then.
const AFTER_THE_ANSWER: Duration = Duration::from_millis(200);
/// How often it is looked whether nobody waits.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long pictures wait for that, before they are dropped.
const PATIENCE: Duration = Duration::from_secs(60);

const DAY_MS: i64 = 86_400_000;

/// Works until told to stop; what waits or runs then is dropped.
pub(super) async fn compare(
    store: Arc<Store>,
    pipeline: Arc<Pipeline>,
    mut waiting: Receiver<Waiting>,
    stop: CancellationToken,
) {
    let work = async {
        while let Some(next) = waiting.recv().await {
            if let Err(why) = one(&store, &pipeline, next).await {
                events::shadow_dropped(why);
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}

/// One pair, or why there is none.
async fn one(store: &Store, pipeline: &Pipeline, next: Waiting) -> Result<(), &'static str> {
    sleep(AFTER_THE_ANSWER.saturating_sub(next.since.elapsed())).await;
    while !pipeline.is_idle() {
        if pipeline.is_draining() {
            return Err("stopping");
        }
        if next.since.elapsed() > PATIENCE {
            return Err("busy");
        }
        sleep(LOOK_EVERY).await;
    }
    let today = pipeline.clock().now_ms().div_euclid(DAY_MS) * DAY_MS;
    // While the database is down nobody knows what was spent.
    let spent = store.spent_on_pairs(today).await.map_err(|_down| "database")?;
    if spent >= pipeline.shadow_budget() {
        return Err("budget");
    }
    let (user, locally) = (next.user.clone(), next.is_read_locally());
    let read = tokio::select! {
        read = pipeline.read_for_comparison(next) => read.ok_or("not callable")?,
        // A local reading takes what an analysis needs; a remote one only waits.
        () = until_busy(pipeline), if locally => return Err("busy"),
    };
    store.record_pair(&read, user.as_ref()).await.map_err(|_down| "database")?;
    events::shadow_recorded(read.id, read.assigned.assignment.arm_name(), read.other.assignment.arm_name());
    Ok(())
}

async fn until_busy(pipeline: &Pipeline) {
    while pipeline.is_idle() {
        sleep(LOOK_EVERY).await;
    }
}
