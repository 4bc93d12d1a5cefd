//! The shape of the code, checked: which room may use which, which room alone names a crate, how a file begins.
//!
//! The tables below are the map; a change of direction is a change here, in sight of whoever reviews it. Every rule
//! carries an example that breaks it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("telemetry", &["domain"]),
    ("texts", &["domain"]),
    ("ocr", &[]),
    ("media", &["domain", "telemetry", "ocr"]),
    ("ingredients", &["domain", "texts"]),
    ("providers", &["domain", "telemetry"]),
    ("tokens", &["domain", "telemetry"]),
    ("experiment", &["domain"]),
    ("store", &["domain", "telemetry"]),
    ("pipeline", &["domain", "telemetry", "media", "ingredients", "providers", "experiment", "store"]),
    ("jobs", &["pipeline", "ingredients", "store", "experiment", "domain", "telemetry"]),
    // The errors of every step become codes in `http/error.rs`, so http sees their types; it calls none of those rooms.
    (
        "http",
        &[
            "pipeline",
            "store",
            "experiment",
            "ingredients",
            "texts",
            "domain",
            "telemetry",
            "media",
            "providers",
            "tokens",
        ],
    ),
    (
        "app",
        &[
            "domain",
            "telemetry",
            "ocr",
            "media",
            "ingredients",
            "providers",
            "experiment",
            "store",
            "pipeline",
            "jobs",
            "http",
            "tokens",
        ],
    ),
    ("stub", &[]),
    ("plot", &[]),
    (
        "cli",
        &[
            "app",
            "domain",
            "telemetry",
            "media",
            "ingredients",
            "experiment",
            "store",
            "pipeline",
            "http",
            "plot",
            "stub",
        ],
    ),
];

/// Uses that only one file of a room may make.
const NARROW: &[(&str, &str, &str)] =
    &[("http", "media", "src/http/error.rs"), ("http", "providers", "src/http/error.rs")];

/// Each guarded crate and the only room that names it.
const GUARDED: &[(&str, &str)] = &[
    ("opentelemetry", "telemetry"),
    ("opentelemetry_sdk", "telemetry"),
    ("opentelemetry_prometheus", "telemetry"),
    ("opentelemetry_otlp", "telemetry"),
    ("tracing_opentelemetry", "telemetry"),
    ("tracing_appender", "telemetry"),
    ("sentry", "telemetry"),
    ("prometheus", "telemetry"),
    ("procfs", "telemetry"),
    ("tracing_subscriber", "telemetry"),
    ("json_subscriber", "telemetry"),
    ("fluent_bundle", "texts"),
    ("unic_langid", "texts"),
    ("tesseract", "ocr"),
    ("ffmpeg_next", "media"),
    ("image", "media"),
    ("jpeg_decoder", "media"),
    ("rlimit", "media"),
    ("seccompiler", "media"),
    ("landlock", "media"),
    ("libc", "media"),
    ("webp", "media"),
    ("reqwest", "providers"),
    ("rustls", "providers"),
    ("jsonwebtoken", "tokens"),
    ("moka", "pipeline"),
    ("redis", "pipeline"),
    ("sqlx", "store"),
    ("actix_web", "http"),
    ("actix_multipart", "http"),
    ("actix_cors", "http"),
    ("utoipa_swagger_ui", "http"),
    ("clap", "cli"),
    ("indicatif", "cli"),
    ("plotters", "plot"),
];

/// What is sent to Sentry goes by the client and the TLS stack that the providers brought. The keys that tokens are
/// checked with are fetched from their issuer, who is no provider. The server's handle is what `app` holds to stop it; the
/// stand-in for the vendors is a server of its own.
const GUARD_EXCEPTIONS: &[(&str, &str)] = &[
    ("reqwest", "src/telemetry/reports.rs"),
    ("rustls", "src/telemetry/mod.rs"),
    ("reqwest", "src/tokens/jwks.rs"),
    ("rustls", "src/tokens/jwks.rs"),
    ("actix_web", "src/app/mod.rs"),
    ("actix_web", "src/stub/dial.rs"),
    ("actix_web", "src/stub/mod.rs"),
    ("actix_web", "src/stub/reply.rs"),
];

/// Where `unsafe` may stand.
const UNSAFE: &[&str] = &["src/media/ffmpeg", "src/media/heif", "src/media/worker/confine"];

/// Lines before the tests of a file above which it is named.
const LONG: usize = 400;

/// What is wrong with the file at `path`, a line each.
fn faults(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.starts_with("//! ") {
        faults.push(format!("{path}: does not open with a `//!` line that says what it is for"));
    }
    let Some(room) = room_of(path) else { return faults };
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        faults.push(format!("{path}: the room `{room}` is not on the map"));
        return faults;
    };
    let code = without_comments(text);
    let line_of = |at: usize| code[..at].lines().count().max(1);
    for (at, used) in rooms_used(&code).into_iter().filter(|(_, used)| *used != room && is_room(used)) {
        let narrow = NARROW.iter().find(|(from, to, _)| *from == room && *to == used);
        if !allowed.contains(&used) || narrow.is_some_and(|(_, _, only)| *only != path) {
            faults.push(format!("{path}:{}: `{room}` may not use `{used}`", line_of(at)));
        }
    }
    for (name, home) in GUARDED.iter().filter(|(_, home)| *home != room) {
        let settings = *name == "clap" && path.ends_with("/config.rs");
        let excepted = settings || GUARD_EXCEPTIONS.contains(&(*name, path));
        for at in crate_named(&code, name).into_iter().filter(|_| !excepted) {
            faults.push(format!("{path}:{}: only `{home}` may name `{name}`", line_of(at)));
        }
    }
    if !UNSAFE.iter().any(|place| path.starts_with(place)) {
        for (at, _) in code.match_indices("unsafe ") {
            faults.push(format!("{path}:{}: `unsafe` outside {UNSAFE:?}", line_of(at)));
        }
    }
    faults
}

