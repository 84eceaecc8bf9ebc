//! Flags and subcommands as they are typed, and their help. Nothing is checked here beyond the shape of the line:
//! values stay text and are judged together with those of the other sources in `config/check.rs`.

#![expect(
    clippy::doc_markdown,
    reason = "the comments on options are the help text, where backticks would be noise"
)]

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Watches whether Route 53's own name servers really hand out the weighted split that is configured.
#[derive(Debug, Parser)]
#[command(
    name = "r53mon",
    version,
    about,
    args_override_self = true,
    after_help = "Try `r53mon demo` first: it needs no account and no network.",
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure a weighted record and show it live (dashboard on a terminal, else text or JSON)
    #[command(after_help = EXIT_CODES)]
    Watch(Box<WatchArgs>),
    /// Measure until the first verdict: exit code 0 match, 3 mismatch, 4 undecided when the time is up, 5 cannot measure
    #[command(after_help = EXIT_CODES)]
    Check(Box<WatchArgs>),
    /// Check settings, credentials, permissions, zone, record, name servers and endpoint
    #[command(long_about = ABOUT_DOCTOR, after_help = DOCTOR_EXIT_CODES)]
    Doctor(Box<WatchArgs>),
    /// Watch a simulated Route 53 on this machine: no account, no network
    Demo(Box<DemoArgs>),
    /// Say before anything runs how long a match takes, and how soon typical faults would be found
    #[command(after_help = PLAN_EXAMPLE)]
    Plan(Box<PlanArgs>),
    /// Show the effective settings, or print a commented template
    Config {
        /// What to do with the settings.
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff)
    Man,
}

/// What `config` can do.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Print every effective setting and where it comes from
    Show(Box<WatchArgs>),
    /// Print a commented r53mon.toml to standard output
    Init,
}

/// What `watch` takes.
#[derive(Args, Debug, Default)]
pub struct WatchArgs {
    /// What is measured.
    #[command(flatten)]
    pub target: TargetArgs,
    /// How it is measured and shown.
    #[command(flatten)]
    pub measure: MeasureArgs,
    /// Settings file; a named file has to exist [default: ./r53mon.toml if there is one]
    #[arg(short, long, value_name = "PATH", help_heading = FILES)]
    pub config: Option<PathBuf>,
    /// File of environment variables; a named file has to exist [default: ./.env if there is one]
    #[arg(long, value_name = "PATH", help_heading = FILES)]
    pub env_file: Option<PathBuf>,
}

/// What is measured, and with whose help.
#[derive(Args, Debug, Default)]
pub struct TargetArgs {
    /// URL that the record serves, http or https [env: R53MON_ENDPOINT] (required)
    #[arg(short, long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Id of the hosted zone, with or without /hostedzone/ [env: R53MON_HOSTED_ZONE_ID] (required)
    #[arg(short, long, value_name = "ID")]
    pub zone_id: Option<String>,
    /// Name of the weighted record [env: R53MON_RECORD_NAME] [default: host of the endpoint]
    #[arg(short, long, value_name = "NAME")]
    pub record_name: Option<String>,
    /// A, AAAA or CNAME [env: R53MON_RECORD_TYPE] [default: the weighted type found, in this order]
    #[arg(long, value_name = "TYPE")]
    pub record_type: Option<String>,
    /// Address of a name server to ask, IP or IP:PORT; repeat for several [env: R53MON_NAMESERVERS, with commas]
    /// [default: the zone's delegation set]
    #[arg(short, long = "nameserver", value_name = "IP[:PORT]")]
    pub nameservers: Vec<String>,
    /// Resolver for the names of name servers and alias targets, IP or IP:PORT [env: R53MON_RESOLVER]
    /// [default: the system's]
    #[arg(long, value_name = "IP[:PORT]")]
    pub resolver: Option<String>,
    /// AWS profile [env: AWS_PROFILE] [default: the AWS credential chain]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Do not verify certificates of the endpoint [env: R53MON_INSECURE] [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub insecure: Option<String>,
}

/// How it is measured and shown; `demo` takes these too.
#[derive(Args, Debug, Default)]
pub struct MeasureArgs {
    /// DNS queries a second, 1 to 100 [env: R53MON_TPS] [default: 10; demo: 20]
    #[arg(short, long, value_name = "N", allow_hyphen_values = true)]
    pub tps: Option<String>,
    /// Measure DNS only, make no HTTP requests [env: R53MON_NO_HTTP] [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub no_http: Option<String>,
    /// Longest time for one HTTP request [env: R53MON_HTTP_TIMEOUT] [default: 5s]
    #[arg(long, value_name = "DUR")]
    pub http_timeout: Option<String>,
    /// How often the configuration is read again, 5s or more [env: R53MON_POLL_INTERVAL] [default: 30s; demo: 5s]
    #[arg(long, value_name = "DUR")]
    pub poll_interval: Option<String>,
    /// How near the declared share counts as a match, in percentage points, up to 50 [env: R53MON_TOLERANCE]
    /// [default: 5]
    #[arg(long, value_name = "PCT", allow_hyphen_values = true)]
    pub tolerance: Option<String>,
    /// How sure a verdict has to be, in percent, 80 to 99.99 [env: R53MON_CONFIDENCE] [default: 99]
    #[arg(long, value_name = "PCT", allow_hyphen_values = true)]
    pub confidence: Option<String>,
    /// Say after the statistics which rule gave the verdict and what would change it [env: R53MON_EXPLAIN]
    /// [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub explain: Option<String>,
    /// End after this time, such as 90s or 10m [env: R53MON_DURATION] [default: none; check: 5m]
    #[arg(short, long, value_name = "DUR")]
    pub duration: Option<String>,
    /// auto, text, json or ndjson [env: R53MON_OUTPUT] [default: auto, a dashboard on a terminal, else text]
    #[arg(short, long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub output: Option<String>,
    /// auto, always or never [env: NO_COLOR, CLICOLOR_FORCE] [default: auto]
    #[arg(long, value_name = "WHEN", help_heading = OUTPUT)]
    pub color: Option<String>,
    /// Write a log to this file [env: R53MON_LOG_FILE] [default: stderr without a dashboard, else no log]
    #[arg(long, value_name = "PATH", help_heading = OUTPUT)]
    pub log_file: Option<String>,
    /// error, warn, info, debug or trace [env: R53MON_LOG_LEVEL] [default: warn on stderr, info in a file]
    #[arg(long, value_name = "LEVEL", help_heading = OUTPUT)]
    pub log_level: Option<String>,
    /// text or json [env: R53MON_LOG_FORMAT] [default: text]
    #[arg(long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub log_format: Option<String>,
}

