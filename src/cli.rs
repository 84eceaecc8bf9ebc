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

use crate::config::check::{self, Chosen, Problems, as_shown};
use crate::config::keys::{Key, Kind, Taker};
use crate::config::raw::{Layer, Source};
use crate::model::charset::Charset;
use crate::model::language::{self, Both, Language, Phrase, phrase, pick, say};

/// What clap says by itself, in Korean.
mod korean;

/// Watches whether Route 53's own name servers really hand out the weighted split that is configured.
#[derive(Debug, Parser)]
#[command(
    name = "r53mon",
    version,
    about = pick(
        "Watches whether Route 53's own name servers really hand out the weighted split that is configured",
        "Route 53의 네임 서버가 설정된 가중치 비율대로 실제로 응답하는지 지켜본다",
    ),
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
    /// Measures a weighted record.
    #[command(about = pick(
        "Measure a weighted record and show it live (dashboard on a terminal, else text or JSON)",
        "가중치 기반 레코드를 측정해 실시간으로 보여 준다 (터미널이면 대시보드, 아니면 텍스트나 JSON)",
    ))]
    Watch(Box<WatchArgs>),
    /// Measures until the first verdict, or what --until says.
    #[command(about = pick(
        "Measure until the first verdict or --until: exit code 0 match, 3 mismatch or gate, 4 undecided when the time is up, 5 cannot measure",
        "첫 판정이나 --until까지 측정한다: 종료 코드 0 일치, 3 불일치 또는 게이트, 4 시간 안에 미결, 5 측정 불가",
    ))]
    Check(Box<WatchArgs>),
    /// Checks what measuring needs.
    #[command(about = ABOUT_DOCTOR.said(), long_about = more(&ABOUT_DOCTOR, &MORE_ABOUT_DOCTOR))]
    Doctor(Box<WatchArgs>),
    /// Watches a simulated Route 53.
    #[command(about = pick(
        "Watch a simulated Route 53 on this machine: no account, no network",
        "이 컴퓨터에서 흉내 낸 Route 53을 측정한다: 계정도 네트워크도 필요 없다",
    ))]
    Demo(Box<DemoArgs>),
    /// Says what a run would take.
    #[command(about = ABOUT_PLAN.said(), long_about = more(&ABOUT_PLAN, &MORE_ABOUT_PLAN))]
    Plan(Box<PlanArgs>),
    /// Shows settings, or a template.
    #[command(about = pick(
        "Show the effective settings, or print a commented template",
        "적용되는 설정을 보여 주거나, 주석이 달린 서식을 출력한다",
    ))]
    Config {
        /// What to do with the settings.
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Prints a completion script.
    #[command(about = pick("Print a completion script for a shell", "셸의 자동 완성 스크립트를 출력한다"))]
    Completions {
        /// For which shell.
        #[arg(help = pick("Which shell", "셸"))]
        shell: clap_complete::Shell,
    },
    /// Prints a manual page.
    #[command(about = pick(
        "Print the manual page (roff) of the program or of one of its commands",
        "프로그램이나 명령의 매뉴얼 페이지(roff)를 출력한다",
    ))]
    Man {
        /// Of which command.
        #[arg(help = pick(
            "Which command, as it is typed [default: the program]",
            "명령, 입력하는 그대로 [기본값: 프로그램]",
        ), value_name = "COMMAND", num_args = 0..)]
        command: Vec<String>,
    },
}

