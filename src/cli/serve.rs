//! `koalens serve`.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::app::{App, Settings};
use crate::telemetry;

pub(super) async fn run(settings: Settings) -> ExitCode {
    let telemetry = telemetry::init(&settings.telemetry, settings.app_env);
    let (mut terminate, mut interrupt) = match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(terminate), Ok(interrupt)) => (terminate, interrupt),
        (Err(error), _) | (_, Err(error)) => return super::fail(&error),
    };
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return super::fail(&error),
    };
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    };
    let served = match App::build(settings, program).await {
        Ok(app) => app.run_until(stop).await,
        Err(error) => Err(error),
    };
    telemetry.stop().await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => super::fail(&error),
    }
}