/// What `demo` takes.
#[derive(Args, Debug, Default)]
pub struct DemoArgs {
    /// Which story to play; --list shows them [default: cutover]
    #[arg(value_name = "STORY", conflicts_with = "story_file")]
    pub story: Option<String>,
    /// List the stories with a sentence each
    #[arg(long)]
    pub list: bool,
    /// Play a story of one's own, a TOML file
    #[arg(long, value_name = "PATH")]
    pub story_file: Option<PathBuf>,
    /// Play the story this many times as fast, 0.1 to 1000 [default: 1]
    #[arg(long, value_name = "FACTOR", allow_hyphen_values = true)]
    pub speed: Option<String>,
    /// Seed of the simulated picks [default: that of the story]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub seed: Option<String>,
    /// Keep the simulated world up without watching it, and print what points other programs at it
    #[arg(long)]
    pub serve: bool,
    /// How it is measured and shown.
    #[command(flatten)]
    pub measure: MeasureArgs,
    /// Fails on purpose in the named place, to prove that the terminal survives it.
    #[arg(long, hide = true, value_name = "PLACE", value_parser = ["dashboard", "probe", "observer"])]
    pub panic_in: Option<String>,
}

/// What `plan` takes.
#[derive(Args, Debug, Default)]
pub struct PlanArgs {
    /// Weights of the sets, 0 to 255 each, with commas between them
    #[arg(short, long, value_name = "N,N,..", allow_hyphen_values = true)]
    pub weights: String,
    /// How near the declared share counts as a match, in percentage points, up to 50 [default: 5]
    #[arg(long, value_name = "PCT", allow_hyphen_values = true)]
    pub tolerance: Option<String>,
    /// How sure a verdict has to be, in percent, 80 to 99.99 [default: 99]
    #[arg(long, value_name = "PCT", allow_hyphen_values = true)]
    pub confidence: Option<String>,
    /// DNS queries a second, 1 to 100 [default: 10]
    #[arg(short, long, value_name = "N", allow_hyphen_values = true)]
    pub tps: Option<String>,
    /// text or json [default: text]
    #[arg(short, long, value_name = "FORMAT")]
    pub output: Option<String>,
}

const PLAN_EXAMPLE: &str = "\
Example: r53mon plan --weights 90,10 --tolerance 2 --tps 100
It reads no settings but these and asks nobody. Four name servers are assumed.";

const FILES: &str = "Files";
const OUTPUT: &str = "Output";

const EXIT_CODES: &str = "\
Exit codes:
  0    check: a match; watch: ended by its user (key, --duration)
  1    unexpected failure: please report it
  2    usage or settings
  3    check: a mismatch is established
  4    check: undecided when the time was up
  5    could not measure: credentials, permission, zone, record, name servers
  129, 130, 143  ended by SIGHUP, SIGINT, SIGTERM; the statistics are still printed";

const ABOUT_DOCTOR: &str = "\
Check settings, credentials, permissions, zone, record, name servers and endpoint

Says in one line for each check whether all is well (ok), whether something has to be known (warning), or whether \
measuring is impossible (failed), with cause and cure. The checks run side by side, none longer than 5 s, all together \
no longer than 10 s; only reading calls are made. `watch` runs the same checks: what fails before the start ends it, and \
warnings stand in its views. With --output json the result is one object of schema r53mon.doctor/1.";

const DOCTOR_EXIT_CODES: &str = "\
Exit codes:
  0    nothing failed; there may be warnings
  1    unexpected failure: please report it
  2    usage or settings
  5    a check failed
  129, 130, 143  ended by SIGHUP, SIGINT, SIGTERM";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_switch_takes_a_value_only_after_an_equals_sign() {
        let parse = |line: &[&str]| match Cli::try_parse_from(line).expect("parses").command {
            Command::Watch(args) => args.measure.no_http,
            _ => None,
        };
        assert_eq!(
            parse(&["r53mon", "watch", "--no-http"]).as_deref(),
            Some("true")
        );
        assert_eq!(
            parse(&["r53mon", "watch", "--no-http=off"]).as_deref(),
            Some("off")
        );
        assert_eq!(parse(&["r53mon", "watch"]), None);
        assert!(Cli::try_parse_from(["r53mon", "watch", "--no-http", "off"]).is_err());
    }
}
