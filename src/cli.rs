//! Flags and subcommands as they are typed, and their help. The flags of settings come from the table in
//! `config/keys.rs`. Nothing is checked here beyond the shape of the line: values stay text and are judged together with
//! those of the other sources in `config/check.rs`.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{
    Arg, ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand,
    ValueEnum, ValueHint,
};

use crate::config::check::{Problems, as_shown};
use crate::config::keys::{Key, Kind, Taker};
use crate::config::raw::{Layer, Source};

/// Watches whether Route 53's own name servers really hand out the weighted split that is configured.
#[derive(Debug, Parser)]
#[command(
    name = "r53mon",
    version,
    about,
    args_override_self = true,
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
    Watch(Box<WatchArgs>),
    /// Measure until the first verdict or --until: exit code 0 match, 3 mismatch or gate, 4 undecided when the time is up, 5 cannot measure
    Check(Box<WatchArgs>),
    /// Check settings, credentials, permissions, zone, record, name servers and endpoint
    #[command(long_about = ABOUT_DOCTOR)]
    Doctor(Box<WatchArgs>),
    /// Watch a simulated Route 53 on this machine: no account, no network
    Demo(Box<DemoArgs>),
    /// Say before anything runs how long a match takes, and how soon typical faults would be found
    #[command(long_about = ABOUT_PLAN)]
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
    /// Print the manual page (roff) of the program or of one of its commands
    Man {
        /// Which command, as it is typed [default: the program]
        #[arg(value_name = "COMMAND", num_args = 0..)]
        command: Vec<String>,
    },
}

/// What `config` can do.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Print every effective setting and where it comes from
    Show(Box<WatchArgs>),
    /// Print a commented r53mon.toml to standard output
    Init,
}

impl Cli {
    /// Reads the line that was typed.
    ///
    /// # Errors
    /// The exit code, when the help was wanted or the line makes no sense. What there is to say has been said, without the
    /// secrets in what is quoted of the line, and with what a terminal would obey in it made visible.
    pub fn read() -> Result<Self, u8> {
        let parsed = command().try_get_matches();
        let error = match parsed.and_then(|matches| Self::from_arg_matches(&matches)) {
            Ok(cli) => return Ok(cli),
            Err(error) => error,
        };
        let quotes = error.render().to_string();
        let shown = std::env::args().fold(quotes.clone(), |text, argument| {
            match as_shown(&Kind::Url, &argument) {
                Cow::Owned(shown) if argument.contains(['@', '?']) => {
                    text.replace(&argument, &shown)
                }
                _ => text,
            }
        });
        let visible = |text: &str| Problems(vec![text.to_owned()]).to_string();
        let mut arguments = std::env::args_os();
        let is_odd = arguments.any(|argument| {
            let argument = argument.to_string_lossy();
            visible(&argument) != argument
        });
        // Nobody is left to tell when it cannot be written.
        let _ = if error.use_stderr() && is_odd {
            writeln!(io::stderr(), "{}", visible(&shown))
        } else if shown == quotes {
            error.print()
        } else {
            write!(io::stderr(), "{shown}")
        };
        Err(u8::try_from(error.exit_code()).unwrap_or(1))
    }
}

impl Command {
    /// What the command says about files of settings and variables; `None`: it reads neither, and nobody's production
    /// settings leak into it.
    pub fn reads_settings(&self) -> Option<&WatchArgs> {
        match self {
            Self::Watch(args)
            | Self::Check(args)
            | Self::Doctor(args)
            | Self::Config {
                action: ConfigAction::Show(args),
            } => Some(args),
            Self::Demo(_)
            | Self::Plan(_)
            | Self::Config {
                action: ConfigAction::Init,
            }
            | Self::Completions { .. }
            | Self::Man { .. } => None,
        }
    }
}

/// What `watch` takes.
#[derive(Args, Debug)]
pub struct WatchArgs {
    /// What is measured, how, and how it is shown.
    #[command(flatten)]
    pub flags: Flags<{ Taker::Watch as usize }>,
    /// Settings file; a named file has to exist [default: ./r53mon.toml if there is one]
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::FilePath, help_heading = FILES)]
    pub config: Option<PathBuf>,
    /// File of environment variables; a named file has to exist [default: ./.env if there is one]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath, help_heading = FILES)]
    pub env_file: Option<PathBuf>,
}

/// The flags of all settings that a command takes (its place in [`Taker::ALL`]), as the topmost source of settings.
#[derive(Clone, Debug)]
pub struct Flags<const TAKER: usize>(pub Layer);

