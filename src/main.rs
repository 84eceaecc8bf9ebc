//! Copies the environment, adds a file of variables before any thread exists, calls the library and ends with its code.

use r53mon::cli::{self, Cli};
use r53mon::config::environment::Environment;

#[expect(clippy::disallowed_methods, reason = "this is the one way out")]
fn main() {
    let mut environment = of_process();
    let asked = cli::asked(std::env::args_os().map(|it| it.to_string_lossy().into_owned()));
    r53mon::app::speak(asked, &environment);
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(code) => {
            r53mon::app::tell_if_not_korean(asked, &environment);
            std::process::exit(code.into())
        }
    };
    if let Some(args) = cli.command.reads_settings() {
        environment.add_file(args.env_file.as_deref());
    }
    // The AWS SDK and what it starts look at the process itself. It ends inside, since the old variables must not come
    // back while a thread may still be there.
    temp_env::with_vars(environment.changes(), || {
        std::process::exit(r53mon::app::run(cli, &environment) as i32)
    });
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one door to the environment"
)]
fn of_process() -> Environment {
    Environment::of_process(std::env::vars_os())
}
