//! Copies the environment, adds a file of variables before any thread exists, calls the library and ends with its code.

use r53mon::cli::Cli;
use r53mon::config::environment::Environment;

#[expect(clippy::disallowed_methods, reason = "this is the one way out")]
fn main() {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(code) => std::process::exit(code.into()),
    };
    let environment = environment(&cli);
    // The AWS SDK and what it starts look at the process itself. It ends inside, since the old variables must not come
    // back while a thread may still be there.
    temp_env::with_vars(environment.changes(), || {
        std::process::exit(r53mon::app::run(cli, &environment) as i32)
    });
}

/// Reads the environment and, for commands that have settings, a file of variables.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one door to the environment"
)]
fn environment(cli: &Cli) -> Environment {
    let mut environment = Environment::of_process(std::env::vars_os());
    if let Some(args) = cli.command.reads_settings() {
        environment.add_file(args.env_file.as_deref());
    }
    environment
}
