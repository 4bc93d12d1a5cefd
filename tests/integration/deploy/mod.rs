//! The deployment files: do they fit the service, each other, and what Fly and Docker do with them?

mod fly;
mod image;
mod programs;
mod rules;

use std::fs;
use std::path::Path;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
