//! Background work: recording typed analyses in batches, draining the spool, forgetting what is too old, following
//! the lexicon's overlay, leasing money for providers, following the rollout's state and leading it, and showing
//! pictures to the other arm of an experiment.

mod overlay;
mod purse;
mod rollout;
mod shadow;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

pub use purse::{Allowance, Filled};

use crate::pipeline::{Clock, Pipeline, Purse, Unrecorded, Waiting, follow};
use crate::store::{self, Store};
use crate::telemetry::events;

/// Records written in one transaction at most.
const BATCH: usize = 256;
/// How often the spool is looked at.
const DRAIN_EVERY: Duration = Duration::from_secs(2);
/// How often old records are looked for.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// The background work of one instance.
#[derive(Debug)]
pub struct Jobs {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Jobs {
    /// Starts all of it. The rollout's state is read first, so that the first request is assigned by it; where the
    /// database is down, nobody gets the new arm until it was read.
    pub async fn start(
        store: &Arc<Store>,
        pipeline: &Arc<Pipeline>,
        config: store::Config,
        (unrecorded, waiting): (Receiver<Unrecorded>, Receiver<Waiting>),
        money: Option<(Purse, Allowance)>,
    ) -> Self {
        let stop = CancellationToken::new();
        let read = follow(store, pipeline.choice(), true).await;
        if let Err(error) = &read {
            events::background_failed("reading the rollout", error);
        }
        let (clock, holder) = (pipeline.clock().clone(), pipeline.clock().new_uuid().to_string());
        let (store, choice) = (|| Arc::clone(store), || Arc::clone(pipeline.choice()));
        let mut tasks = vec![
            tokio::spawn(record_texts(store(), unrecorded, stop.clone())),
            tokio::spawn(drain_spool(store(), stop.clone())),
            tokio::spawn(forget_old(store(), config, clock.clone(), stop.clone())),
            tokio::spawn(overlay::follow(pipeline.engine().clone(), stop.clone())),
            tokio::spawn(rollout::follow_state(store(), choice(), read.is_ok(), stop.clone())),
            tokio::spawn(rollout::lead(store(), choice(), holder, stop.clone())),
            tokio::spawn(shadow::compare(store(), Arc::clone(pipeline), waiting, stop.clone())),
        ];
        if let Some((purse, allowance)) = money {
            tasks.push(tokio::spawn(purse::fill(store(), purse, allowance, clock, stop.clone())));
        }
        Self { stop, tasks }
    }

    /// Lets each finish what it has begun, and what was handed to it.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            let _ended = task.await;
        }
    }
}

/// Writes whatever has queued up in one transaction: the busier, the larger the batches.
async fn record_texts(store: Arc<Store>, mut unrecorded: Receiver<Unrecorded>, stop: CancellationToken) {
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            _more = unrecorded.recv_many(&mut batch, BATCH) => {}
            () = stop.cancelled() => unrecorded.close(),
        }
        while let Ok(one) = unrecorded.try_recv() {
            batch.push(one);
            if batch.len() == BATCH {
                break;
            }
        }
        if batch.is_empty() {
            return;
        }
        if let Err(error) = store.record_many(&batch).await {
            batch.iter().for_each(|(analysis, _)| events::record_lost(analysis.id, &error));
        }
    }
}

async fn drain_spool(store: Arc<Store>, stop: CancellationToken) {
    let mut tick = interval(DRAIN_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => return,
        }
        match store.drain_spool().await {
            Ok(0) => {}
            Ok(records) => events::spool_drained(records),
            Err(error) if error.try_later() => {}
            Err(error) => events::background_failed("draining the spool", &error),
        }
    }
}

async fn forget_old(store: Arc<Store>, config: store::Config, clock: Clock, stop: CancellationToken) {
    let mut tick = interval(FORGET_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = store.purge_before(config.retention_cutoff_ms(clock.now_ms())).await {
            events::background_failed("forgetting old analyses", &error);
        }
        if let Err(error) = store.purge_keys(clock.now_ms()).await {
            events::background_failed("forgetting old keys", &error);
        }
    }
}
