//! `koalens stub-providers`.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::stub::{Behaviour, Stub};

/// How a model is turned into another while it runs.
const TURNED: &str = r#"to turn one: PUT /stub/MODEL {"does":"broken","percent":30,"delayMs":0}"#;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Port on 127.0.0.1; 0 = any free one.
    #[arg(long, default_value_t = 8099)]
    stub_port: u16,
    /// Write the bodies that it is sent into this directory.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

/// Serves until it is killed. `PUT /stub/MODEL` turns a model into another meanwhile.
pub(super) async fn run(args: Args) -> ExitCode {
    let served = match Stub::start(args.stub_port, args.record) {
        Ok((stub, server)) => {
            let names: Vec<_> = Behaviour::ALL.iter().map(|(name, _)| format!("stub-{name}")).collect();
            super::say(&format!("listening on {}; models: {}; {TURNED}", stub.url(), names.join(" ")));
            server.await
        }
        Err(error) => Err(error),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => super::fail(&error),
    }
}
