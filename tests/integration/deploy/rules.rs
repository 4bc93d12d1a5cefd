//! The rules that every Fly file keeps, each with an example that breaks it and no other.

use super::fly::{Concurrency, Fly, gibibytes, read, seconds};
use super::text;

const SQLITE: [&str; 2] = ["fly.toml", "fly.staging.toml"];
const POSTGRES: [&str; 2] = ["deploy/fly.postgres.toml", "deploy/fly.postgres.staging.toml"];
/// What finishing takes after the last deadline has passed: answers, spool, logs.
const GRACE_SECONDS: u32 = 15;
/// Two media workers of up to 1 GiB of address space each.
const LEAST_MEMORY_GIB: u32 = 2;

struct Rule {
    says: &'static str,
    holds: fn(&Fly) -> bool,
    /// Which good file `break_it` changes.
    example: &'static str,
    break_it: fn(&mut Fly),
}

const RULES: &[Rule] = &[
    Rule {
        says: "a volume cannot follow a canary or a blue-green deploy: one machine is replaced in place",
        holds: |fly| !fly.is_sqlite() || fly.deploy.strategy == "rolling",
        example: "fly.toml",
        break_it: |fly| fly.deploy.strategy = "canary".into(),
    },
    Rule {
        says: "SQLite serves one machine: several would each have their own truth",
        holds: |fly| !fly.is_sqlite() || fly.http_service.min_machines_running <= 1,
        example: "fly.toml",
        break_it: |fly| fly.http_service.min_machines_running = 2,
    },
    Rule {
        says: "one volume, where the service keeps its data",
        holds: |fly| !fly.is_sqlite() || matches!(&fly.mounts[..], [one] if one.destination == fly.env("DATA_DIR")),
        example: "fly.toml",
        break_it: |fly| fly.mounts[0].destination = "/elsewhere".into(),
    },
    Rule {
        says: "without a volume the database is PostgreSQL, which is migrated before machines are replaced",
        holds: |fly| fly.is_sqlite() || fly.deploy.release_command.as_deref() == Some("koalens migrate"),
        example: "deploy/fly.postgres.toml",
        break_it: |fly| fly.deploy.release_command = None,
    },
    Rule {
        says: "several machines try a release on one first",
        holds: |fly| fly.is_sqlite() || fly.deploy.strategy == "canary",
        example: "deploy/fly.postgres.toml",
        break_it: |fly| fly.deploy.strategy = "immediate".into(),
    },
    Rule {
        says: "every variable is a setting of the service",
        holds: |fly| fly.env.keys().all(|name| koalens_backend::cli::names().contains(name)),
        example: "fly.toml",
        break_it: |fly| drop(fly.env.insert("MAX_PIXLES".into(), "1000000".into())),
    },
    Rule {
        says: "secrets are set with `fly secrets`, never in a file",
        holds: |fly| {
            !fly.env.keys().any(|name| ["KEY", "TOKEN", "SECRET", "URL"].iter().any(|end| name.ends_with(end)))
        },
        example: "deploy/fly.postgres.toml",
        break_it: |fly| drop(fly.env.insert("DATABASE_URL".into(), "postgres://koalens:secret@db/koalens".into())),
    },
    Rule {
        says: "the service drains on SIGTERM",
        holds: |fly| fly.kill_signal == "SIGTERM",
        example: "fly.toml",
        break_it: |fly| fly.kill_signal = "SIGKILL".into(),
    },
    Rule {
        says: "what was admitted may take its whole deadline, and finishing 15 s more",
        holds: |fly| {
            let deadline = fly.env("REQUEST_DEADLINE_SECONDS").parse::<u32>();
            deadline.is_ok_and(|deadline| seconds(&fly.kill_timeout) == Some(deadline + GRACE_SECONDS))
        },
        example: "fly.toml",
        break_it: |fly| fly.kill_timeout = "5s".into(),
    },
    Rule {
        says: "the grace time covers the deadline of what was admitted, and ends before the kill",
        holds: |fly| {
            let setting = |name| fly.env(name).parse::<u32>().unwrap_or_default();
            let (deadline, grace) = (setting("REQUEST_DEADLINE_SECONDS"), setting("SHUTDOWN_GRACE_SECONDS"));
            (deadline + 1..deadline + GRACE_SECONDS).contains(&grace)
        },
        example: "fly.toml",
        break_it: |fly| drop(fly.env.insert("SHUTDOWN_GRACE_SECONDS".into(), "60".into())),
    },
    Rule {
        says: "production begins its rollout at nobody and draws for no A/B test",
        holds: |fly| {
            fly.env("APP_ENV") != "production"
                || (fly.env("ENABLE_GEMINI"), fly.env("GEMINI_ROLLOUT_PERCENTAGE"), fly.env("ENABLE_AB_TEST"))
                    == ("true", "0", "false")
        },
        example: "fly.toml",
        break_it: |fly| drop(fly.env.insert("GEMINI_ROLLOUT_PERCENTAGE".into(), "10".into())),
    },
    Rule {
        says: "staging compares both readers and says everything",
        holds: |fly| {
            fly.env("APP_ENV") != "staging" || (fly.env("ENABLE_AB_TEST"), fly.env("LOG_LEVEL")) == ("true", "debug")
        },
        example: "fly.staging.toml",
        break_it: |fly| drop(fly.env.insert("ENABLE_AB_TEST".into(), "false".into())),
    },
    Rule {
        says: "machines run all the time: the first request of the day does not wait for one",
        holds: |fly| fly.http_service.min_machines_running >= 1,
        example: "fly.toml",
        break_it: |fly| fly.http_service.min_machines_running = 0,
    },
    Rule {
        says: "one machine never stops; of several, those beyond the least number stop when they are not needed",
        holds: |fly| {
            fly.http_service.auto_start_machines
                && fly.http_service.auto_stop_machines == if fly.is_sqlite() { "off" } else { "stop" }
        },
        example: "fly.toml",
        break_it: |fly| fly.http_service.auto_stop_machines = "suspend".into(),
    },
    Rule {
        says: "the proxy knocks where the service listens",
        holds: |fly| fly.env("PORT") == fly.http_service.internal_port.to_string(),
        example: "fly.toml",
        break_it: |fly| fly.http_service.internal_port = 3000,
    },
    Rule {
        says: "metrics are fetched where the service offers them",
        holds: |fly| fly.env("METRICS_PORT") == fly.metrics.port.to_string() && fly.metrics.path == "/metrics",
        example: "fly.toml",
        break_it: |fly| fly.metrics.port = 8080,
    },
    Rule {
        says: "the checks ask whether the service is ready, not only whether it is alive",
        holds: |fly| matches!(&fly.http_service.checks[..], [one] if one.path == "/ready" && one.method == "GET"),
        example: "fly.toml",
        break_it: |fly| fly.http_service.checks[0].path = "/health".into(),
    },
    Rule {
        says: "load is counted in requests, since connections are reused",
        holds: |fly| {
            let Concurrency { r#type, soft_limit, hard_limit } = &fly.http_service.concurrency;
            r#type == "requests" && soft_limit < hard_limit
        },
        example: "fly.toml",
        break_it: |fly| fly.http_service.concurrency.r#type = "connections".into(),
    },
    Rule {
        says: "pictures travel encrypted",
        holds: |fly| fly.http_service.force_https,
        example: "fly.toml",
        break_it: |fly| fly.http_service.force_https = false,
    },
    Rule {
        says: "the machine has memory for two media workers",
        holds: |fly| fly.vm.iter().all(|vm| gibibytes(&vm.memory).is_some_and(|gib| gib >= LEAST_MEMORY_GIB)),
        example: "fly.toml",
        break_it: |fly| fly.vm[0].memory = "512mb".into(),
    },
    Rule {
        says: "the Dockerfile named is there, seen from the file's own folder",
        holds: |fly| fly.build.dockerfile == if fly.is_sqlite() { "Dockerfile" } else { "../Dockerfile" },
        example: "deploy/fly.postgres.toml",
        break_it: |fly| fly.build.dockerfile = "Dockerfile".into(),
    },
];

fn faults(fly: &Fly) -> Vec<&'static str> {
    RULES.iter().filter(|rule| !(rule.holds)(fly)).map(|rule| rule.says).collect()
}