impl<const TAKER: usize> Args for Flags<TAKER> {
    fn augment_args(command: clap::Command) -> clap::Command {
        let taker = Taker::ALL[TAKER];
        command.args(taker.keys().map(|key| flag(key, taker)))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl<const TAKER: usize> FromArgMatches for Flags<TAKER> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut layer = Layer::new(Source::CommandLine);
        for key in Taker::ALL[TAKER].keys() {
            if let Some(values) = matches.get_many::<String>(key.toml) {
                let values: Vec<&str> = values.map(String::as_str).collect();
                layer.set(
                    key.toml,
                    values.join(key.kind.separator().unwrap_or_default()),
                );
            }
        }
        Ok(Self(layer))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The flag of a setting.
fn flag(key: &'static Key, taker: Taker) -> Arg {
    let flag = Arg::new(key.toml)
        .long(key.flag)
        .short(key.short)
        .value_name(key.kind.placeholder())
        .help(help(key, taker, false))
        .long_help(help(key, taker, true))
        .hide_short_help(key.is_rare)
        .hide_possible_values(true)
        .help_heading(key.heading)
        .allow_hyphen_values(key.kind.is_number() || matches!(key.kind, Kind::Duration(..)));
    match &key.kind {
        Kind::Word(_, words) => flag.value_parser(Offered(words())),
        Kind::Text("PATH", _) => flag.value_hint(ValueHint::FilePath),
        Kind::Url => flag.value_hint(ValueHint::Url),
        Kind::Switch => flag
            .value_parser(Offered(vec!["true", "false"]))
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        kind if kind.separator().is_some() => flag.action(ArgAction::Append),
        _ => flag,
    }
}

/// Words that the shell offers. Others are taken here too: what is wrong with a value is said together with what is wrong
/// with those of the other sources.
#[derive(Clone, Debug)]
pub struct Offered(pub Vec<&'static str>);

impl TypedValueParser for Offered {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

/// The sentence of a flag's help, with the default; the long one with the variables that say the same.
fn help(key: &Key, taker: Taker, is_long: bool) -> String {
    let reads_ours = matches!(taker, Taker::Watch | Taker::Check);
    let variables = match key.foreign {
        _ if !is_long => String::new(),
        [] if !reads_ours => String::new(),
        _ => format!(" [env: {}]", key.variables().join(", ")),
    };
    let help = key.about() + &variables;
    let fallback = match (key.is_required(), reads_ours) {
        (true, _) => return help + " (required)",
        (false, true) if is_long => key.fallbacks(),
        _ => key.fallback(taker),
    };
    help + &format!(" [default: {fallback}]")
}

/// What `demo` takes.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Which story to play; --list shows them [default: cutover]
    #[arg(value_name = "STORY", conflicts_with = "story_file")]
    pub story: Option<String>,
    /// List the stories with a sentence each
    #[arg(long)]
    pub list: bool,
    /// Print a story with all that one can say, as a template for one's own
    #[arg(long)]
    pub story_template: bool,
    /// Play a story of one's own, a TOML file
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub story_file: Option<PathBuf>,
    /// Play the story this many times as fast, 0.1 to 1000 [default: 1]
    #[arg(long, value_name = "FACTOR", allow_hyphen_values = true)]
    pub speed: Option<String>,
    /// Seed of the simulated picks [default: that of the story]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub seed: Option<String>,
    /// Settings file whose stages, gates and other settings hold here too; none is read that is not named
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Keep the simulated world up without watching it, and print what points other programs at it
    #[arg(long, long_help = SERVE)]
    pub serve: bool,
    /// How it is measured and shown.
    #[command(flatten)]
    pub flags: Flags<{ Taker::Demo as usize }>,
    /// Fails on purpose in the named place, to prove that the terminal survives it.
    #[arg(long, hide = true, value_name = "PLACE")]
    pub panic_in: Option<PanicPlace>,
}

/// Where the demo can be made to fail on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PanicPlace {
    /// While a frame is drawn.
    Dashboard,
    /// In a task beside the queries.
    Probe,
    /// While the observer looks.
    Observer,
    /// When the observer looks for the last time.
    LastLook,
}

/// What `plan` takes.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// Weights of the sets, 0 to 255 each, with commas between them
    #[arg(short, long, value_name = "N,N,..", allow_hyphen_values = true)]
    pub weights: String,
    /// What it reckons with.
    #[command(flatten)]
    pub flags: Flags<{ Taker::Plan as usize }>,
    /// text or json [default: text]
    #[arg(short, long, value_name = "FORMAT", value_parser = Offered(vec!["text", "json"]), hide_possible_values = true)]
    pub output: Option<String>,
}

/// What the end of a command's help and its manual page say besides.
#[derive(Clone, Copy, Debug)]
pub struct Guide {
    /// The command, as it is typed after the name of the program; the program itself has none.
    pub command: &'static str,
    /// Lines to type, and what they do.
    pub examples: [(&'static str, &'static str); 2],
    /// What the long help and the page say besides, line by line.
    pub notes: &'static str,
    /// Its exit codes, where they are special.
    pub exit_codes: &'static [(&'static str, &'static str)],
}

/// The guides of the program and of all its commands.
pub const GUIDES: &[Guide] = &[
    Guide {
        command: "",
        examples: [
            (
                "r53mon demo",
                "Try it: no account and no network are needed.",
            ),
            (
                "r53mon watch -e https://app.example.com -z ZXXXXXXXXXX",
                "Watch a weighted record of your own.",
            ),
        ],
        notes: "",
        exit_codes: EXIT_CODES,
    },
    Guide {
        command: "watch",
        examples: [
            (
                "r53mon watch -e https://app.example.com -z ZXXXXXXXXXX",
                "Show live whether the name servers serve the declared split.",
            ),
            (
                "r53mon watch -e https://app.example.com -z ZXXXXXXXXXX --tps 100 --no-http -o ndjson > run.ndjson",
                "Only DNS, a hundred queries a second, each event as a line of JSON.",
            ),
        ],
        notes: "",
        exit_codes: EXIT_CODES,
    },
    Guide {
        command: "check",
        examples: [
            (
                "r53mon check -e https://app.example.com -z ZXXXXXXXXXX --output json > report.json",
                "Let a pipeline go on only when the declared split is served.",
            ),
            (
                "r53mon check -e https://app.example.com -z ZXXXXXXXXXX --change-id C2682N5HXP0BZ4 --duration 10m",
                "The same right after a change, of which the API has told the id.",
            ),
        ],
        notes: "",
        exit_codes: EXIT_CODES,
    },
    Guide {
        command: "doctor",
        examples: [
            (
                "r53mon doctor -e https://app.example.com -z ZXXXXXXXXXX",
                "Find out what keeps a run from measuring.",
            ),
            (
                "r53mon doctor --profile production --output json",
                "The same as JSON, with what a settings file says and the credentials of a profile.",
            ),
        ],
        notes: "",
        exit_codes: DOCTOR_EXIT_CODES,
    },
    Guide {
        command: "demo",
        examples: [
            (
                "r53mon demo stale-server",
                "Watch a name server that keeps the old weights.",
            ),
            (
                "r53mon demo --story-template > mine.toml && r53mon demo --story-file mine.toml --speed 4",
                "Play a story of one's own, four times as fast.",
            ),
        ],
        notes: REHEARSAL,
        exit_codes: EXIT_CODES,
    },
    Guide {
        command: "plan",
        examples: [
            (
                "r53mon plan --weights 90,10",
                "How long a match takes with the defaults.",
            ),
            (
                "r53mon plan --weights 90,10 --tolerance 2 --tps 100",
                "The same, nearer and faster.",
            ),
        ],
        notes: "",
        exit_codes: &[],
    },
    Guide {
        command: "config",
        examples: [
            (
                "r53mon config show",
                "See every setting and where it comes from.",
            ),
            ("r53mon config init > r53mon.toml", "Begin a settings file."),
        ],
        notes: "",
        exit_codes: &[],
    },
    Guide {
        command: "config show",
        examples: [
            (
                "r53mon config show",
                "See every setting and where it comes from.",
            ),
            (
                "r53mon config show --config staging.toml --env-file staging.env",
                "The same with files by other names.",
            ),
        ],
        notes: "",
        exit_codes: &[],
    },
    Guide {
        command: "config init",
        examples: [
            ("r53mon config init > r53mon.toml", "Begin a settings file."),
            ("r53mon config init | less", "Read what there is to set."),
        ],
        notes: "",
        exit_codes: &[],
    },
    Guide {
        command: "completions",
        examples: [
            (
                "r53mon completions bash > ~/.local/share/bash-completion/completions/r53mon",
                "For bash with its completion package, from the next shell on.",
            ),
            (
                "r53mon completions zsh > ~/.zfunc/_r53mon",
                "For zsh, where ~/.zfunc stands in fpath before compinit is called.",
            ),
        ],
        notes: "",
        exit_codes: &[],
    },
    Guide {
        command: "man",
        examples: [
            (
                "r53mon man | man -l -",
                "Read the manual page of the program.",
            ),
            (
                "r53mon man watch > ~/.local/share/man/man1/r53mon-watch.1",
                "Keep that of a command where man finds it.",
            ),
        ],
        notes: "",
        exit_codes: &[],
    },
];

impl Guide {
    /// The end of the help, the long one or the short one.
    fn text(&self, is_long: bool) -> String {
        let examples = self.examples.iter();
        let examples = examples.map(|(line, does)| format!("  {line}\n      {does}"));
        let mut text = format!("Examples:\n{}", examples.collect::<Vec<_>>().join("\n"));
        if !is_long {
            let line = ["r53mon", self.command, "--help"];
            let line = line.into_iter().filter(|word| !word.is_empty());
            let line = line.collect::<Vec<_>>().join(" ");
            return text + &format!("\n\nMore, with exit codes and variables: {line}");
        }
        if !self.notes.is_empty() {
            text.extend(["\n\n", self.notes]);
        }
        let codes = self.exit_codes.iter();
        let codes = codes.map(|(code, means)| format!("\n  {code}  {means}"));
        let title = match self.exit_codes {
            [] => "",
            _ => "\n\nExit codes:",
        };
        text.extend([title.to_owned()].into_iter().chain(codes));
        text
    }
}

/// The command line with everything that its help says.
pub fn command() -> clap::Command {
    GUIDES.iter().fold(Cli::command(), |command, guide| {
        guided(command, guide, &mut guide.command.split_whitespace())
    })
}

/// Gives a guide to the command that the words lead to.
fn guided<'a>(
    command: clap::Command,
    guide: &Guide,
    words: &mut impl Iterator<Item = &'a str>,
) -> clap::Command {
    match words.next() {
        Some(word) => command.mut_subcommand(word, |command| guided(command, guide, words)),
        None => command
            .after_help(guide.text(false))
            .after_long_help(guide.text(true)),
    }
}