/// What `config` can do.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Prints what is in force.
    #[command(about = pick(
        "Print every effective setting and where it comes from",
        "적용되는 모든 설정과 그 출처를 출력한다",
    ))]
    Show(Box<WatchArgs>),
    /// Prints a template.
    #[command(about = pick(
        "Print a commented r53mon.toml to standard output",
        "주석이 달린 r53mon.toml을 표준 출력에 쓴다 (주석은 영어)",
    ))]
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
        let korean = match language::current() {
            Language::English => None,
            Language::Korean => korean::complaint(&error),
        };
        let quotes = korean.clone().unwrap_or_else(|| error.render().to_string());
        let shown = std::env::args().fold(quotes.clone(), |text, argument| {
            // Which setting a stray URL was meant for is not known, so it is taken for the most secret one.
            let kind = if argument.contains("://") {
                Kind::SecretUrl
            } else {
                Kind::Url
            };
            match as_shown(&kind, &argument) {
                Cow::Owned(shown) if argument.contains(['@', '?', '/']) => {
                    text.replace(&argument, &shown)
                }
                _ => text,
            }
        });
        let visible = |text: &str| Problems(vec![Both::same(text)]).to_string();
        let mut arguments = std::env::args_os();
        let is_odd = arguments.any(|argument| {
            let argument = argument.to_string_lossy();
            visible(&argument) != argument
        });
        // Nobody is left to tell when it cannot be written.
        let _ = if error.use_stderr() && is_odd {
            writeln!(io::stderr(), "{}", visible(&shown))
        } else if shown == quotes && korean.is_none() {
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
    /// The settings file.
    #[arg(help = pick(
        "Settings file; a named file has to exist [default: ./r53mon.toml if there is one]",
        "설정 파일; 지정한 파일은 있어야 한다 [기본값: ./r53mon.toml이 있으면 그 파일]",
    ), short, long, value_name = "PATH", value_hint = ValueHint::FilePath, help_heading = FILES.said())]
    pub config: Option<PathBuf>,
    /// The file of environment variables.
    #[arg(help = pick(
        "File of environment variables; a named file has to exist [default: ./.env if there is one]",
        "환경 변수 파일; 지정한 파일은 있어야 한다 [기본값: ./.env가 있으면 그 파일]",
    ), long, value_name = "PATH", value_hint = ValueHint::FilePath, help_heading = FILES.said())]
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
        .help_heading(key.heading.as_ref().map(Phrase::said))
        .allow_hyphen_values(key.kind.is_number() || matches!(key.kind, Kind::Duration(..)));
    match &key.kind {
        Kind::Word(_, words) => flag.value_parser(Offered(words())),
        Kind::Text("PATH", _) => flag.value_hint(ValueHint::FilePath),
        Kind::Url | Kind::SecretUrl => flag.value_hint(ValueHint::Url),
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
        _ => {
            let variables = key.variables().join(", ");
            say!(" [env: {variables}]", " [환경 변수: {variables}]")
        }
    };
    let help = key.about() + &variables;
    let fallback = match (key.is_required, reads_ours) {
        (true, _) => return help + pick(" (required)", " (필수)"),
        (false, true) if is_long => key.fallbacks(),
        _ => key.fallback(taker),
    };
    help + &say!(" [default: {fallback}]", " [기본값: {fallback}]")
}

/// What `demo` takes.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Which story to play.
    #[arg(help = pick(
        "Which story to play; --list shows them [default: cutover]",
        "재생할 스토리; --list로 목록을 본다 [기본값: cutover]",
    ), value_name = "STORY", conflicts_with = "story_file")]
    pub story: Option<String>,
    /// Only lists them.
    #[arg(help = pick("List the stories with a sentence each", "스토리를 한 줄 설명과 함께 나열한다"), long)]
    pub list: bool,
    /// Only prints a template for one's own.
    #[arg(help = pick(
        "Print a story with all that one can say, as a template for one's own",
        "쓸 수 있는 것이 모두 든 스토리를 직접 만들 스토리의 서식으로 출력한다 (주석은 영어)",
    ), long)]
    pub story_template: bool,
    /// A story of one's own.
    #[arg(help = pick("Play a story of one's own, a TOML file", "직접 만든 스토리(TOML 파일)를 재생한다"), long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub story_file: Option<PathBuf>,
    /// How many times as fast.
    #[arg(help = pick(
        "Play the story this many times as fast, 0.1 to 1000 [default: 1]",
        "스토리를 이 배수만큼 빠르게 재생한다, 0.1~1000 [기본값: 1]",
    ), long, value_name = "FACTOR", allow_hyphen_values = true)]
    pub speed: Option<String>,
    /// Seed of the simulated picks.
    #[arg(help = pick(
        "Seed of the simulated picks [default: that of the story]",
        "흉내 낸 선택의 난수 시드 [기본값: 스토리의 시드]",
    ), long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub seed: Option<String>,
    /// Whose stages, gates and other settings hold.
    #[arg(
        help = pick(
            "Settings file whose stages, gates and other settings hold here too; none is read that is not named",
            "단계, 게이트와 다른 설정이 여기서도 적용될 설정 파일; 지정하지 않은 파일은 읽지 않는다",
        ),
        long, value_name = "PATH", value_hint = ValueHint::FilePath
    )]
    pub config: Option<PathBuf>,
    /// Keeps the world up without watching it.
    #[arg(help = SERVE.said(), long, long_help = more(&SERVE, &MORE_ABOUT_SERVE))]
    pub serve: bool,
    /// How it is measured and shown.
    #[command(flatten)]
    pub flags: Flags<{ Taker::Demo as usize }>,
    /// Fails on purpose in the named place, to prove that the terminal survives it.
    #[arg(help = "", long, hide = true, value_name = "PLACE")]
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
    /// Weights of the sets.
    #[arg(help = pick(
        "Weights of the sets, 0 to 255 each, with commas between them",
        "세트들의 가중치, 각각 0~255, 쉼표로 나눈다",
    ), short, long, value_name = "N,N,..", allow_hyphen_values = true)]
    pub weights: String,
    /// What it reckons with.
    #[command(flatten)]
    pub flags: Flags<{ Taker::Plan as usize }>,
    /// How it is written.
    #[arg(help = pick("text or json [default: text]", "text 또는 json [기본값: text]"), short, long, value_name = "FORMAT", value_parser = Offered(vec!["text", "json"]), hide_possible_values = true)]
    pub output: Option<String>,
}