/// The text with everything after `//` blanked, lines kept.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect()
}

/// `src/room/file.rs` is in `room`; `src/lib.rs` is in none.
fn room_of(path: &str) -> Option<&str> {
    let (room, _) = path.strip_prefix("src/")?.split_once('/')?;
    Some(room)
}

fn is_room(name: &str) -> bool {
    ROOMS.iter().any(|(room, _)| *room == name)
}

/// Where `crate::` stands, and the first names after it, those in braces included.
fn rooms_used(code: &str) -> Vec<(usize, &str)> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let after = &code[at + "crate::".len()..];
        match after.strip_prefix('{') {
            None => used.push((at, name_at_start(after))),
            Some(group) => used.extend(members(group).into_iter().map(|member| (at, name_at_start(member)))),
        }
    }
    used
}

/// The members of the group that `text` begins within, up to its closing brace.
fn members(text: &str) -> Vec<&str> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                members.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        if character == '}' && depth == 0 && start == at + 1 {
            break;
        }
    }
    members
}

fn name_at_start(text: &str) -> &str {
    text.split(|character: char| !is_of_name(character)).next().unwrap_or_default()
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Where a path that begins with the crate `name` stands.
fn crate_named(code: &str, name: &str) -> Vec<usize> {
    let path = format!("{name}::");
    let begins = |at: usize| {
        code[..at].chars().next_back().is_none_or(|before| !is_of_name(before) && !matches!(before, ':' | '"' | '.'))
    };
    code.match_indices(&path).map(|(at, _)| at).filter(|at| begins(*at)).collect()
}

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn each_source(mut see: impl FnMut(&str, &str)) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    ["src", "tests", "benches"]
        .iter()
        .filter(|name| root.join(name).is_dir())
        .for_each(|name| rust_files(&root.join(name), &mut files));
    for file in &files {
        see(file.strip_prefix(root).unwrap().to_str().unwrap(), &fs::read_to_string(file).unwrap());
    }
    files.len()
}

#[test]
fn the_code_keeps_to_the_map() {
    let mut all = Vec::new();
    let seen = each_source(|path, text| all.extend(faults(path, text)));
    assert!(seen > 50, "only {seen} files were looked at");
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
#[expect(clippy::print_stderr, reason = "a warning, not a failure")]
fn long_files_are_named() {
    each_source(|path, text| {
        if let Some(lines) = too_long(path, text) {
            eprintln!("warning: {path} has {lines} lines before its tests");
        }
    });
    assert_eq!(too_long("src/a/b.rs", &"x\n".repeat(401)), Some(401));
    assert_eq!(too_long("src/a/b.rs", &format!("{}#[cfg(test)]\n{}", "x\n".repeat(9), "x\n".repeat(500))), None);
}

/// How many lines stand before the tests of a source file, where they are too many.
fn too_long(path: &str, text: &str) -> Option<usize> {
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
    (path.starts_with("src/") && lines > LONG).then_some(lines)
}

#[test]
fn a_file_without_a_header_breaks_the_rule() {
    assert_eq!(faults("src/lib.rs", "pub mod x;\n").len(), 1);
    assert_eq!(faults("tests/tidy.rs", "// no\n").len(), 1);
}

#[test]
fn a_room_off_the_map_breaks_the_rule() {
    assert_eq!(faults("src/util/mod.rs", "//! x\n").len(), 1);
}

#[test]
fn a_forbidden_direction_breaks_the_rule() {
    assert_eq!(faults("src/domain/a.rs", "//! x\nuse crate::store::Store;\n").len(), 1);
    assert_eq!(faults("src/media/a.rs", "//! x\nuse crate::{domain::{A, B}, providers};\n").len(), 1);
    assert_eq!(faults("src/store/a.rs", "//! x\nlet a = crate::pipeline::Clock::System;\n").len(), 1);
    assert_eq!(faults("src/http/mod.rs", "//! x\nuse crate::media::Pool;\n").len(), 1);
    assert_eq!(faults("src/media/a.rs", "//! x\nuse crate::{\n    domain::{A},\n    store,\n};\n").len(), 1);
    assert_eq!(faults("src/media/a.rs", "//! x\nuse crate::{domain, ocr};\n"), Vec::<String>::new());
}

#[test]
fn a_guarded_crate_outside_its_room_breaks_the_rule() {
    for (name, home) in GUARDED {
        let text = format!("//! x\nuse {name}::Thing;\n");
        let stranger = if *home == "store" { "src/jobs/a.rs" } else { "src/store/a.rs" };
        assert_eq!(faults(stranger, &text).len(), 1, "{name}: {:?}", faults(stranger, &text));
        assert_eq!(faults(&format!("src/{home}/a.rs"), &text), Vec::<String>::new(), "{name}");
    }
    assert_eq!(faults("src/pipeline/config.rs", "//! x\nuse clap::Args;\n"), Vec::<String>::new());
    assert_eq!(faults("src/http/a.rs", "//! x\nlet a = self.image::<u8>();\n"), Vec::<String>::new());
}

#[test]
fn unsafe_outside_its_places_breaks_the_rule() {
    assert_eq!(faults("src/http/a.rs", "//! x\nunsafe { f() }\n").len(), 1);
    assert_eq!(faults("src/media/ffmpeg/a.rs", "//! x\nunsafe { f() }\n"), Vec::<String>::new());
}
