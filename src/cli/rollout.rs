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

/// What `koalens rollout --help` teaches.
pub(super) const GUIDE: &str = "\
A rollout gives a new reader (Gemini by default) to a growing part of the users, and takes it back by itself when it \
fails, answers with nothing or is slow more often than the old one. It works on the database that DATABASE_URL names \
(or DATA_DIR); running instances follow within 5 seconds, and one of them, the leader, moves it.

  koalens rollout start --plan quick --reason 'new prompt'   first step of the plan (ROLLOUT_PLAN_QUICK)
  koalens rollout status                                     where it stands and why it stays there
  koalens rollout pause --reason 'holidays'                  no further step; a lost guardrail still rolls back
  koalens rollout resume                                     the step goes on baking
  koalens rollout approve                                    the step may end (with ROLLOUT_APPROVAL=true)
  koalens rollout promote [--to 100]                         the next step now, or that percentage
  koalens rollout set 25                                     a percentage by hand; pauses a plan
  koalens rollout rollback --reason 'complaints'             nobody has it any more, until `start` or `set`
  koalens rollout explain USER                               which reader a user gets, and by which rule
  koalens compare --from … --to …                            what both did, with intervals

Every change is kept with who, why, before and after: `status` shows the last ones, GET /rollout all of them.";

#[derive(Subcommand)]
pub(super) enum Task {
    /// Where it stands, why it stays there, and what happened last.
    Status,
    /// Begin a plan at its first step. Also lifts a roll-back.
    Start {
        /// The plan: `standard` (ROLLOUT_PLAN_STANDARD, days a step) or `quick` (ROLLOUT_PLAN_QUICK, minutes).
        #[arg(long, value_enum, default_value_t = Plan::Standard)]
        plan: Plan,
        #[command(flatten)]
        reason: Reason,
    },
    /// Set the percentage by hand; a running plan pauses, a roll-back is lifted. It is guarded as a plan is, unless
    /// ROLLOUT_GUARD_MANUAL=false.
    Set {
        /// Percent of the users.
        #[arg(value_parser = Share::parse)]
        percentage: Share,
        #[command(flatten)]
        reason: Reason,
    },
    /// Stay at the step. It is still rolled back when a guardrail is lost.
    Pause(Reason),
    /// Go on with a paused plan; the pause does not count as baking.
    Resume(Reason),
    /// Let the step end once it has baked and all is well (with ROLLOUT_APPROVAL=true every step waits for this).
    Approve(Reason),
    /// Go to the next step of the plan now, whatever its figures say; guardrails still roll it back.
    Promote {
        /// Or to this percentage.
        #[arg(long, value_parser = Share::parse)]
        to: Option<Share>,
        #[command(flatten)]
        reason: Reason,
    },
    /// Give the new reader to nobody, at once; doing it again changes nothing.
    Rollback(Reason),
    /// Which reader a user gets: the rule that decides, the user's bucket, and the share in force.
    Explain {
        /// The user, as the app names them (`userId`).
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
    let (stored, now_ms) = store.rollout(key).await?;
    let Some(rollout) = stored else { return Ok(format!("{key}: no rollout (see koalens rollout start --help)")) };
    let mut text = line(&rollout);
    if rollout.started_at_ms.is_some() {
        let plan = choice.config().limits.plan(rollout.plan);
        let minutes = |ms: i64| ms / 60_000;
        let (baked, bake) = (minutes(rollout.baked_ms(now_ms)), minutes(plan.bake_ms(rollout.share())));
        let next = plan.next(rollout.share()).map_or("the end".to_owned(), |share| share.to_string());
        let _ = write!(
            text,
            "\n  step {} of the plan, baked {baked} of {bake} min, then {next}",
            plan.reached(rollout.share())
        );
    }
    for logged in store.rollout_log(key, HISTORY).await? {
        let Logged { version, who, why, action, decision, .. } = logged;
        let decided = decision.map(|it| format!(" ({})", it.reason.as_str()));
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