const REHEARSAL: &str = "\
Rehearsing a cutover: `r53mon demo rehearsal` waits for what you do from another terminal, with the AWS CLI:
  export AWS_ENDPOINT_URL_ROUTE_53=http://127.0.0.1:53053 AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=R53MONDEMO AWS_SECRET_ACCESS_KEY=r53mon-demo-not-a-secret
  aws route53 change-resource-record-sets --hosted-zone-id Z0DEMO53EXAMPLE --change-batch \\
  '{\"Changes\":[\
{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"app.example.test.\",\"Type\":\"A\",\"SetIdentifier\":\"blue\",\
\"Weight\":50,\"TTL\":60,\"ResourceRecords\":[{\"Value\":\"127.0.0.11\"}]}},\
{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"app.example.test.\",\"Type\":\"A\",\"SetIdentifier\":\"green\",\
\"Weight\":50,\"TTL\":60,\"ResourceRecords\":[{\"Value\":\"127.0.0.12\"}]}}]}'
The dashboard's help (?) then has the command that undoes it, and the key u copies it. Where the port is taken, the screen names another one.";

const FILES: &str = "Files";

const EXIT_CODES: &[(&str, &str)] = &[
    (
        "0",
        "check: a match, or what --until waits for; watch: ended by its user (key, --duration)",
    ),
    ("1", "unexpected failure: please report it"),
    ("2", "usage or settings"),
    (
        "3",
        "check: a mismatch is established, a set fails over HTTP, or a critical gate trips",
    ),
    ("4", "check: undecided when the time was up"),
    (
        "5",
        "could not measure: credentials, permission, zone, record, name servers",
    ),
    (
        "129, 130, 143",
        "ended by SIGHUP, SIGINT, SIGTERM; the statistics are still printed",
    ),
];

