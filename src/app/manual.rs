//! Manual pages and completion scripts, made from the command line itself and from the table of settings.

use std::borrow::Cow;

use std::io;

use clap::builder::ValueParser;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::demo;
use crate::cli::{self, GUIDES, Guide, Offered};
use crate::config::keys::{KEYS, Taker};
use crate::error::Failure;
use crate::model::obstacle::Obstacle;

/// Variables that are read and are no setting, and what they are for.
const OTHER_VARIABLES: &[(&str, &str)] = &[
    (
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
        "Credentials.",
    ),
    (
        "AWS_REGION, AWS_DEFAULT_REGION",
        "The region that a profile or login needs; Route 53 itself has none.",
    ),
    (
        "AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
        "Where the files of AWS are, if not at their usual place.",
    ),
    (
        "AWS_ENDPOINT_URL_ROUTE_53, AWS_ENDPOINT_URL",
        "Another address of the API; every view says so.",
    ),
    (
        "HTTPS_PROXY, NO_PROXY",
        "The proxy for the API, and what is reached without.",
    ),
    (
        "SSL_CERT_FILE",
        "Certificates to trust in place of the system's.",
    ),
];

/// Variables that tell what the terminal can show, for all that shows something.
const TERMINAL: &[(&str, &str)] = &[
    (
        "TERM, COLORTERM",
        "What the terminal can do; on one that is dumb there is no dashboard.",
    ),
    ("COLORFGBG", "Whether its background is dark or light."),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "The locale: one without UTF-8 has ASCII only.",
    ),
];

/// Files that are read.
const FILES: &[(&str, &str)] = &[
    (
        "r53mon.toml",
        "Settings, in the current directory, unless --config names others.",
    ),
    (
        ".env",
        "Variables, in the current directory, unless --env-file names others. Of one that was not named only some are taken.",
    ),
    (
        "~/.aws/config, ~/.aws/credentials",
        "Profiles and credentials, read as the AWS CLI reads them.",
    ),
];

/// A script that completes commands, flags, values and stories.
pub(super) fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let stories = ValueParser::new(Offered(demo::stories().collect()));
    let mut hidden = Vec::new();
    let mut command = cli::command().mut_subcommand("demo", |demo| {
        let demo = demo.mut_args(|arg| match arg.get_long() {
            // The scripts have hidden flags too; with no words beside it, it has a line of its own in each.
            Some(long) if arg.is_hide_set() => {
                hidden.push(long.to_owned());
                arg.value_parser(ValueParser::string()).help("")
            }
            _ => arg,
        });
        demo.mut_arg("story", |story| story.value_parser(stories))
    });
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "r53mon", &mut script);
    let lines = String::from_utf8_lossy(&script);
    let lines = lines.lines().filter_map(|line| offered(line, &hidden));
    lines
        .flat_map(|line| [line, "\n".into()].concat().into_bytes())
        .collect()
}

/// A line of a script that completes, without the flags that are hidden: what can be typed without a dash stands before the flags.
fn offered<'line>(line: &'line str, hidden: &[String]) -> Option<Cow<'line, str>> {
    let is_hidden = |text: &str| hidden.iter().any(|long| text.contains(long.as_str()));
    // The shell whose flags and words stand in one list.
    if let Some((begin, list)) = line.split_once("opts=\"") {
        let (list, end) = list.split_once('"').unwrap_or((list, ""));
        let shown = list.split(' ').filter(|word| !is_hidden(word));
        let (flags, words): (Vec<&str>, Vec<&str>) = shown.partition(|word| word.starts_with('-'));
        let list = [words, flags].concat().join(" ");
        return Some(format!("{begin}opts=\"{list}\"{end}").into());
    }
    // What it does behind a flag offers none.
    let is_branch = line.trim_end().ends_with(')') && line.trim_start().starts_with("--");
    (is_branch || !is_hidden(line)).then_some(line.into())
}

/// The manual page of the program, or of the command that the words lead to.
pub(super) fn page(words: &[String]) -> Result<Vec<u8>, Failure> {
    let mut program = cli::command().disable_help_subcommand(true);
    program.build();
    let mut command = &program;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| {
            let known = command.get_subcommands().map(clap::Command::get_name);
            let known = known.collect::<Vec<_>>().join(", ");
            let what = format!(
                "there is no command \"{}\" to have a manual page",
                words.join(" ")
            );
            let cure = match known.as_str() {
                "" => format!("\"{}\" has no commands of its own", command.get_name()),
                known => format!("the commands are {known}"),
            };
            Failure::Usage(Obstacle::new(what).cure(cure))
        })?;
    }
    let name = words.join(" ");
    let guide = GUIDES.iter().find(|guide| guide.command == name);
    Ok(rendered(command, guide)?)
}

fn rendered(command: &clap::Command, guide: Option<&Guide>) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone())
        .source(concat!("r53mon ", env!("CARGO_PKG_VERSION")))
        .manual("r53mon manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let Some(guide) = guide else {
        return Ok(page);
    };
    let own = |words: &[(&str, &str)]| -> Vec<(String, String)> {
        let pairs = words.iter();
        pairs
            .map(|(term, about)| ((*term).to_owned(), (*about).to_owned()))
            .collect()
    };
    let codes: &[(&str, &str)] = match guide.exit_codes {
        [] => &[
            ("0", "success"),
            ("1", "unexpected failure: please report it"),
            ("2", "usage or settings"),
        ],
        codes => codes,
    };
    section("EXIT STATUS", &own(codes), &mut page)?;
    let mut variables = variables(guide.command);
    if reads_settings(guide.command) || matches!(guide.command, "demo" | "plan") {
        variables.extend(own(TERMINAL));
    }
    if reads_settings(guide.command) {
        variables.extend(own(OTHER_VARIABLES));
        section("ENVIRONMENT", &variables, &mut page)?;
        section("FILES", &own(FILES), &mut page)?;
    } else if !variables.is_empty() {
        section("ENVIRONMENT", &variables, &mut page)?;
    }
    section("EXAMPLES", &own(&guide.examples), &mut page)?;
    if !guide.notes.is_empty() {
        let mut roff = Roff::new();
        roff.control("SH", ["NOTES"]).control("nf", []);
        for line in guide.notes.lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []).to_writer(&mut page)?;
    }
    Ok(page)
}

/// Whether a command reads files of settings and variables.
fn reads_settings(name: &str) -> bool {
    matches!(
        name,
        "" | "watch" | "check" | "doctor" | "config" | "config show"
    )
}

/// The variables that decide settings of a command, and what they are for.
fn variables(name: &str) -> Vec<(String, String)> {
    let only_foreign = !reads_settings(name);
    let keys: Vec<_> = match name {
        "demo" => Taker::Demo.keys().collect(),
        _ if only_foreign => Vec::new(),
        _ => KEYS.iter().collect(),
    };
    let told = keys
        .into_iter()
        .filter(|key| !only_foreign || !key.foreign.is_empty());
    told.map(|key| (key.variables().join(", "), format!("{}.", key.about())))
        .collect()
}

/// A section of terms and what each is about.
fn section(title: &str, terms: &[(String, String)], page: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, about) in terms {
        let term: [Inline; 1] = [bold(term)];
        roff.control("TP", []).text(term).text([roman(about)]);
    }
    roff.to_writer(page)
}
