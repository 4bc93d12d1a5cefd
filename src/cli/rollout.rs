//! `koalens rollout …`: where the rollout stands, and changing it, on the database that the settings name. Running
//! instances follow within seconds.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use crate::app::{self, Settings};
use crate::domain::{PlanName, Rollout, Share, UserId};
use crate::experiment::Ask;
use crate::experiment::rollout::Command;
use crate::pipeline::{Choice, Order, steer};
use crate::store::{Logged, Store};

/// Lines of the log that `status` shows.
const HISTORY: u32 = 5;

#[derive(Subcommand)]
pub(super) enum Task {
    /// Where it stands, and what happened last.
    Status,
    /// Begin a plan at its first step.
    Start {
        /// The plan.
        #[arg(long, value_enum, default_value_t = Plan::Standard)]
        plan: Plan,
        #[command(flatten)]
        reason: Reason,
    },
    /// Set the percentage by hand; a running plan pauses.
    Set {
        /// Percent of the users.
        #[arg(value_parser = Share::parse)]
        percentage: Share,
        #[command(flatten)]
        reason: Reason,
    },
    /// Stay at the step. It is still rolled back when a guardrail is lost.
    Pause(Reason),
    /// Go on.
    Resume(Reason),
    /// Let the step end once the rest is well.
    Approve(Reason),
    /// Go to the next step now.
    Promote {
        /// Or to this percentage.
        #[arg(long, value_parser = Share::parse)]
        to: Option<Share>,
        #[command(flatten)]
        reason: Reason,
    },
    /// Give the new arm nothing, at once.
    Rollback(Reason),
    /// Which arm a user gets, and why.
    Explain {
        /// The user, as the app names them.
        user: String,
    },
}

#[derive(clap::Args)]
pub(super) struct Reason {
    /// Why, for the log.
    #[arg(long, default_value = "")]
    reason: String,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Plan {
    /// Days a step.
    Standard,
    /// Minutes a step.
    Quick,
}

pub(super) async fn run(settings: Settings, task: Task) -> ExitCode {
    let store = match Store::open(&settings.store, rand::random()).await {
        Ok(store) => store,
        Err(error) => return super::fail(&error),
    };
    let choice = Choice::new(settings.experiment.clone(), settings.app_env);
    let done = match task {
        Task::Status => status(&store, &choice).await,
        Task::Explain { user } => explain(&settings, &store, &choice, &user).await,
        Task::Start { plan, reason } => change(&store, &choice, Command::Start(plan.into()), &reason).await,
        Task::Set { percentage, reason } => change(&store, &choice, Command::Set(percentage), &reason).await,
        Task::Pause(reason) => change(&store, &choice, Command::Pause, &reason).await,
        Task::Resume(reason) => change(&store, &choice, Command::Resume, &reason).await,
        Task::Approve(reason) => change(&store, &choice, Command::Approve, &reason).await,
        Task::Promote { to, reason } => change(&store, &choice, Command::Promote(to), &reason).await,
        Task::Rollback(reason) => change(&store, &choice, Command::RollBack, &reason).await,
    };
    store.close().await;
    match done {
        Ok(text) => super::say(&text),
        Err(error) => super::fail(error.as_ref()),
    }
}

async fn change(store: &Store, choice: &Choice, command: Command, reason: &Reason) -> Result<String, Box<dyn Error>> {
    let order = Order { command, who: "cli", why: &reason.reason, version: None };
    Ok(line(&steer(store, choice, &order).await?))
}

async fn status(store: &Store, choice: &Choice) -> Result<String, Box<dyn Error>> {
    let key = &choice.experiment().key;
    let Some(rollout) = store.rollout(key).await?.0 else { return Ok(format!("{key}: no rollout")) };
    let mut text = line(&rollout);
    for logged in store.rollout_log(key, HISTORY).await? {
        let Logged { version, who, why, action, decision, .. } = logged;
        let decided = decision.map(|it| format!(" ({})", serde_json::json!(it.reason).as_str().unwrap_or_default()));
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {version}: {action} by {who}{} {why}", decided.unwrap_or_default());
    }
    Ok(text)
}

async fn explain(settings: &Settings, store: &Store, choice: &Choice, user: &str) -> Result<String, Box<dyn Error>> {
    let Ok(user) = UserId::parse(user) else { return Ok("that is no user's name".to_owned()) };
    choice.follow(store.rollout(&choice.experiment().key).await?.0);
    let ask = Ask { user: Some(user.as_str()), id: "", forced: None };
    let explained = choice.explain(&app::callable(settings)?, &ask);
    Ok(explained.map_or_else(
        |error| error.to_string(),
        |(assignment, because)| format!("{} ({})", because, assignment.reason.as_str()),
    ))
}

fn line(rollout: &Rollout) -> String {
    let Rollout { experiment, version, phase, .. } = rollout;
    format!("{experiment}: {} at {}, version {version}", phase.as_str(), rollout.share())
}

impl From<Plan> for PlanName {
    fn from(plan: Plan) -> Self {
        match plan {
            Plan::Standard => Self::Standard,
            Plan::Quick => Self::Quick,
        }
    }
}
