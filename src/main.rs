//! Copies the environment, loads `.env` before any thread exists, calls the library and ends with its code.

use std::io::Cursor;
use std::process::ExitCode;

use r53mon::cli::Cli;
use r53mon::config::environment::Environment;

fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(code) => return ExitCode::from(code),
    };
    let environment = environment(&cli);
    ExitCode::from(r53mon::app::run(cli, &environment) as u8)
}

/// Reads the environment, and puts what `.env` adds into the process, where the AWS SDK finds it; only for commands that
/// have settings.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one door to the environment"
)]
fn environment(cli: &Cli) -> Environment {
    let mut environment = Environment::of_process(std::env::vars_os());
    let Some(args) = cli.command.reads_settings() else {
        return environment;
    };
    environment.add_file(args.env_file.as_deref());
    if let Some(file) = &environment.file {
        // The text has been read through once without an error, and what is set already stays.
        let _ = dotenvy::from_read(Cursor::new(file.text.as_bytes()));
    }
    environment
}