/// What the end of a command's help and its manual page say besides.
#[derive(Debug)]
pub struct Guide {
    /// The command, as it is typed after the name of the program; the program itself has none.
    pub command: &'static str,
    /// Lines to type, and what they do.
    pub examples: [(&'static str, Phrase); 2],
    /// What the long help and the page say besides, line by line.
    pub notes: Option<Phrase>,
    /// Its exit codes, where they are special.
    pub exit_codes: &'static [(&'static str, Phrase)],
}

/// The guides of the program and of all its commands.
pub const GUIDES: &[Guide] = &[
    Guide {
        command: "",
        examples: [
            (
                "r53mon demo",
                phrase(
                    "Try it: no account and no network are needed.",
                    "써 보기: 계정도 네트워크도 필요 없다.",
                ),
            ),
            (
                "r53mon watch -e https://app.example.com -z ZXXXXXXXXXX",
                phrase(
                    "Watch a weighted record of your own.",
                    "내 가중치 기반 레코드를 지켜본다.",
                ),
            ),
        ],
        notes: None,
        exit_codes: EXIT_CODES,
    },
    Guide {
        command: "watch",
        examples: [
            (
                "r53mon watch -e https://app.example.com -z ZXXXXXXXXXX",
                phrase(
                    "Show live whether the name servers serve the declared split.",
                    "네임 서버가 설정된 비율대로 응답하는지 실시간으로 본다.",
                ),
            ),
            (
                "r53mon watch -e https://app.example.com -z ZXXXXXXXXXX --tps 100 --no-http -o ndjson > run.ndjson",
                phrase(
                    "Only DNS, a hundred queries a second, each event as a line of JSON.",
                    "DNS만, 초당 질의 100건, 이벤트마다 JSON 한 줄.",
                ),
            ),
        ],
        notes: None,
        exit_codes: EXIT_CODES,
    },
    Guide {
        command: "check",
        examples: [
            (
                "r53mon check -e https://app.example.com -z ZXXXXXXXXXX --output json > report.json",
                phrase(
                    "Let a pipeline go on only when the declared split is served.",
                    "설정된 비율대로 응답할 때만 파이프라인을 계속한다.",
                ),
            ),
            (
                "r53mon check -e https://app.example.com -z ZXXXXXXXXXX --change-id C2682N5HXP0BZ4 --duration 10m",
                phrase(
                    "The same right after a change, of which the API has told the id.",
                    "변경 직후에 같은 일을 한다. ID는 API가 알려 준 것이다.",
                ),
            ),
        ],
        notes: None,
        exit_codes: EXIT_CODES,
    },
    Guide {
        command: "doctor",
        examples: [
            (
                "r53mon doctor -e https://app.example.com -z ZXXXXXXXXXX",
                phrase(
                    "Find out what keeps a run from measuring.",
                    "무엇이 측정을 막는지 알아낸다.",
                ),
            ),
            (
                "r53mon doctor --profile production --output json",
                phrase(
                    "The same as JSON, with what a settings file says and the credentials of a profile.",
                    "같은 일을 JSON으로, 설정 파일의 내용과 프로필의 자격 증명으로 한다.",
                ),
            ),
        ],
        notes: None,
        exit_codes: DOCTOR_EXIT_CODES,
    },
    Guide {
        command: "demo",
        examples: [
            (
                "r53mon demo stale-server",
                phrase(
                    "Watch a name server that keeps the old weights.",
                    "옛 가중치를 계속 쓰는 네임 서버를 지켜본다.",
                ),
            ),
            (
                "r53mon demo --story-template > mine.toml && r53mon demo --story-file mine.toml --speed 4",
                phrase(
                    "Play a story of one's own, four times as fast.",
                    "직접 만든 스토리를 네 배 빠르게 재생한다.",
                ),
            ),
        ],
        notes: Some(REHEARSAL),
        exit_codes: EXIT_CODES,
    },
    Guide {
        command: "plan",
        examples: [
            (
                "r53mon plan --weights 90,10",
                phrase(
                    "How long a match takes with the defaults.",
                    "기본값으로 일치 판정까지 얼마나 걸리는지 본다.",
                ),
            ),
            (
                "r53mon plan --weights 90,10 --tolerance 2 --tps 100",
                phrase("The same, nearer and faster.", "더 정밀하고 더 빠르게."),
            ),
        ],
        notes: None,
        exit_codes: &[],
    },
    Guide {
        command: "config",
        examples: [
            (
                "r53mon config show",
                phrase(
                    "See every setting and where it comes from.",
                    "모든 설정과 그 출처를 본다.",
                ),
            ),
            (
                "r53mon config init > r53mon.toml",
                phrase("Begin a settings file.", "설정 파일을 시작한다."),
            ),
        ],
        notes: None,
        exit_codes: &[],
    },
    Guide {
        command: "config show",
        examples: [
            (
                "r53mon config show",
                phrase(
                    "See every setting and where it comes from.",
                    "모든 설정과 그 출처를 본다.",
                ),
            ),
            (
                "r53mon config show --config staging.toml --env-file staging.env",
                phrase(
                    "The same with files by other names.",
                    "이름이 다른 파일로 같은 일을 한다.",
                ),
            ),
        ],
        notes: None,
        exit_codes: &[],
    },
    Guide {
        command: "config init",
        examples: [
            (
                "r53mon config init > r53mon.toml",
                phrase("Begin a settings file.", "설정 파일을 시작한다."),
            ),
            (
                "r53mon config init | less",
                phrase("Read what there is to set.", "설정할 수 있는 것을 읽는다."),
            ),
        ],
        notes: None,
        exit_codes: &[],
    },
    Guide {
        command: "completions",
        examples: [
            (
                "r53mon completions bash > ~/.local/share/bash-completion/completions/r53mon",
                phrase(
                    "For bash with its completion package, from the next shell on.",
                    "자동 완성 패키지가 있는 bash용, 다음 셸부터 적용.",
                ),
            ),
            (
                "r53mon completions zsh > ~/.zfunc/_r53mon",
                phrase(
                    "For zsh, where ~/.zfunc stands in fpath before compinit is called.",
                    "zsh용, compinit보다 먼저 fpath에 ~/.zfunc를 넣는다.",
                ),
            ),
        ],
        notes: None,
        exit_codes: &[],
    },
    Guide {
        command: "man",
        examples: [
            (
                "r53mon man | man -l -",
                phrase(
                    "Read the manual page of the program.",
                    "프로그램의 매뉴얼 페이지를 읽는다.",
                ),
            ),
            (
                "r53mon man watch > ~/.local/share/man/man1/r53mon-watch.1",
                phrase(
                    "Keep that of a command where man finds it.",
                    "명령의 매뉴얼을 man이 찾는 곳에 둔다.",
                ),
            ),
        ],
        notes: None,
        exit_codes: &[],
    },
];