#[test]
fn every_fly_file_keeps_every_rule() {
    for path in SQLITE.into_iter().chain(POSTGRES) {
        assert_eq!(faults(&read(path)), Vec::<&str>::new(), "{path}");
    }
}

#[test]
fn every_rule_refuses_its_broken_example_and_no_other_rule_does() {
    for rule in RULES {
        let mut broken = read(rule.example);
        (rule.break_it)(&mut broken);
        assert_eq!(faults(&broken), [rule.says]);
    }
}

#[test]
fn a_misspelt_key_is_refused() {
    let misspelt = text("fly.toml").replace("min_machines_running", "min_machine_running");
    assert!(toml::from_str::<Fly>(&misspelt).is_err());
}

#[test]
fn each_pair_is_for_its_own_engine() {
    assert!(SQLITE.iter().all(|path| read(path).is_sqlite()));
    assert!(!POSTGRES.iter().any(|path| read(path).is_sqlite()));
}

#[test]
fn staging_is_production_but_for_its_name_and_environment() {
    for [production, staging] in [SQLITE, POSTGRES] {
        let (production, mut staging) = (read(production), read(staging));
        assert_eq!(production.env("APP_ENV"), "production");
        assert_eq!(staging.env("APP_ENV"), "staging");
        assert_ne!(production.app, staging.app);
        staging.app.clone_from(&production.app);
        staging.env.clone_from(&production.env);
        assert_eq!(staging, production);
    }
}
