//! Settings as people meet them: read from the environment, checked together, listed, documented.

use std::ffi::OsString;

use clap::builder::Resettable;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory};

/// Older names of settings.
const ALIASES: [(&str, &str); 5] = [
    ("APP_ENV", "NODE_ENV"),
    ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    ("GEMINI_MODEL_NAME", "GEMINI_MODEL"),
    ("OPENAI_API_KEY", "OPENROUTER_API_KEY"),
    ("OPENAI_MODEL_NAME", "OPENROUTER_MODEL"),
];

/// The command whose settings may stand before or after the subcommand.
pub(super) fn everywhere(command: Command) -> Command {
    command.mut_args(|arg| if env_name(&arg).is_some() { arg.global(true) } else { arg })
}

/// The command as the environment stands: an empty variable counts as unset, an older name stands in for an unset one.
pub(super) fn from_environment(command: Command) -> Command {
    everywhere(command).mut_args(|arg| {
        let Some(name) = env_name(&arg) else { return arg };
        let alias = ALIASES.iter().find(|(current, _)| *current == name).map(|(_, older)| *older);
        if value(&name).is_some() {
            arg
        } else if let Some(older) = alias.filter(|older| value(older).is_some()) {
            arg.env(older)
        } else {
            arg.env(Resettable::Reset)
        }
    })
}

/// Every variable that cannot be read, not only the first.
pub(super) fn faults(command: &Command) -> Vec<String> {
    command.get_arguments().filter(|arg| env_name(arg).is_some()).filter_map(fault).collect()
}

fn fault(arg: &Arg) -> Option<String> {
    let alone = Command::new("setting").no_binary_name(true).disable_help_flag(true).arg(arg.clone());
    let error = alone.try_get_matches_from(Vec::<OsString>::new()).err()?;
    let name = env_name(arg)?;
    let why = std::error::Error::source(&error).map(ToString::to_string);
    let why = why.or_else(|| error.to_string().lines().find_map(|line| line.trim().strip_prefix('[').map(plain)));
    let why = why.unwrap_or_else(|| "cannot be read".to_owned());
    let given = value(&name).filter(|_| !arg.is_hide_env_values_set());
    Some(given.map_or_else(|| format!("{name}: {why}"), |given| format!("{name}={given}: {why}")))
}

fn plain(list: &str) -> String {
    list.trim_end_matches(']').to_owned()
}

/// The settings in force, one a line, with where each comes from.
pub(super) fn in_force(matches: &ArgMatches) -> String {
    let mut lines = String::new();
    for arg in super::Cli::command().get_arguments() {
        let Some(name) = env_name(arg) else { continue };
        let id = arg.get_id().as_str();
        let raw: Vec<_> =
            matches.get_raw(id).map(|raw| raw.map(|value| value.to_string_lossy()).collect()).unwrap_or_default();
        let from = match matches.value_source(id) {
            Some(ValueSource::EnvVariable) => "environment",
            Some(ValueSource::CommandLine) => "flag",
            _ => "default",
        };
        let shown = match (raw.is_empty(), arg.is_hide_env_values_set()) {
            (true, _) => "(unset)".to_owned(),
            (false, true) => "(hidden)".to_owned(),
            (false, false) => raw.join(","),
        };
        lines.push_str(&format!("{name}={shown}  # {from}\n"));
    }
    lines
}

/// The README's table of settings.
#[must_use]
pub fn markdown_table() -> String {
    let mut table = String::from("| variable | default | what it does |\n|---|---|---|\n");
    for arg in super::Cli::command().get_arguments() {
        let Some(name) = env_name(arg) else { continue };
        let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let default = if defaults.is_empty() { "unset".to_owned() } else { format!("`{}`", defaults.join(",")) };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default().replace('|', "\\|");
        table.push_str(&format!("| `{name}` | {default} | {help} |\n"));
    }
    table
}

/// The names of all settings.
#[must_use]
pub fn names() -> Vec<String> {
    super::Cli::command().get_arguments().filter_map(env_name).collect()
}

fn env_name(arg: &Arg) -> Option<String> {
    Some(arg.get_env()?.to_string_lossy().into_owned())
}

fn value(name: &str) -> Option<String> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
}
