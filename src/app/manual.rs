//! Manual pages and completion scripts, made from the command line itself and from the table of settings.

use std::borrow::Cow;
use std::io::{self, Write};

use clap::builder::ValueParser;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::demo;
use crate::cli::{self, GUIDES, Guide, Offered};
use crate::config::keys::{KEYS, Taker};
use crate::error::Failure;
use crate::model::language::{self, Language, Phrase, both, phrase, pick};
use crate::model::obstacle::Obstacle;

/// Variables that are read and are no setting, and what they are for.
const OTHER_VARIABLES: &[(&str, Phrase)] = &[
    (
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
        phrase("Credentials.", "자격 증명."),
    ),
    (
        "AWS_REGION, AWS_DEFAULT_REGION",
        phrase(
            "The region that a profile or login needs; Route 53 itself has none.",
            "프로필이나 로그인에 필요한 리전; Route 53 자체에는 없다.",
        ),
    ),
    (
        "AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
        phrase(
            "Where the files of AWS are, if not at their usual place.",
            "AWS 파일의 위치 (기본 위치가 아닐 때).",
        ),
    ),
    (
        "AWS_ENDPOINT_URL_ROUTE_53, AWS_ENDPOINT_URL",
        phrase(
            "Another address of the API; every view says so.",
            "API의 다른 주소; 모든 화면에 표시된다.",
        ),
    ),
    (
        "HTTPS_PROXY, NO_PROXY",
        phrase(
            "The proxy for the API, and what is reached without.",
            "API에 쓸 프록시와 프록시 없이 연결할 곳.",
        ),
    ),
    (
        "SSL_CERT_FILE",
        phrase(
            "Certificates to trust in place of the system's.",
            "시스템 인증서 대신 신뢰할 인증서.",
        ),
    ),
];

/// Variables that tell what the terminal can show, for all that shows something.
const TERMINAL: &[(&str, Phrase)] = &[
    (
        "TERM, COLORTERM",
        phrase(
            "What the terminal can do; on one that is dumb there is no dashboard.",
            "터미널의 기능; dumb 터미널에는 대시보드가 없다.",
        ),
    ),
    (
        "COLORFGBG",
        phrase(
            "Whether its background is dark or light.",
            "배경이 어두운지 밝은지.",
        ),
    ),
    (
        "LC_ALL, LC_CTYPE, LANG",
        phrase(
            "The locale: one without UTF-8 has ASCII only.",
            "로캘: UTF-8이 아니면 ASCII만 쓴다.",
        ),
    ),
];

/// Files that are read.
const FILES: &[(&str, Phrase)] = &[
    (
        "r53mon.toml",
        phrase(
            "Settings, in the current directory, unless --config names others.",
            "설정, 현재 디렉터리 (--config로 다른 파일 지정).",
        ),
    ),
    (
        ".env",
        phrase(
            "Variables, in the current directory, unless --env-file names others. Of one that was not named only some are taken.",
            "변수, 현재 디렉터리 (--env-file로 다른 파일 지정). 지정하지 않은 파일에서는 일부만 읽는다.",
        ),
    ),
    (
        "~/.aws/config, ~/.aws/credentials",
        phrase(
            "Profiles and credentials, read as the AWS CLI reads them.",
            "프로필과 자격 증명, AWS CLI와 똑같이 읽는다.",
        ),
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
    let mut program = cli::command_of_manual();
    program.build();
    let mut command = &program;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| {
            let known = command.get_subcommands().map(clap::Command::get_name);
            let known = known.collect::<Vec<_>>().join(", ");
            let (wanted, name) = (words.join(" "), command.get_name());
            let what = both!(
                "there is no command \"{wanted}\" to have a manual page",
                "매뉴얼 페이지가 있는 명령이 아니다: \"{wanted}\""
            );
            let cure = match known.as_str() {
                "" => both!(
                    "\"{name}\" has no commands of its own",
                    "\"{name}\"에는 하위 명령이 없다"
                ),
                known => both!("the commands are {known}", "명령은 {known}"),
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
    rendered_by_clap(&man, command, &mut page)?;
    let Some(guide) = guide else {
        return Ok(page);
    };
    let own = |words: &[(&str, Phrase)]| -> Vec<(String, String)> {
        let pairs = words.iter();
        pairs
            .map(|(term, about)| ((*term).to_owned(), about.said().to_owned()))
            .collect()
    };
    let codes = match guide.exit_codes {
        [] => cli::PLAIN_EXIT_CODES,
        codes => codes,
    };
    section(pick("EXIT STATUS", "종료 상태"), &own(codes), &mut page)?;
    let mut variables = variables(guide.command);
    if reads_settings(guide.command) || matches!(guide.command, "demo" | "plan") {
        variables.extend(own(TERMINAL));
    }
    if reads_settings(guide.command) {
        variables.extend(own(OTHER_VARIABLES));
        section(pick("ENVIRONMENT", "환경 변수"), &variables, &mut page)?;
        section(pick("FILES", "파일"), &own(FILES), &mut page)?;
    } else if !variables.is_empty() {
        section(pick("ENVIRONMENT", "환경 변수"), &variables, &mut page)?;
    }
    section(pick("EXAMPLES", "예"), &own(&guide.examples), &mut page)?;
    if let Some(notes) = &guide.notes {
        let mut roff = Roff::new();
        roff.control("SH", [pick("NOTES", "참고")])
            .control("nf", []);
        for line in notes.lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []).to_writer(&mut page)?;
    }
    Ok(page)
}

/// What clap knows of a command. Its headings are English; those that people read in Korean are put in their place.
fn rendered_by_clap(man: &Man, command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    let text = String::from_utf8_lossy(&text);
    for line in text.lines() {
        let korean = KOREAN_HEADINGS.iter().find(|(english, _)| *english == line);
        match korean.filter(|_| language::current() == Language::Korean) {
            Some((_, korean)) => writeln!(page, ".SH {korean}")?,
            None => writeln!(page, "{line}")?,
        }
    }
    Ok(())
}

const KOREAN_HEADINGS: &[(&str, &str)] = &[
    (".SH NAME", "이름"),
    (".SH SYNOPSIS", "사용법"),
    (".SH DESCRIPTION", "설명"),
    (".SH OPTIONS", "옵션"),
    (".SH SUBCOMMANDS", "명령"),
];

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