impl Guide {
    /// The end of the help, the long one or the short one.
    fn text(&self, is_long: bool) -> String {
        let examples = self.examples.iter();
        let examples = examples.map(|(line, does)| format!("  {line}\n      {does}"));
        let examples = examples.collect::<Vec<_>>().join("\n");
        let mut text = say!("Examples:\n{examples}", "예:\n{examples}");
        if !is_long {
            let line = ["r53mon", self.command, "--help"];
            let line = line.into_iter().filter(|word| !word.is_empty());
            let line = line.collect::<Vec<_>>().join(" ");
            return text
                + &say!(
                    "\n\nMore, with exit codes and variables: {line}",
                    "\n\n종료 코드와 변수까지 자세히: {line}",
                );
        }
        if let Some(notes) = &self.notes {
            text.extend(["\n\n", notes]);
        }
        let codes = self.exit_codes.iter();
        let codes = codes.map(|(code, means)| format!("\n  {code}  {means}"));
        let title = match self.exit_codes {
            [] => "",
            _ => pick("\n\nExit codes:", "\n\n종료 코드:"),
        };
        text.extend([title.to_owned()].into_iter().chain(codes));
        text
    }
}

/// The command line with everything that its help says.
pub fn command() -> clap::Command {
    finished(Cli::command())
}

