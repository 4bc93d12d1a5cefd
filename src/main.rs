//! The program.

use std::process::ExitCode;

fn main() -> ExitCode {
    koalens_backend::cli::main()
}