/// A line of it can be pasted into a shell, which a test does.
const SERVE: &str = "\
Keep the simulated world up without watching it, and print what points other programs at it

What it prints is a shell script, to paste into another shell. It goes on until it is ended, so here it is read from a file:
  r53mon demo --serve > world.env & until grep -qs '^# Then' world.env; do sleep 0.1; done; . ./world.env";

const ABOUT_PLAN: &str = "\
Say before anything runs how long a match takes, and how soon typical faults would be found

It reads no settings but its flags and asks nobody. Four name servers are assumed.";

const ABOUT_DOCTOR: &str = "\
Check settings, credentials, permissions, zone, record, name servers and endpoint

Says in one line for each check whether all is well (ok), whether something has to be known (warning), or whether \
measuring is impossible (failed), with cause and cure. The checks run side by side, none longer than 5 s, all together \
no longer than 10 s; only reading calls are made. `watch` runs the same checks: what fails before the start ends it, and \
warnings stand in its views. With --output json the result is one object of schema r53mon.doctor/1.";

const DOCTOR_EXIT_CODES: &[(&str, &str)] = &[
    ("0", "nothing failed; there may be warnings"),
    ("1", "unexpected failure: please report it"),
    ("2", "usage or settings"),
    ("5", "a check failed"),
    ("129, 130, 143", "ended by SIGHUP, SIGINT, SIGTERM"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn a_switch_takes_a_value_only_after_an_equals_sign() {
        let parse = |line: &[&str]| match Cli::try_parse_from(line).expect("parses").command {
            Command::Watch(args) => {
                let value = args.flags.0.values.get("no_http");
                value.and_then(|value| value.as_str().map(str::to_owned))
            }
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