/// The same without the command that shows help, which has no manual page.
pub fn command_of_manual() -> clap::Command {
    finished(Cli::command().disable_help_subcommand(true))
}

fn finished(command: clap::Command) -> clap::Command {
    let command = GUIDES.iter().fold(command, |command, guide| {
        guided(command, guide, &mut guide.command.split_whitespace())
    });
    match language::current() {
        Language::English => command,
        Language::Korean => korean::finished(command),
    }
}

/// What the line says about the language, looked for before it is read: whoever reads it speaks already.
pub fn asked(arguments: impl Iterator<Item = String>) -> Chosen {
    let (mut charset, mut language) = (None, None);
    let mut arguments = arguments.take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        let (flag, value) = match argument.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        match (flag, value) {
            ("--lang", value) => language = value.or_else(|| arguments.next()),
            ("--ascii", value) => {
                let is_on = value.is_none_or(|value| check::switch(&value) == Some(true));
                charset = is_on.then_some(Charset::Ascii);
            }
            _ => {}
        }
    }
    (
        charset,
        language.and_then(|word| Language::find(word.trim())),
    )
}

/// The first line of a help, and what the long one says besides.
fn more(first: &Phrase, rest: &Phrase) -> String {
    format!("{first}\n\n{rest}")
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

/// What is typed in a rehearsal, whatever language it is told in.
macro_rules! rehearsal_lines {
    () => {
        "
  export AWS_ENDPOINT_URL_ROUTE_53=http://127.0.0.1:53053 AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=R53MONDEMO AWS_SECRET_ACCESS_KEY=r53mon-demo-not-a-secret
  aws route53 change-resource-record-sets --hosted-zone-id Z0DEMO53EXAMPLE --change-batch \\
  '{\"Changes\":[\
{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"app.example.test.\",\"Type\":\"A\",\"SetIdentifier\":\"blue\",\
\"Weight\":50,\"TTL\":60,\"ResourceRecords\":[{\"Value\":\"127.0.0.11\"}]}},\
{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"app.example.test.\",\"Type\":\"A\",\"SetIdentifier\":\"green\",\
\"Weight\":50,\"TTL\":60,\"ResourceRecords\":[{\"Value\":\"127.0.0.12\"}]}}]}'
"
    };
}

const REHEARSAL: Phrase = phrase(
    concat!(
        "Rehearsing a cutover: `r53mon demo rehearsal` waits for what you do from another terminal, with the AWS CLI:",
        rehearsal_lines!(),
        "The dashboard's help (?) then has the command that undoes it, and the key u copies it. Where the port is taken, the screen names another one."
    ),
    concat!(
        "컷오버 연습: `r53mon demo rehearsal`은 다른 터미널에서 AWS CLI로 하는 변경을 기다린다:",
        rehearsal_lines!(),
        "그러면 대시보드의 도움말(?)에 되돌리는 명령이 나오고, u 키가 그 명령을 복사한다. 포트가 이미 쓰이고 있으면 화면에 다른 포트가 나온다."
    ),
);

static FILES: Phrase = phrase("Files", "파일");

const EXIT_CODES: &[(&str, Phrase)] = &[
    (
        "0",
        phrase(
            "check: a match, or what --until waits for; watch: ended by its user (key, --duration)",
            "check: 일치, 또는 --until이 기다린 것; watch: 사용자가 끝냄 (키, --duration)",
        ),
    ),
    UNEXPECTED,
    USAGE,
    (
        "3",
        phrase(
            "check: a mismatch is established, a set fails over HTTP, or a critical gate trips",
            "check: 불일치가 확인되었거나, HTTP로 실패하는 세트가 있거나, 중대 게이트가 걸림",
        ),
    ),
    (
        "4",
        phrase(
            "check: undecided, or what --until waits for had not come, when the time was up",
            "check: 시간이 다 될 때까지 미결이거나 --until이 기다린 것이 오지 않음",
        ),
    ),
    (
        "5",
        phrase(
            "could not measure: credentials, permission, zone, record, name servers",
            "측정할 수 없음: 자격 증명, 권한, 호스팅 영역, 레코드, 네임 서버",
        ),
    ),
    (
        "129, 130, 143",
        phrase(
            "ended by SIGHUP, SIGINT, SIGTERM; the statistics are still printed",
            "SIGHUP, SIGINT, SIGTERM으로 끝남; 통계는 출력됨",
        ),
    ),
];

const UNEXPECTED: (&str, Phrase) = (
    "1",
    phrase(
        "unexpected failure: please report it",
        "예상하지 못한 실패: 제보 바람",
    ),
);

const USAGE: (&str, Phrase) = ("2", phrase("usage or settings", "사용법 또는 설정"));

/// Those of commands that do one thing and end.
pub const PLAIN_EXIT_CODES: &[(&str, Phrase)] =
    &[("0", phrase("success", "성공")), UNEXPECTED, USAGE];

static SERVE: Phrase = phrase(
    "Keep the simulated world up without watching it, and print what points other programs at it",
    "흉내 낸 Route 53을 측정하지 않고 띄워 두고, 다른 프로그램이 그것을 쓰게 하는 내용을 출력한다",
);

/// What starts it in the background, ready to be pasted into a shell, which a test does.
macro_rules! serve_line {
    () => {
        "\n  r53mon demo --serve > world.env & until grep -qs '^# Then' world.env; do sleep 0.1; done; . ./world.env"
    };
}

static MORE_ABOUT_SERVE: Phrase = phrase(
    concat!(
        "What it prints is a shell script, to paste into another shell. It goes on until it is ended, so here it is read from a file:",
        serve_line!()
    ),
    concat!(
        "출력하는 것은 셸 스크립트이며, 다른 셸에 붙여 넣으면 된다. 끝낼 때까지 계속 돌기 때문에, 여기서는 파일에서 읽는다:",
        serve_line!()
    ),
);

static ABOUT_PLAN: Phrase = phrase(
    "Say before anything runs how long a match takes, and how soon typical faults would be found",
    "실행 전에 일치 판정까지 얼마나 걸리는지, 흔한 결함이 얼마나 빨리 드러나는지 계산한다",
);

static MORE_ABOUT_PLAN: Phrase = phrase(
    "It reads no settings but its flags and asks nobody. Four name servers are assumed.",
    "플래그 말고는 설정을 읽지 않고 아무에게도 묻지 않는다. 네임 서버는 네 대로 본다.",
);

static ABOUT_DOCTOR: Phrase = phrase(
    "Check settings, credentials, permissions, zone, record, name servers and endpoint",
    "설정, 자격 증명, 권한, 호스팅 영역, 레코드, 네임 서버, endpoint를 점검한다",
);

static MORE_ABOUT_DOCTOR: Phrase = phrase(
    "Says in one line for each check whether all is well (ok), whether something has to be known (warning), or whether \
     measuring is impossible (failed), with cause and cure. The checks run side by side, none longer than 5 s, all together \
     no longer than 10 s; only reading calls are made. `watch` runs the same checks: what fails before the start ends it, and \
     warnings stand in its views. With --output json the result is one object of schema r53mon.doctor/1.",
    "점검마다 한 줄로, 문제가 없는지(ok), 알아 둘 것이 있는지(warning), 측정할 수 없는지(failed)를 원인과 조치와 함께 \
     보여 준다. 점검은 동시에 하며 각각 5초, 모두 10초를 넘지 않는다; 읽기 호출만 한다. `watch`도 같은 점검을 한다: 시작 전에 \
     실패하면 끝나고, 경고는 화면에 남는다. --output json이면 결과는 스키마 r53mon.doctor/1의 객체 하나다.",
);

const DOCTOR_EXIT_CODES: &[(&str, Phrase)] = &[
    (
        "0",
        phrase(
            "nothing failed; there may be warnings",
            "실패 없음; 경고는 있을 수 있음",
        ),
    ),
    UNEXPECTED,
    USAGE,
    ("5", phrase("a check failed", "실패한 점검이 있음")),
    (
        "129, 130, 143",
        phrase(
            "ended by SIGHUP, SIGINT, SIGTERM",
            "SIGHUP, SIGINT, SIGTERM으로 끝남",
        ),
    ),
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
